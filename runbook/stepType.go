package runbook

import (
	"slices"
)

// findType takes the step type and its parameters out of the keys of a step.
func (l *loader) findType(n *node) {
	n.step = &stepNode{}
	types := l.types
	found := slices.DeleteFunc(slices.Clone(n.fields), func(f *field) bool { return !slices.Contains(types, f.key) })
	if len(found) == 0 {
		names, _ := n.shape.names()
		found = l.guessType(n, names, types)
	}
	for _, f := range found {
		if n.step.typ != "" {
			l.add(n, f.at, "a step has one step type, and %s stands beside %s: make two steps of them", quote(f.key), quote(n.step.typ))
			continue
		}
		n.step.typ, n.step.params = f.key, f.value
	}
	n.fields = slices.DeleteFunc(n.fields, func(f *field) bool { return slices.Contains(found, f) })
}

// guessType reports a step without a step type, and returns the key that was probably meant to be one.
func (l *loader) guessType(n *node, names, types []string) []*field {
	var stray *field
	for _, f := range n.fields {
		if slices.Contains(names, f.key) || closest(f.key, names) != "" && closest(f.key, types) == "" {
			continue
		}
		if meant := closest(f.key, types); meant != "" {
			l.add(n, f.at, "unknown step type %s; did you mean %s?", quote(f.key), quote(meant))
			f.key = meant
			return []*field{f}
		}
		if stray == nil && (f.value.kind == mapping || f.value.value == nil) {
			stray = f
		}
	}
	if stray != nil && stray.bad {
		return nil
	}
	if stray == nil {
		l.add(n, n.at, "step type is missing%s", orOneOf("", "one of", types))
		return nil
	}
	l.add(n, stray.at, "unknown step type %s%s", quote(stray.key), orOneOf(stray.key, "the step types are", types))
	n.fields = slices.DeleteFunc(n.fields, func(f *field) bool { return f == stray })
	return nil
}
