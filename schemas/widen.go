package schemas

import "maps"

const (
	reference = "reference" // the definition of a text with a reference to a var
	refers    = `\$\{\{`    // what such a text contains
)

func referenceSchema() map[string]any {
	return map[string]any{
		"description":         "A reference such as ${{ vars.NAME }}; the field is checked with the var's value.",
		"type":                "string",
		"pattern":             refers,
		"patternErrorMessage": "It must be a reference such as ${{ vars.NAME }}.",
	}
}

// widenAll lets references stand wherever a runbook takes them: below spec, but neither in a var nor in the matrix or an id.
func widenAll(root map[string]any) {
	spec := under(root, "properties", "spec", "properties")
	for name, s := range spec {
		if name != "vars" && name != "matrix" {
			spec[name] = widened(s)
		}
	}
	definitions := under(root, "definitions")
	for name, s := range definitions {
		if name == "row" {
			continue // of the matrix
		}
		id := under(definitions, name, "properties")["id"]
		definitions[name] = widened(s)
		if id != nil {
			under(definitions, name, "properties")["id"] = id
		}
	}
}

// widened is the schema, taking a reference for every value that is no free text.
func widened(v any) any {
	s, ok := v.(map[string]any)
	if !ok {
		return v
	}
	out := maps.Clone(s)
	if pattern, ok := s["pattern"].(string); ok {
		out["pattern"] = "(?:" + pattern + ")|" + refers
		return out
	}
	if typed(s) {
		return either(s, []any{out})
	}
	for _, key := range []string{"properties", "patternProperties"} {
		if parts, ok := s[key].(map[string]any); ok {
			out[key] = widenedParts(parts)
		}
	}
	for _, key := range []string{"items", "additionalProperties"} {
		if s[key] != nil {
			out[key] = widened(s[key])
		}
	}
	if branches, ok := s["anyOf"].([]any); ok {
		return widenedBranches(out, branches)
	}
	return out
}

// typed reports whether a text would be refused though the value is a scalar.
func typed(s map[string]any) bool {
	_, isConst := s["const"]
	switch s["type"] {
	case "integer", "number", "boolean":
		return true
	}
	return isConst || s["enum"] != nil
}

// either is one of the branches or a reference. What the schema says about itself stays outside.
func either(s map[string]any, branches []any) map[string]any {
	out := map[string]any{"anyOf": append(branches, ref(reference))}
	if d, ok := s["description"]; ok {
		out["description"] = d
		first := branches[0].(map[string]any)
		delete(first, "description")
	}
	return out
}

func widenedParts(parts map[string]any) map[string]any {
	out := map[string]any{}
	for name, part := range parts {
		out[name] = widened(part)
	}
	return out
}

// widenedBranches adds one reference to all alternatives, where one of them needs it.
func widenedBranches(out map[string]any, branches []any) map[string]any {
	var all []any
	needed := false
	for _, b := range branches {
		if s, ok := b.(map[string]any); ok && typed(s) {
			needed = true
			all = append(all, s)
			continue
		}
		all = append(all, widened(b))
	}
	if needed {
		all = append(all, ref(reference))
	}
	out["anyOf"] = all
	return out
}
