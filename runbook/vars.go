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
	sort   varSort
	value  any // string, json.Number or bool; meaningless unless known
	known  bool
	secret bool   // always a text
	from   string // where outside of the runbook the value was found, see Runbook.Given; "" for the runbook's own
	shell  string // see node
	loose  bool   // a text that stands for what the field takes, as in CSV
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

// declareVars reads spec.vars, the environment, --vars-file and --var.
func (l *loader) declareVars() {
	for _, f := range l.root.get("spec").get("vars").keys() {
		l.names = append(l.names, f.key)
		l.vars[f.key] = l.declare(f)
	}
	l.undeclared("--var", l.o.Vars)
	l.undeclared("--vars-file", l.o.FileVars)
}

func (l *loader) undeclared(flag string, given map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if _, ok := l.vars[name]; !ok {
			l.add(nil, place{}, "%s %s: the runbook declares no such var%s", flag, name, orOneOf(name, "it has", l.names))
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
	return l.declareElsewhere(f)
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

// declareElsewhere reads a var whose value stands in the environment or in a file.
func (l *loader) declareElsewhere(f *field) *variable {
	env, file, d := f.value.get("env"), f.value.get("file"), f.value.get("default")
	switch {
	case (env == nil) == (file == nil):
		if !f.value.lost {
			l.report(f.value, "takes one of {env: NAME} and {file: PATH}, or the value itself")
		}
		return &variable{}
	case file != nil && d != nil:
		l.report(d, "default goes with env: a file is there, or it is not")
		return &variable{}
	case d != nil && (d.kind != scalar || d.value == nil || d.bad):
		return &variable{}
	}
	v := &variable{sort: textSort, secret: markedSecret(f.value)}
	if d != nil {
		v.sort, v.value, v.known = sortOf(d), d.value, true
	}
	if _, isText := v.value.(string); v.secret && v.known && !isText {
		v.sort, v.value = textSort, d.text
	}
	if l.override(f.key, v) {
		return v
	}
	if name, ok := env.str(); ok {
		v.shell = l.shellWord("env", name)
		l.fromEnv(env, name, v)
	}
	if named, ok := file.str(); ok {
		v.shell = l.shellWord("file", named)
		l.fromFile(file, named, v)
	}
	return v
}

// markedSecret errs on the side of a secret.
func markedSecret(n *node) bool {
	s := n.get("secret")
	return s != nil && s.value != false
}

// hideDefaults sees to it that no problem shows the default of a secret var.
func (l *loader) hideDefaults() {
	for _, f := range l.root.get("spec").get("vars").keys() {
		if d := f.value.get("default"); d != nil && d.kind == scalar && markedSecret(f.value) {
			d.shape = d.shape.marked(shape{m: map[string]any{"x-secret": true}})
		}
	}
}

// fromFile takes the value from a file; validate does without files that it cannot read, and without secrets.
func (l *loader) fromFile(n *node, named string, v *variable) {
	if named == "" || l.o.Lax && v.secret {
		return
	}
	text, err := l.readLine(named)
	switch {
	case err == nil:
		v.value, v.known, v.from = text, true, "file:"+named
	case !l.o.Lax:
		l.report(n, "%v", err)
		*v = variable{}
	}
}

// fromEnv takes the value from the environment if it is there. Where there is a default, an empty one is as good as none:
// pipelines set what they have no secret for to nothing.
func (l *loader) fromEnv(n *node, name string, v *variable) {
	text, ok := l.getenv(name)
	if !ok || text == "" && v.known {
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
	v.value, v.known, v.from = value, true, "env:"+name
}

func (l *loader) getenv(name string) (string, bool) {
	if l.o.Getenv == nil {
		return "", false
	}
	return l.o.Getenv(name)
}

// override takes the value from --var, or else from --vars-file, if it is there.
func (l *loader) override(name string, v *variable) bool {
	flag := FromFlag
	text, ok := l.o.Vars[name]
	if ok && v.secret {
		l.add(nil, place{}, "--var %s: the var is secret, and command lines are not; take it from the environment, a file or --vars-file", name)
		return true
	}
	if !ok {
		flag = FromFile
		text, ok = l.o.FileVars[name]
	}
	if !ok {
		return false
	}
	value, ok := v.sort.parse(text)
	if !ok {
		l.add(nil, place{}, "%s %s: got %s, but the var is %s in the runbook", flag, name, quote(text), v.sort)
		return true
	}
	v.value, v.known, v.from = value, true, flag
	return true
}

func sortOf(n *node) varSort {
	switch v := n.value.(type) {
	case bool:
		return boolSort
	case json.Number:
		text := n.text
		if n.edited {
			text = v.String()
		}
		if _, err := v.Int64(); err == nil && !strings.ContainsAny(text, ".eE") {
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
