package runbook

import (
	"slices"

	"github.com/srmigrate/srmigrate/steps"
	"go.yaml.in/yaml/v3"
)

// alone makes a runbook of a file that has registries alone, as a runbook has them under spec, with the vars and the
// defaults that go with them. Every place stays where the file has it.
func (l *loader) alone() {
	for _, key := range []string{"apiVersion", "kind", "metadata", "spec", "steps"} {
		if l.root.field(key) != nil {
			return // a runbook, or what is meant for one
		}
	}
	spec := l.root
	if spec.field("registries") == nil {
		return
	}
	spec.fields = slices.DeleteFunc(spec.fields, func(f *field) bool {
		known := []string{"registries", "vars", "defaults"}
		if slices.Contains(known, f.key) {
			return false
		}
		l.add(spec, f.at, "unknown key %s%s; a file without steps has registries, and vars and defaults with them", quote(f.key), didYouMean(f.key, known))
		return true
	})
	at := spec.at
	text := func(s string) *node {
		return &node{at: at, text: s, value: s, style: yaml.DoubleQuotedStyle, tag: "!!str"}
	}
	nest := func(key string, value *node) *node {
		n := &node{kind: mapping, at: at, fields: []*field{{key: key, at: at, value: value}}}
		value.parent = n
		return n
	}
	typ, name, value := steps.Idle()
	step := nest(typ, nest(name, text(value)))
	step.fields = append(step.fields, &field{key: "id", at: at, value: text("look")})
	all := &node{kind: list, at: at, items: []*node{step}, parent: spec}
	step.parent = all
	spec.fields = append(spec.fields, &field{key: "steps", at: at, value: all})
	l.root = nest("spec", spec)
	for key, value := range map[string]*node{"apiVersion": text("srmigrate.dev/v1"), "kind": text("Runbook"), "metadata": nest("name", text("registries"))} {
		value.parent = l.root
		l.root.fields = append(l.root.fields, &field{key: key, at: at, value: value})
	}
}
