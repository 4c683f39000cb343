package runbook

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
)

// found is a problem whose step is not known yet: ids are read after keys have been put right.
type found struct {
	in      *node // nil for what is not in the file
	at      place
	message string
	file    string // of the matrix, "" for the runbook itself
}

// maxProblems is more than anybody reads.
const maxProblems = 1000

// add reports a problem at a place within a node.
func (l *loader) add(in *node, at place, format string, args ...any) {
	if len(l.found) >= maxProblems {
		l.unsaid++
		return
	}
	l.found = append(l.found, found{in: in, at: at, message: fmt.Sprintf(format, args...)})
}

// report reports a problem of a node, unless it or what it stands in has been reported, and marks it bad.
func (l *loader) report(n *node, format string, args ...any) {
	l.reportAt(n, n.at, format, args...)
}

func (l *loader) reportAt(n *node, at place, format string, args ...any) {
	if !n.sound() {
		return
	}
	l.add(n, at, format, args...)
	if n.kind == scalar {
		n.bad = true
	}
}

// problems are all that was found, in file order, each once.
func (l *loader) problems() []Problem {
	all := make([]Problem, 0, len(l.found))
	for _, f := range l.found {
		p := Problem{File: l.file, Line: f.at.line, Col: f.at.col, Message: f.message}
		p.Step = idOf(f.in)
		if f.file != "" {
			p.File = f.file
		}
		if l.cell != nil {
			p.Cell = l.cell.where()
		}
		all = append(all, p)
	}
	slices.SortStableFunc(all, inFile)
	all = slices.Compact(all)
	if l.unsaid > 0 {
		all = append(all, Problem{File: l.file, Message: fmt.Sprintf("and %d more problems: mend these first", l.unsaid)})
	}
	return all
}

// inFile is the order of problems. Those of the file that a matrix comes from stand together.
func inFile(a, b Problem) int {
	if a.File != b.File {
		return cmp.Compare(a.File, b.File)
	}
	return cmp.Or(a.Line-b.Line, a.Col-b.Col)
}

var presentable = regexp.MustCompile(`^[\w.-]{1,63}$`)

// idOf is the id of the step a node belongs to; "" outside of steps.
func idOf(n *node) string {
	for ; n != nil; n = n.parent {
		if n.step == nil {
			continue
		}
		if id, ok := n.get("id").str(); ok && presentable.MatchString(id) {
			return id
		}
	}
	return ""
}
