package runbook

import (
	"slices"

	"github.com/srmigrate/srmigrate/steps"
)

// when reads the condition of a step and reports what is wrong with it.
func (a *assembler) when(n *node, id string) string {
	text, ok := n.str()
	if !ok || text == "" || n.open || !n.sound() {
		return text
	}
	for _, p := range steps.CheckWhen(text, a.scopeOf(id)) {
		a.add(n, a.inside(n, p.Offset), "%s", p.Message)
	}
	return text
}

// scopeOf is what the step of this id may refer to, whatever comes after.
func (a *assembler) scopeOf(id string) steps.Scope {
	scope := a.scope
	scope.ID, scope.Before = id, slices.Clip(scope.Before)
	return scope
}
