package runbook

import (
	"fmt"

	"github.com/srmigrate/srmigrate/steps"
)

// rollback makes the list that undoes a step. What `auto` stands for comes from the step itself, if it is whole.
func (a *assembler) rollback(n *node, s Step, valid bool) []Step {
	r := n.get("rollback")
	if r != nil && r.kind == list {
		return a.rollbackList(r, s, valid)
	}
	word, ok := r.str()
	if !ok {
		word = a.defaults.rollback
	}
	if word != "auto" {
		return nil
	}
	return a.auto(nil, n, s, valid)
}

func (a *assembler) rollbackList(r *node, s Step, valid bool) []Step {
	var undo []Step
	autos := 0
	for _, item := range r.items {
		if item.kind != scalar {
			undo = append(undo, a.undoStep(item, undoID(s, undo)))
			continue
		}
		if word, _ := item.str(); word != "auto" {
			continue // it has been reported
		}
		if autos++; autos > 1 {
			a.report(item, "duplicate auto: a rollback list has one at most")
		}
		undo = a.auto(undo, r.parent, s, valid)
	}
	return undo
}

func undoID(s Step, undo []Step) string { return fmt.Sprintf("%s.undo-%d", s.ID, len(undo)+1) }

// undoStep reads an element of a rollback list.
func (a *assembler) undoStep(n *node, id string) Step {
	u := Step{ID: id, Line: n.at.line, Col: n.at.col, OnFailure: Stop}
	u.Description, _ = n.get("description").str()
	if n.step != nil {
		u.Type = n.step.typ
		u.Step, _ = a.make(n, id)
		a.keepLate(&u, n.step.params)
	}
	a.fill(&u, n)
	a.seal(&u)
	return u
}

// auto appends the steps that the step itself names for its undoing.
func (a *assembler) auto(undo []Step, n *node, s Step, valid bool) []Step {
	undoer, ok := s.Step.(steps.Undoer)
	if !ok || !valid {
		return undo
	}
	for _, spec := range undoer.Undo(s.ID) {
		undo = append(undo, a.undoSpec(spec, n, undoID(s, undo)))
	}
	return undo
}

func (a *assembler) undoSpec(spec steps.Spec, n *node, id string) Step {
	u := Step{ID: id, Type: spec.Type, Line: n.at.line, Col: n.at.col, OnFailure: Stop, Retry: a.defaults.retry}
	made, err := a.set.make(spec.Type, spec.Params)
	if err != nil {
		a.add(n, n.at, "rollback: auto: %v", err)
		return u
	}
	u.Step = made
	for _, p := range a.check(made, id) {
		if !opens(n.step.params) {
			a.add(n, n.at, "rollback: auto: %s: %s", spec.Type, p.Message)
		}
	}
	if !patient(made) {
		u.Timeout = a.defaults.timeout
	}
	a.seal(&u)
	return u
}
