package steps

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/srmigrate/srmigrate/internal/condition"
)

// Foreseen is what a plan can tell of the condition under which a step runs.
type Foreseen struct {
	Known, Holds bool
	Text         string // the condition with the values it rests on or, where it is not known, what it depends on
}

// openError is what a condition hears that asks for what steps to come may change.
type openError struct{ registry string }

func (e *openError) Error() string { return e.registry + " may be otherwise by then" }

// WhenAhead evaluates the condition of a step of a plan, as far as nothing that comes before the step can change what it
// rests on: vars, what steps have put out, and registries that stay as they are until then. Blind asks no registry. An
// error is one that a run would end with as well.
func WhenAhead(ctx context.Context, env *Env, src string, blind bool) (Foreseen, error) {
	p, err := condition.Compile(src, whenScope(env.namesAhead()))
	switch {
	case err != nil && blind:
		return Foreseen{Text: "it rests on values that are not known here"}, nil
	case err != nil:
		return Foreseen{}, err
	}
	v := env.lookAhead(ctx, blind)
	holds, err := p.True(v)
	if err == nil {
		return Foreseen{true, holds, withValues(src, p.Explain(v), holds)}, nil
	}
	if open, ok := errors.AsType[*openError](err); ok {
		return env.undecided(ctx, p, open.registry, blind), nil
	}
	if coming := env.stillToCome(p.Steps()); len(coming) > 0 {
		return Foreseen{Text: "it rests on what step " + strings.Join(coming, " and step ") + " puts out"}, nil
	}
	return Foreseen{}, err
}

// undecided says what a condition depends on and, where that can be told, what it would say now.
func (e *Env) undecided(ctx context.Context, p *condition.Program, registry string, blind bool) Foreseen {
	f := Foreseen{Text: fmt.Sprintf("it rests on how %s is by then", registry)}
	if blind {
		return f
	}
	v := look(ctx, e)
	if holds, err := p.True(v); err == nil {
		f.Text += "; now it is " + withValues(fmt.Sprint(holds), p.Explain(v), holds)
	}
	return f
}

// lookAhead is what is known of the time when a step of a plan is reached.
func (e *Env) lookAhead(ctx context.Context, blind bool) *condition.View {
	v := look(ctx, e)
	count, mode := v.Count, v.Mode
	v.Count = func(name string) (subjects, versions int, err error) {
		if blind || e.isOpen(name) {
			return 0, 0, &openError{name}
		}
		return count(name)
	}
	v.Mode = func(name string) (string, error) {
		if blind || e.isOpen(name) {
			return "", &openError{name}
		}
		return mode(name)
	}
	return v
}

// isOpen reports whether a registry may be otherwise when a step of a plan is reached.
func (e *Env) isOpen(registry string) bool {
	return e.Waits || slices.ContainsFunc(e.Ahead, func(f Effect) bool { return f.Registry == registry })
}

// namesAhead are what a condition may name by then: also outputs of steps that are still to be done.
func (e *Env) namesAhead() condition.Scope {
	names := e.names()
	for _, d := range e.Coming {
		if _, known := names.Steps[d.ID]; !known {
			names.Steps[d.ID] = OutputsOf(d.Step)
			delete(names.Absent, d.ID)
		}
	}
	return names
}

// stillToCome are those of the steps that have put out nothing yet.
func (e *Env) stillToCome(ids []string) (list []string) {
	known, _ := e.Outputs()
	for _, id := range ids {
		if _, done := known[id]; !done && !slices.Contains(list, id) {
			list = append(list, id)
		}
	}
	return list
}
