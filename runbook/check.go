package runbook

import (
	"encoding/json"
	"fmt"

	"github.com/srmigrate/srmigrate/steps"
)

// make judges the parameters of a step, makes the step and asks it for problems of its own. It returns false when the
// step is not whole; then it is one of the right type, for the sake of the steps that refer to it.
func (a *assembler) make(n *node, id string) (steps.Step, bool) {
	typ, params := n.step.typ, n.step.params
	if typ == "" {
		return nil, false
	}
	c, err := a.set.contract(typ)
	if err != nil {
		return nil, false // the walk has reported it
	}
	before := len(a.found)
	a.checkLate(params, id)
	a.judge(params, c, typ)
	if patched := patch(params); params.kind != mapping || (patched || len(a.found) > before) && c.schema.Validate(params.json()) != nil {
		return a.stub(typ), false
	}
	s, err := a.set.make(typ, params.raw())
	if err != nil {
		if len(a.found) == before && !opens(params) {
			a.report(params, "%v", err)
		}
		return a.stub(typ), false
	}
	for _, p := range a.check(s, id) {
		a.place(params, p)
	}
	return s, len(a.found) == before
}

// stub is a step of the type without parameters; nil when the type cannot do that.
func (a *assembler) stub(typ string) steps.Step {
	s, err := a.set.make(typ, json.RawMessage("{}"))
	if err != nil {
		return nil
	}
	return s
}

// patch puts plausible values where bad ones stand, so that the rest can be checked. It returns whether there were any.
func patch(n *node) bool {
	patched := n.kind == scalar && n.bad
	if patched {
		n.value, n.open = plausible(n.shape), true
	}
	for _, item := range n.items {
		patched = patch(item) || patched
	}
	for _, f := range n.fields {
		patched = patch(f.value) || patched
	}
	return patched
}

// opens reports whether a value below the node is not known. A text that waits for its step to be reached is none that
// others rest on.
func opens(n *node) bool {
	for _, item := range n.items {
		if item.late == nil && opens(item) {
			return true
		}
	}
	for _, f := range n.fields {
		if f.value.late == nil && opens(f.value) {
			return true
		}
	}
	return n.open || n.bad
}

// check asks a step for its problems. One that panics is reported, and the others go on.
func (a *assembler) check(s steps.Step, id string) (problems []steps.Problem) {
	c, ok := s.(steps.Checker)
	if !ok {
		return nil
	}
	defer func() {
		if r := recover(); r != nil {
			problems = []steps.Problem{{Message: fmt.Sprintf("internal error: %v; please report it with the file", r)}}
		}
	}()
	return c.Check(a.scopeOf(id))
}

// place reports a step's own problem where it stands in the file, unless a value it rests on is not known.
func (a *assembler) place(params *node, p steps.Problem) {
	n, whole := params.find(p.Path)
	if opens(n) {
		return
	}
	at := n.at
	if whole {
		at = a.inside(n, p.Offset)
	}
	a.add(n, at, "%s", p.Message)
}
