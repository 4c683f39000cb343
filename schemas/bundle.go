package schemas

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

//go:generate go test . -run TestTheBundleIsFresh -update

//go:embed runbook.schema.json
var runbook []byte

// Runbook returns the schema of a whole runbook, step types included. It is for editors, and admits a reference to a
// var wherever the runbook does; what a runbook is held to are Document and Step.
func Runbook() []byte { return bytes.Clone(runbook) }

const (
	stepPrefix = "step."       // of a step type's definition
	oneType    = "oneStepType" // the definition that counts step types
)

// bundle makes one schema of the document's and those of the step types. The same input gives the same bytes.
func bundle(document []byte, steps map[string][]byte) ([]byte, error) {
	root, err := object("document", document)
	if err != nil {
		return nil, err
	}
	types := slices.Sorted(maps.Keys(steps))
	definitions := under(root, "definitions")
	for _, d := range definitions {
		if step, ok := d.(map[string]any); ok && step["x-step"] == true {
			addTypes(step, types)
		}
	}
	for _, typ := range types {
		s, err := object(typ, steps[typ])
		if err != nil {
			return nil, err
		}
		delete(s, "$schema")
		definitions[stepPrefix+typ] = s
	}
	widenAll(root)
	definitions[oneType] = countTypes(types)
	definitions[reference] = referenceSchema()
	plain(root)
	return text(root)
}

func object(name string, src []byte) (map[string]any, error) {
	var m map[string]any
	if err := json.Unmarshal(src, &m); err != nil {
		return nil, fmt.Errorf("schema of %s: %w", name, err)
	}
	return m, nil
}

func under(m map[string]any, keys ...string) map[string]any {
	for _, key := range keys {
		m, _ = m[key].(map[string]any)
	}
	return m
}

// addTypes gives a step its types as keys.
func addTypes(step map[string]any, types []string) {
	for _, typ := range types {
		under(step, "properties")[typ] = ref(stepPrefix + typ)
	}
	step["allOf"] = []any{ref(oneType)}
}

func ref(definition string) map[string]any {
	return map[string]any{"$ref": "#/definitions/" + definition}
}

// countTypes demands exactly one step type. Editors turn oneOf into "matches multiple schemas" and into the complaint
// that the first type is missing; this makes them point at the key that is too much, and name what is missing.
func countTypes(types []string) map[string]any {
	var any1 []any
	beside := map[string]any{}
	for i, typ := range types {
		any1 = append(any1, map[string]any{"required": []any{typ}})
		later := map[string]any{}
		for _, other := range types[i+1:] {
			later[other] = false
		}
		if len(later) > 0 {
			beside[typ] = map[string]any{
				"properties":   later,
				"errorMessage": fmt.Sprintf("A step has one step type, and this stands beside %s: make two steps of them.", typ),
			}
		}
	}
	return map[string]any{
		"if":           map[string]any{"anyOf": any1},
		"else":         map[string]any{"required": []any{"one step type"}}, // nothing has this key: editors quote it
		"dependencies": beside,
	}
}

// plain takes away what only this project understands. The words for a pattern stay, under the name that editors know.
func plain(v any) {
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			plain(item)
		}
	case map[string]any:
		if say, ok := v["x-say"].(string); ok && v["pattern"] != nil {
			v["patternErrorMessage"] = "It " + say + "."
		}
		maps.DeleteFunc(v, func(key string, _ any) bool { return strings.HasPrefix(key, "x-") })
		for _, part := range v {
			plain(part)
		}
	}
}

func text(root map[string]any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(root)
	return b.Bytes(), err
}
