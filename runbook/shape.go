package runbook

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

func (c *contract) shape() shape { return shape{c.root, c.root} }

// settle puts what a reference stands for in its place, once and for all, everywhere below v.
func settle(root map[string]any, v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = settle(root, v[i])
		}
	case map[string]any:
		if _, ok := v["$ref"]; ok {
			return shape{root, v}.deref().m
		}
		for key := range v {
			v[key] = settle(root, v[key])
		}
	}
	return v
}

// shape is a schema as written. The zero shape says nothing.
type shape struct{ root, m map[string]any }

func (s shape) under(key string) shape {
	m, _ := s.m[key].(map[string]any)
	return shape{s.root, m}.deref()
}

// deref follows references within the schema. A mark beside the reference stays.
func (s shape) deref() shape {
	for range 10 {
		ref, ok := s.m["$ref"].(string)
		if !ok || !strings.HasPrefix(ref, "#/") {
			return s
		}
		target := any(s.root)
		for token := range strings.SplitSeq(ref[2:], "/") {
			m, _ := target.(map[string]any)
			target = m[unescape.Replace(token)]
		}
		m, _ := target.(map[string]any)
		here := maps.Clone(m)
		for _, mark := range []string{"x-secret", "x-say"} {
			if v, ok := s.m[mark]; ok && here != nil {
				here[mark] = v
			}
		}
		s.m = here
	}
	return s
}

// mark reports whether the schema carries a keyword of this project with the value true.
func (s shape) mark(keyword string) bool { on, _ := s.m[keyword].(bool); return on }

func (s shape) text(keyword string) string { t, _ := s.m[keyword].(string); return t }

// names are the keys that a mapping of this shape may have, sorted; false when it may have others too.
func (s shape) names() ([]string, bool) {
	properties, _ := s.m["properties"].(map[string]any)
	open, set := s.m["additionalProperties"]
	closed := set && open == false && s.m["patternProperties"] == nil
	return slices.Sorted(maps.Keys(properties)), closed
}

// knowsAll reports whether every key is one that a mapping of this shape lists.
func (s shape) knowsAll(fields []*field) bool {
	properties, _ := s.m["properties"].(map[string]any)
	for _, f := range fields {
		if properties[f.key] == nil {
			return false
		}
	}
	return true
}

// property is the shape of a key's value.
func (s shape) property(key string) shape {
	if properties, ok := s.m["properties"].(map[string]any); ok {
		if m, ok := properties[key].(map[string]any); ok {
			return shape{s.root, m}.deref()
		}
	}
	return s.under("additionalProperties")
}

// branches are the alternatives of anyOf or oneOf; the shape itself when it has none.
func (s shape) branches() []shape {
	var all []shape
	for _, keyword := range []string{"anyOf", "oneOf"} {
		alternatives, _ := s.m[keyword].([]any)
		for _, a := range alternatives {
			m, _ := a.(map[string]any)
			all = append(all, shape{s.root, m}.deref().branches()...)
		}
	}
	if len(all) == 0 {
		return []shape{s}
	}
	return all
}

// admits are the JSON types a shape takes, as the schema names them.
func (s shape) admits() []string {
	switch t := s.m["type"].(type) {
	case string:
		return []string{t}
	case []any:
		types := make([]string, 0, len(t))
		for _, one := range t {
			types = append(types, fmt.Sprint(one))
		}
		return types
	}
	if s.m["properties"] != nil {
		return []string{"object"}
	}
	return []string{"string", "number", "integer", "boolean", "null"} // an enum or a const
}

// fits is the branch for a value of this kind; several mappings become one that knows the keys of all.
func (s shape) fits(k kind) shape {
	var fitting []shape
	for _, b := range s.branches() {
		if k == kindOf(b.admits()) {
			fitting = append(fitting, b)
		}
	}
	if len(fitting) == 0 {
		return shape{}.marked(s)
	}
	if len(fitting) == 1 || k != mapping {
		return fitting[0].marked(s)
	}
	union := map[string]any{}
	for _, b := range fitting {
		properties, _ := b.m["properties"].(map[string]any)
		maps.Copy(union, properties)
	}
	return shape{s.root, map[string]any{"properties": union, "additionalProperties": false}}.marked(s)
}

// marked passes the mark of a secret on to the branch.
func (s shape) marked(by shape) shape {
	if by.mark("x-secret") && !s.mark("x-secret") {
		here := map[string]any{"x-secret": true}
		maps.Copy(here, s.m)
		s.m = here
	}
	return s
}

func kindOf(types []string) kind {
	switch {
	case slices.Contains(types, "object"):
		return mapping
	case slices.Contains(types, "array"):
		return list
	}
	return scalar
}
