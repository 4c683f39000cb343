package runbook

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// walk goes along a value and its schema together. It reports keys and step types that the schema does not know, and
// puts right those it can guess, so that the stages after it do not report the same slip again.
func (l *loader) walk(n *node, s shape) {
	if n == nil {
		return
	}
	n.shape = s.fits(n.kind)
	switch n.kind {
	case mapping:
		l.walkMapping(n)
	case list:
		l.walkList(n)
	}
}

func (l *loader) walkMapping(n *node) {
	s := n.shape
	if s.mark("x-step") {
		l.findType(n)
	}
	l.knownKeys(n)
	l.namedKeys(n)
	for _, f := range n.fields {
		l.walk(f.value, s.property(f.key).marked(s))
	}
	if n.step == nil || n.step.typ == "" {
		return
	}
	c, err := l.set.contract(n.step.typ)
	if err != nil {
		l.add(n, n.at, "internal error: %v; please report it", err)
		n.step = nil
		return
	}
	l.walk(n.step.params, c.shape())
}

func (l *loader) walkList(n *node) {
	s := n.shape.under("items")
	seen := map[string]bool{}
	for _, item := range n.items {
		l.walk(item, s.marked(n.shape))
		if !n.shape.mark("uniqueItems") || item.kind != scalar {
			continue
		}
		raw, _ := json.Marshal(item.value)
		if seen[string(raw)] {
			l.report(item, "duplicate %s: list it once", quote(item.text))
		}
		seen[string(raw)] = true
	}
}

// knownKeys reports keys that a closed mapping does not have. A key that is nearly right is put right.
func (l *loader) knownKeys(n *node) {
	if n.bad || n.shape.knowsAll(n.fields) {
		return
	}
	names, closed := n.shape.names()
	if !closed {
		return
	}
	here := map[string]bool{}
	for _, f := range n.fields {
		here[f.key] = true
	}
	kept := n.fields[:0]
	for _, f := range n.fields {
		if slices.Contains(names, f.key) {
			kept = append(kept, f)
			continue
		}
		free := except(names, func(name string) bool { return here[name] })
		if f.bad {
			n.lost = true
			continue
		}
		l.add(n, f.at, "unknown key %s%s", quote(f.key), l.orKeys(f.key, free, names, n))
		if meant := closest(f.key, free); meant != "" {
			here[meant], f.key = true, meant
			kept = append(kept, f)
			continue
		}
		n.lost = true
	}
	n.fields = kept
}

func (l *loader) orKeys(key string, free, names []string, n *node) string {
	if hint := didYouMean(key, free); hint != "" {
		return hint
	}
	if n.step != nil && stepKey(key) {
		return ": it goes with the steps of spec.steps, not with those of a rollback list"
	}
	if name, value, ok := strings.Cut(key, ":"); ok && slices.Contains(append(free, l.types...), name) {
		return fmt.Sprintf("; a space is missing: write %s: %s", name, value)
	}
	if n.step != nil {
		names = append(slices.Clone(names), "one step type")
	}
	return orOneOf(key, "known keys here:", names)
}

// stepKey reports whether a step of spec.steps has this key.
func stepKey(key string) bool {
	c, err := document()
	if err != nil {
		return false
	}
	names, _ := c.shape().under("definitions").under("step").names()
	return slices.Contains(names, key)
}

// namedKeys checks the keys of a mapping that has names for keys.
func (l *loader) namedKeys(n *node) {
	s := n.shape.under("propertyNames")
	if s.text("pattern") == "" {
		return
	}
	is, err := regexp.Compile(s.text("pattern"))
	if err != nil {
		return
	}
	for _, f := range n.fields {
		if is.MatchString(f.key) {
			continue
		}
		say := s.text("x-say")
		if say == "" {
			say = "must match " + s.text("pattern")
		}
		l.add(n, f.at, "%s %s", quote(f.key), say)
	}
}

// written is a scalar as the file has it; of a secret nothing is shown.
func (n *node) written() string {
	if n.shape.mark("x-secret") {
		return "[redacted]"
	}
	return quote(n.text)
}

// show is how a person would write a value.
func (n *node) show() string {
	switch {
	case n.kind == mapping:
		return "a mapping"
	case n.kind == list:
		return "a list"
	case n.value == nil:
		return "nothing"
	case n.shape.mark("x-secret"):
		return "[redacted]"
	case n.open:
		return quote(n.text)
	}
	_, isText := n.value.(string)
	switch {
	case n.edited && isText:
		return quote(fmt.Sprint(n.value)) + " from " + quote(n.text)
	case n.edited:
		return fmt.Sprint(n.value) + " from " + quote(n.text)
	case isText:
		return quote(n.text)
	}
	return n.text
}
