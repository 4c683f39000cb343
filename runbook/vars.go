package runbook

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// variable is one of spec.vars.
type variable struct {
	sort  varSort
	value any // string, json.Number or bool; meaningless unless known
	known bool
}

// varSort is the type of a var.
type varSort string

const (
	anySort   varSort = "" // the declaration is wrong: nothing more is said about its uses
	textSort  varSort = "text"
	wholeSort varSort = "a whole number"
	floatSort varSort = "a number"
	boolSort  varSort = "true or false"
)

// declareVars reads spec.vars, the environment and --var.
func (l *loader) declareVars() {
	for _, f := range l.root.get("spec").get("vars").keys() {
		l.names = append(l.names, f.key)
		l.vars[f.key] = l.declare(f)
	}
	for _, name := range slices.Sorted(maps.Keys(l.o.Vars)) {
		if _, ok := l.vars[name]; !ok {
			l.add(nil, place{}, "--var %s: the runbook declares no such var%s", name, orOneOf(name, "it has", l.names))
		}
	}
}

func (l *loader) declare(f *field) *variable {
	n := f.value
	if !n.sound() || n.kind == list || n.kind == scalar && n.value == nil || l.nested(n) {
		return &variable{}
	}
	if n.kind == scalar {
		v := &variable{sort: sortOf(n), value: n.value, known: true}
		l.override(f.key, v)
		return v
	}
	return l.declareEnv(f)
}

// nested reports a reference inside of a var.
func (l *loader) nested(n *node) bool {
	if s, ok := n.str(); ok && strings.Contains(strings.ReplaceAll(s, "$${{", ""), "${{") {
		l.report(n, "a var cannot refer to another var: write the value out, or take it from the environment")
		return true
	}
	for _, f := range n.keys() {
		if l.nested(f.value) {
			return true
		}
	}
	return false
}

func (l *loader) declareEnv(f *field) *variable {
	name, ok := f.value.get("env").str()
	if !ok {
		return &variable{}
	}
	v := &variable{sort: textSort}
	if d := f.value.get("default"); d != nil {
		if d.kind != scalar || d.value == nil || d.bad {
			return &variable{}
		}
		v.sort, v.value, v.known = sortOf(d), d.value, true
	}
	if l.override(f.key, v) {
		return v
	}
	l.fromEnv(f.value.get("env"), name, v)
	return v
}

// fromEnv takes the value from the environment if it is there.
func (l *loader) fromEnv(n *node, name string, v *variable) {
	text, ok := l.getenv(name)
	if !ok {
		if !v.known && !l.o.Lax {
			l.report(n, "environment variable %s is not set: set it, or give the var a default", name)
			*v = variable{}
		}
		return
	}
	value, ok := v.sort.parse(text)
	if !ok {
		l.report(n, "environment variable %s is %s, but the default says %s", name, quote(text), v.sort)
		return
	}
	v.value, v.known = value, true
}

func (l *loader) getenv(name string) (string, bool) {
	if l.o.Getenv == nil {
		return "", false
	}
	return l.o.Getenv(name)
}

// override takes the value from --var if it is there.
func (l *loader) override(name string, v *variable) bool {
	text, ok := l.o.Vars[name]
	if !ok {
		return false
	}
	value, ok := v.sort.parse(text)
	if !ok {
		l.add(nil, place{}, "--var %s: got %s, but the var is %s in the runbook", name, quote(text), v.sort)
		return true
	}
	v.value, v.known = value, true
	return true
}

func sortOf(n *node) varSort {
	switch v := n.value.(type) {
	case bool:
		return boolSort
	case json.Number:
		if _, err := v.Int64(); err == nil && !strings.ContainsAny(n.text, ".eE") {
			return wholeSort
		}
		return floatSort
	}
	return textSort
}

// parse reads a text as a value of this type.
func (s varSort) parse(text string) (any, bool) {
	switch s {
	case wholeSort:
		i, err := strconv.ParseInt(text, 10, 64)
		return json.Number(fmt.Sprint(i)), err == nil
	case floatSort:
		f, err := strconv.ParseFloat(text, 64)
		raw, unfit := json.Marshal(f)
		return json.Number(raw), err == nil && unfit == nil
	case boolSort:
		return text == "true", text == "true" || text == "false"
	}
	return text, true
}

// plain is the value as expressions and the run see it; the zero value while it is not known.
func (v *variable) plain() any {
	number, _ := v.value.(json.Number)
	switch v.sort {
	case wholeSort:
		i, _ := strconv.Atoi(number.String())
		return i
	case floatSort:
		f, _ := number.Float64()
		return f
	case boolSort:
		b, _ := v.value.(bool)
		return b
	}
	s, _ := v.value.(string)
	return s
}
