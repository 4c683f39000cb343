package runbook

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/schemas"
	"github.com/srmigrate/srmigrate/steps"
)

// typeSet is where step types come from. Tests bring their own.
type typeSet struct {
	types    func() []string
	schema   func(typ string) ([]byte, bool)
	make     func(typ string, params json.RawMessage) (steps.Step, error)
	codes    func() []event.Code
	compiled sync.Map // type → func() (*contract, error)
}

var installed = &typeSet{types: steps.Types, schema: schemas.Step, make: steps.New, codes: event.Codes}

// contract returns the schema of a step type; it is compiled when first asked for.
func (t *typeSet) contract(typ string) (*contract, error) {
	once, ok := t.compiled.Load(typ)
	if !ok {
		once, _ = t.compiled.LoadOrStore(typ, sync.OnceValues(func() (*contract, error) {
			src, ok := t.schema(typ)
			if !ok {
				return nil, fmt.Errorf("step type %s has no schema", typ)
			}
			return newContract(typ, src)
		}))
	}
	return once.(func() (*contract, error))()
}

var document = sync.OnceValues(func() (*contract, error) { return newContract("document", schemas.Document()) })

// contract is a schema in two forms: compiled, to judge values, and as written, to walk along and to explain from.
type contract struct {
	schema *jsonschema.Schema
	root   map[string]any
}

func newContract(name string, src []byte) (*contract, error) {
	var root map[string]any
	if err := json.Unmarshal(src, &root); err != nil {
		return nil, fmt.Errorf("schema of %s: %w", name, err)
	}
	c := jsonschema.NewCompiler()
	c.Draft = jsonschema.Draft7
	c.LoadURL = nil // nothing is fetched
	url := "srmigrate:///" + name
	if err := c.AddResource(url, bytes.NewReader(src)); err != nil {
		return nil, fmt.Errorf("schema of %s: %w", name, err)
	}
	compiled, err := c.Compile(url)
	if err != nil {
		return nil, fmt.Errorf("schema of %s: %w", name, err)
	}
	settle(root, root["definitions"])
	settle(root, root)
	return &contract{schema: compiled, root: root}, nil
}

// at returns the part of the schema that an absolute keyword location stands in: its parent.
func (c *contract) at(location string) shape {
	_, pointer, _ := strings.Cut(location, "#")
	var v any = c.root
	s := shape{c.root, c.root}
	for token := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		switch here := v.(type) {
		case map[string]any:
			v = here[unescape.Replace(token)]
		case []any:
			var i int
			if _, err := fmt.Sscan(token, &i); err != nil || i >= len(here) {
				return s
			}
			v = here[i]
		}
		if m, ok := v.(map[string]any); ok {
			s = shape{c.root, m}
		}
	}
	return s
}
