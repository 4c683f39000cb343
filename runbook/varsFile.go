package runbook

import (
	"errors"
	"fmt"

	"go.yaml.in/yaml/v3"
)

// ReadVars reads a file of vars: a YAML mapping of names to scalars, each taken as it is written. No error shows a
// value, since some may be secret.
func ReadVars(src []byte) (map[string]string, error) {
	at, message := unreadable(src)
	var doc *yaml.Node
	if message == "" {
		doc, at, message = parseYAML(src)
	}
	if message != "" {
		return nil, fmt.Errorf("line %d: not a YAML mapping of names to values", at.line)
	}
	vars := map[string]string{}
	for i := 0; i+1 < len(doc.Content); i += 2 {
		k, v := doc.Content[i], doc.Content[i+1]
		if err := readVar(vars, k, v); err != nil {
			return nil, fmt.Errorf("line %d: %w", k.Line, err)
		}
	}
	return vars, nil
}

func readVar(vars map[string]string, k, v *yaml.Node) error {
	if k.Kind != yaml.ScalarNode || k.ShortTag() == "!!merge" {
		return errors.New("a name is a single word")
	}
	_, twice := vars[k.Value]
	switch {
	case twice:
		return fmt.Errorf("%s is there twice", quote(k.Value))
	case v.Kind == yaml.AliasNode || v.Anchor != "" || v.Style&yaml.TaggedStyle != 0:
		return fmt.Errorf("quote the value of %s: it begins with a character that means something to YAML", quote(k.Value))
	case v.Kind != yaml.ScalarNode || v.ShortTag() == "!!null":
		return fmt.Errorf("the value of %s must be text, a number, true or false", quote(k.Value))
	}
	vars[k.Value] = v.Value
	return nil
}
