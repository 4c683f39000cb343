package runbook

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

var varPath = regexp.MustCompile(`^vars\.([A-Za-z_][A-Za-z0-9_]*)$`)

// resolve finds the var that a reference names; nil after a report, or when the var itself has been reported. A secret
// var may stand where the field is a credential, and no other may.
func (l *loader) resolve(n *node, at int, inner string, closed, credential bool) *variable {
	where := l.inside(n, at)
	if !closed {
		l.add(n, where, `"${{" is not closed by "}}"; write $${{ if it is meant as text`)
		return nil
	}
	path := strings.TrimSpace(inner)
	if strings.HasPrefix(path, "matrix.") {
		return l.resolveCell(n, where, path, credential)
	}
	m := varPath.FindStringSubmatch(path)
	if m == nil {
		l.add(n, where, "%s: only vars.NAME, matrix.NAME, steps.ID.outputs.NAME and run.id can stand between ${{ and }}%s", quote(begin+inner+end), l.likeVar(path))
		return nil
	}
	v, ok := l.vars[m[1]]
	if !ok {
		l.add(n, where, "var %s is not declared under spec.vars%s", quote(m[1]), orOneOf(m[1], "it has", l.names))
		return nil
	}
	switch {
	case v.sort == anySort:
		return nil
	case credential && !v.secret:
		l.add(n, where, "a credential cannot come from a var: write {env: NAME} or {file: PATH}, or mark the var secret: true")
		return nil
	case v.secret && !credential:
		l.add(n, where, "var %s is secret and must not stand here", quote(m[1]))
		return nil
	}
	return v
}

// likeVar helps where only the beginning of the path is missing or misspelt.
func (l *loader) likeVar(path string) string {
	_, name, ok := strings.Cut(path, ".")
	if !ok {
		name = path
	}
	if _, declared := l.vars[name]; declared {
		return "; did you mean " + quote("vars."+name) + "?"
	}
	return ""
}

// plausibleText is a text that the schema takes, to stand for one that is not known.
func plausibleText(s shape) string {
	for _, b := range s.branches() {
		if d, ok := b.m["default"].(string); ok {
			return d
		}
		if values := b.enum(); len(values) > 0 {
			return values[0]
		}
		is, err := regexp.Compile(b.text("pattern"))
		for _, guess := range []string{"x", "10m", ".x", ":*:", "http://x", "1", "10%", "X"} {
			if err == nil && is.MatchString(guess) {
				return guess
			}
		}
	}
	return "x"
}

// plausible is a value that the schema takes.
func plausible(s shape) any {
	types := s.admits()
	switch {
	case slices.Contains(types, "string"):
		return plausibleText(s)
	case slices.Contains(types, "boolean"):
		return false
	}
	if least, ok := s.m["minimum"].(float64); ok {
		return json.Number(fmt.Sprint(least))
	}
	return json.Number("1")
}
