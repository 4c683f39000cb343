package runbook

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// cellName is what ${{ matrix.cell }} stands for: the name of the cell.
const cellName = "cell"

// resolveCell finds the value that a reference to the matrix names; nil after a report.
func (l *loader) resolveCell(n *node, where place, path string, credential bool) *variable {
	name := strings.TrimPrefix(path, "matrix.")
	shown := quote(begin + " " + path + " " + end)
	if l.cell == nil {
		l.add(n, where, "%s: the runbook has no spec.matrix", shown)
		return nil
	}
	if credential {
		l.add(n, where, "%s: a credential cannot stand in the matrix: let the matrix name the environment variable or file that holds it, and write {env: \"%s\"} here", shown, begin+" "+path+" "+end)
		return nil
	}
	if name == cellName {
		return &variable{sort: textSort, value: l.cell.Name, known: true}
	}
	value, ok := l.cell.Values[name]
	if !ok {
		l.add(n, where, "%s: the cell has no such value%s", shown, orOneOf(name, "it has", l.cell.valueNames()))
		return nil
	}
	v := &variable{value: value, known: true, loose: l.cell.Loose}
	v.sort = sortOf(&node{value: value, text: fmt.Sprint(value)})
	return v
}

// putIntoVars puts the values of the cell into the vars, which may refer to nothing else.
func (l *loader) putIntoVars() {
	for _, f := range l.root.get("spec").get("vars").keys() {
		l.putMatrix(f.value)
	}
}

// putMatrix replaces references to the matrix below a node, and leaves all others as they are.
func (l *loader) putMatrix(n *node) {
	for _, item := range n.entries() {
		l.putMatrix(item)
	}
	for _, f := range n.keys() {
		l.putMatrix(f.value)
	}
	text, ok := n.str()
	if !ok || n.bad || !strings.Contains(text, begin) {
		return
	}
	var b strings.Builder
	done := 0
	for at := 0; ; {
		i := strings.Index(text[at:], begin)
		if i < 0 {
			break
		}
		i += at
		at = i + len(begin)
		inner, _, closed := strings.Cut(text[at:], end)
		path := strings.TrimSpace(inner)
		if i > 0 && text[i-1] == '$' || !closed || !strings.HasPrefix(path, "matrix.") {
			continue // whoever comes next says something about it
		}
		v := l.resolveCell(n, l.inside(n, i), path, false)
		if v == nil {
			n.bad = true
			return
		}
		at += len(inner) + len(end)
		if i == 0 && at == len(text) {
			n.value, n.edited = v.value, true
			return
		}
		fmt.Fprint(&b, text[done:i], v.value)
		done = at
	}
	if done > 0 {
		n.value, n.edited = b.String()+text[done:], true
	}
}

// fitting is the value as a field of this shape takes it: a text out of CSV may be meant for a number.
func (v *variable) fitting(s shape) any {
	text, ok := v.value.(string)
	if !ok || !v.loose || text == "" {
		return v.value
	}
	types := s.admits()
	switch {
	case slices.Contains(types, "string"):
	case slices.Contains(types, "boolean") && (text == "true" || text == "false"):
		return text == "true"
	case slices.Contains(types, "integer") || slices.Contains(types, "number"):
		if number := json.Number(text); evidentNumber.MatchString(text) || json.Valid([]byte(text)) {
			return number
		}
	}
	return v.value
}
