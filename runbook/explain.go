package runbook

import (
	"fmt"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

// judge checks a value against its schema and reports what is wrong in sentences. Name is what the value is called.
func (l *loader) judge(n *node, c *contract, name string) {
	err := c.schema.Validate(n.json())
	if err == nil {
		return
	}
	failed, ok := err.(*jsonschema.ValidationError)
	if !ok {
		l.report(n, "internal error: %v; please report it", err)
		return
	}
	judge{l, n, c, name}.explain(failed)
}

// judge explains why a value does not fit its schema.
type judge struct {
	l    *loader
	top  *node
	c    *contract
	name string
}

// explain goes down to the causes that a person can act on.
func (j judge) explain(e *jsonschema.ValidationError) {
	keyword := lastToken(e.KeywordLocation)
	switch {
	case strings.Contains(e.KeywordLocation, "/propertyNames") || keyword == "uniqueItems":
		return // the walk has reported it
	case keyword == "anyOf" || keyword == "oneOf":
		j.explainChoice(e)
		return
	case len(e.Causes) > 0:
		for _, cause := range e.Causes {
			j.explain(cause)
		}
		return
	}
	n, whole := j.top.find(e.InstanceLocation)
	if !whole || n.open && keyword != "type" {
		return
	}
	j.l.report(n, "%s", sentence(n, j.label(e), keyword, j.c.at(e.AbsoluteKeywordLocation), e))
}

func lastToken(pointer string) string { return pointer[strings.LastIndexByte(pointer, '/')+1:] }

// explainChoice explains the only alternative of the value's own kind, or else says what the alternatives are.
func (j judge) explainChoice(e *jsonschema.ValidationError) {
	n, whole := j.top.find(e.InstanceLocation)
	if !whole {
		return
	}
	s := j.c.at(e.AbsoluteKeywordLocation)
	var fitting []shape
	for _, b := range s.branches() {
		if kindOf(b.admits()) == n.kind {
			fitting = append(fitting, b)
		}
	}
	causes := slices.DeleteFunc(slices.Clone(e.Causes), func(e *jsonschema.ValidationError) bool { return foreign(j.top, n, e) })
	if len(fitting) == 1 && len(causes) == 1 {
		j.explain(causes[0])
		return
	}
	if n.open && n.kind == scalar && len(fitting) > 0 {
		return
	}
	j.l.report(n, "%s must be %s; got %s%s", j.label(e), alternatives(s), n.show(), howToType(n, s.fits(scalar)))
}

// foreign reports whether an alternative failed because it is for values of another kind.
func foreign(top, n *node, e *jsonschema.ValidationError) bool {
	for len(e.Causes) == 1 {
		e = e.Causes[0]
	}
	at, _ := top.find(e.InstanceLocation)
	keyword := lastToken(e.KeywordLocation)
	return at == n && (keyword == "type" || n.kind != scalar && (keyword == "const" || keyword == "enum"))
}

func sentence(n *node, name, keyword string, s shape, e *jsonschema.ValidationError) string {
	switch keyword {
	case "required":
		return missing(n, s)
	case "enum", "const":
		return oneOf(n, name, s.enum())
	case "type":
		if n.value == nil && s.m["minItems"] != nil {
			name = fmt.Sprintf("no %s: %s", name, name)
		}
		return fmt.Sprintf("%s must be %s; got %s%s", name, wanted(s), n.show(), howToType(n, s))
	case "pattern":
		return fmt.Sprintf("%s %s; got %s", name, patternWords(s), n.show())
	case "minLength":
		return name + " must not be empty" + emptyAt(n)
	case "minItems", "minProperties":
		if len(n.items)+len(n.fields) == 0 {
			return fmt.Sprintf("no %s: %s must have at least one entry", name, name)
		}
	case "minimum":
		return fmt.Sprintf("%s must be at least %v; got %s", name, s.m["minimum"], n.show())
	case "maximum":
		return fmt.Sprintf("%s must be at most %v; got %s", name, s.m["maximum"], n.show())
	}
	if say := s.text("x-say"); say != "" {
		return fmt.Sprintf("%s %s; got %s", name, say, n.show())
	}
	return name + ": " + e.Message
}

// emptyAt says where an empty value was read that does not stand in the file.
func emptyAt(n *node) string {
	how, of, elsewhere := strings.Cut(n.origin, ":")
	switch {
	case !elsewhere:
		return ""
	case how == "env":
		return fmt.Sprintf(": environment variable %s is set, and has nothing in it", of)
	}
	return fmt.Sprintf(": %s %q has nothing in it", how, of)
}

// label names a field by its pointer, without what its step or section says already.
func (j judge) label(e *jsonschema.ValidationError) string {
	pointer := e.InstanceLocation
	if i := strings.Index(pointer, "/steps/"); i >= 0 {
		rest := pointer[i+len("/steps/"):]
		_, rest, _ = strings.Cut(rest, "/")
		if pointer = rest; pointer == "" {
			return "a step"
		}
	}
	pointer = strings.TrimPrefix(strings.TrimPrefix(pointer, "/"), "spec/")
	var b strings.Builder
	for i, token := range strings.Split(pointer, "/") {
		switch {
		case token != "" && strings.Trim(token, "0123456789") == "":
			fmt.Fprintf(&b, "[%s]", token)
			continue
		case i > 0:
			b.WriteByte('.')
		}
		b.WriteString(unescape.Replace(token))
	}
	if b.Len() == 0 {
		return j.name
	}
	return b.String()
}
