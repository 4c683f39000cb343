package runbook

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// latePath is a reference whose value is known when a step is reached: the output of another step, or the run's id.
var latePath = regexp.MustCompile(`^(?:run\.id|steps\.([a-z0-9-]+)\.outputs\.([A-Za-z_][A-Za-z0-9_]*))$`)

func isLate(path string) bool {
	return path == "run" || path == "steps" || strings.HasPrefix(path, "run.") || strings.HasPrefix(path, "steps.")
}

// OutputPath takes a reference to an output apart; false when it is the one to the run's id.
func OutputPath(path string) (id, name string, ok bool) {
	m := latePath.FindStringSubmatch(path)
	if m == nil || m[1] == "" {
		return "", "", false
	}
	return m[1], m[2], true
}

// substitution is a text in the making.
type substitution struct {
	strings.Builder
	t template
}

// late ends the text before a reference.
func (b *substitution) late(path string, at place) {
	b.t.parts = append(b.t.parts, b.String(), path)
	b.t.at = append(b.t.at, at)
	b.Reset()
}

// end makes the text the node's value. One with references in it stays as it is written until its step is reached.
func (b *substitution) end(n *node) {
	n.edited = true
	if b.t.parts == nil {
		n.value = b.String()
		return
	}
	b.t.parts = append(b.t.parts, b.String())
	n.late, n.open = &b.t, true
	n.value = b.t.written()
}

func (t *template) written() string {
	var b strings.Builder
	for i, part := range t.parts {
		if i%2 == 1 {
			part = begin + " " + part + " " + end
		}
		b.WriteString(part)
	}
	return b.String()
}

// mayBeLate reports a reference that is misspelt, or stands where a value has to be known before.
func (l *loader) mayBeLate(n *node, at int, path string, credential bool) bool {
	where, shown := l.inside(n, at), quote(begin+" "+path+" "+end)
	switch {
	case !latePath.MatchString(path) && strings.HasPrefix(path, "run"):
		l.reportAt(n, where, "%s: of the run only its id can be put in: write ${{ run.id }}", shown)
	case !latePath.MatchString(path):
		l.reportAt(n, where, "%s: what a step has put out is written ${{ steps.ID.outputs.NAME }}", shown)
	case isCondition(n):
		l.reportAt(n, where, "%s: a condition takes it as it is, without ${{ and }}%s", shown, asInCondition(path))
	case credential || !n.shape.mark("x-late"):
		l.reportAt(n, where, "%s: it is known only when the step is reached, and this field has to be known before", shown)
	default:
		return true
	}
	n.bad = true
	return false
}

func asInCondition(path string) string {
	id, name, ok := OutputPath(path)
	if !ok {
		return ""
	}
	return `: steps["` + id + `"].outputs.` + name
}

// isCondition reports whether the node is a field that takes an expression.
func isCondition(n *node) bool {
	for _, f := range n.parent.keys() {
		if f.value == n {
			return slices.Contains([]string{"when", "until", "failIf", "that"}, f.key)
		}
	}
	return false
}

// checkLate reports references to steps that are not there, do not stand before this one, or do not put that out.
func (a *assembler) checkLate(params *node, id string) {
	scope := a.scopeOf(id)
	params.eachLate("", func(_ string, n *node) {
		for i, at := range n.late.at {
			id, name, ok := OutputPath(n.late.parts[2*i+1])
			if !ok {
				continue
			}
			if why := scope.NoOutput(id, name); why != "" {
				a.add(n, at, "%s", why)
			}
		}
	})
}

// eachLate calls f with the JSON pointer of every text below the node that has references left.
func (n *node) eachLate(pointer string, f func(pointer string, n *node)) {
	if n == nil {
		return
	}
	if n.late != nil {
		f(pointer, n)
	}
	for i, item := range n.items {
		item.eachLate(pointer+"/"+strconv.Itoa(i), f)
	}
	for _, field := range n.fields {
		field.value.eachLate(pointer+"/"+escape6901.Replace(field.key), f)
	}
}

var escape6901 = strings.NewReplacer("~", "~0", "/", "~1")
