package runbook

import (
	"time"

	"github.com/srmigrate/srmigrate/internal/registry"
	"github.com/srmigrate/srmigrate/steps"
)

// assembler makes the Runbook out of nodes that have passed their schemas, or of what passed.
type assembler struct {
	*loader
	defaults settings
	scope    steps.Scope
	ids      map[string]place
}

func (l *loader) assemble() *Runbook {
	rb := &Runbook{File: l.file, Vars: map[string]any{}, Given: map[string]string{}, Registries: l.registries()}
	rb.Name, _ = l.root.get("metadata").get("name").str()
	rb.Description, _ = l.root.get("metadata").get("description").str()
	rb.RollbackTimeout = l.duration(l.root.get("spec").get("rollbackTimeout"), 15*time.Minute)
	rb.Window, rb.Notifications, rb.State = l.window(), l.notifications(), l.state()
	a := &assembler{loader: l, defaults: l.defaults(), ids: map[string]place{}}
	rb.Retry = a.defaults.retry
	a.scope.Vars = map[string]any{}
	for _, name := range l.names {
		v := l.vars[name]
		if v.from != "" {
			rb.Given[name] = v.from
		}
		if v.secret {
			rb.addSecret(v)
			continue
		}
		rb.Plain = append(rb.Plain, name)
		a.scope.Vars[name] = v.plain()
		if v.known {
			rb.Vars[name] = v.plain()
		}
	}
	a.scope.Channels = rb.Notifications.names()
	a.scope.Dialects, a.scope.Access = map[string]string{}, map[string]steps.Access{}
	for _, r := range rb.Registries {
		a.scope.Registries = append(a.scope.Registries, r.Name)
		a.scope.Dialects[r.Name] = r.Dialect
		a.scope.Access[r.Name] = steps.Access{URLs: r.urls(), Export: r.Export, OwnTLS: r.OwnTLS}
	}
	for _, n := range l.root.get("spec").get("steps").entries() {
		if id, ok := n.get("id").str(); ok {
			a.scope.IDs = append(a.scope.IDs, id)
		}
	}
	for _, n := range l.root.get("spec").get("steps").entries() {
		rb.Steps = append(rb.Steps, a.step(n))
	}
	if len(l.found) == 0 {
		rb.Findings = a.lint(rb)
	}
	return rb
}

func (rb *Runbook) addSecret(v *variable) {
	if text, ok := v.value.(string); ok && v.known && text != "" {
		rb.Secrets = append(rb.Secrets, registry.NewSecret(text))
	}
}

// step reads one step with its rollback. It is in scope for those after it even when it has problems.
func (a *assembler) step(n *node) Step {
	s := Step{Line: n.at.line, Col: n.at.col}
	s.ID = a.id(n)
	s.Description, _ = n.get("description").str()
	s.NoReturn = n.get("noReturn") != nil && n.get("noReturn").value == true
	var valid bool
	if n.step != nil {
		s.Type, s.Vars = n.step.typ, n.step.vars
		s.Step, valid = a.make(n, s.ID)
		a.keepLate(&s, n.step.params)
	}
	a.fill(&s, n)
	s.OnFailure = a.onFailure(n, s.Step)
	s.When = a.when(n.get("when"), s.ID)
	s.Allow = a.allow(n.get("allow"))
	a.scope.Before = append(a.scope.Before, steps.Declared{ID: s.ID, Step: s.Step})
	s.Rollback = a.rollback(n, s, valid)
	a.seal(&s)
	return s
}

// id reads the id, which no other step may have.
func (a *assembler) id(n *node) string {
	at := n.get("id")
	id, ok := at.str()
	if !ok {
		return ""
	}
	if first, taken := a.ids[id]; taken {
		a.report(at, "duplicate id %s: the step in line %d has it", quote(id), first.line)
	} else {
		a.ids[id] = at.at
	}
	return id
}

// fill gives a step its timeout and retry policy.
func (a *assembler) fill(s *Step, n *node) {
	timeout := a.defaults.timeout
	if patient(s.Step) {
		timeout = 0
	}
	s.Timeout = a.duration(n.get("timeout"), timeout)
	s.Retry = a.retry(n.get("retry"), a.defaults.retry)
}

// Patient is a step that may take as long as it takes: no default timeout applies to it when Patient returns true.
type Patient interface{ Patient() bool }

func patient(s steps.Step) bool {
	p, ok := s.(Patient)
	return ok && p.Patient()
}

// Dispensable is a step that a run can do without: onFailure may be continue when Dispensable returns true.
type Dispensable interface{ Dispensable() bool }

func dispensable(s steps.Step) bool {
	d, ok := s.(Dispensable)
	return ok && d.Dispensable()
}

func (a *assembler) onFailure(n *node, s steps.Step) OnFailure {
	at := n.get("onFailure")
	text, ok := at.str()
	if !ok {
		return a.defaults.onFailure
	}
	if OnFailure(text) == Continue && s != nil && !dispensable(s) {
		a.report(at, "onFailure: continue is for steps that only look, such as assert: write rollback or stop")
	}
	return OnFailure(text)
}
