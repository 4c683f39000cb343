package steps

import (
	"context"
	"fmt"
	"strings"
)

// Undo takes away what a canary has left that was cut short.
func (p *Preflight) Undo(id string) []Spec {
	if !p.Canary {
		return nil
	}
	return []Spec{spec("preflight", &Preflight{Source: p.source(), Target: p.target(), Step: id})}
}

// recorded is the canary of the step that this one takes it away of, or its own; false where there is none.
func (p *Preflight) recorded(env *Env) (c canary, there bool, err error) {
	past, begun := env.Past(or(p.Step, env.StepID))
	if !begun || past.Record == nil {
		return c, false, nil
	}
	return c, true, decodeRecord(past, &c)
}

// Probe looks for what a canary has left. Whatever else was seen earlier says nothing of now.
func (p *Preflight) Probe(ctx context.Context, env *Env) (Status, error) {
	st := Status{Left: Todo}
	c, there, err := p.recorded(env)
	if err != nil || !there {
		if p.Step != "" && err == nil {
			st = Status{Left: Done, Now: "no canary", Will: "no canary", Outputs: Outputs{"text": "there was no canary"}}
		}
		return st, err
	}
	source, target, err := p.clients(env)
	if err != nil {
		return st, err
	}
	t, err := c.left(ctx, source, target)
	left := t.names(c)
	switch {
	case err != nil:
		return st, err
	case len(left) > 0:
		st.Now, st.Will = "left of its canary: "+strings.Join(left, ", "), "nothing left of it"
	case p.Step != "":
		st = Status{Left: Done, Now: "nothing left", Will: "nothing left", Outputs: p.removed()}
	}
	return st, nil
}

func (p *Preflight) removed() Outputs {
	return Outputs{"text": fmt.Sprintf("nothing of the canary is on %s and %s", p.source(), p.target())}
}

// undo takes away what the canary of the referred step, or an earlier one of this step, has left.
func (p *Preflight) undo(ctx context.Context, env *Env) (Outputs, error) {
	c, there, err := p.recorded(env)
	if err != nil || !there {
		return Outputs{"text": "there was no canary"}, err
	}
	source, target, err := p.clients(env)
	if err != nil {
		return nil, err
	}
	if err := c.remove(ctx, env, source, target); err != nil {
		return nil, err
	}
	return p.removed(), nil
}

// ByHand returns the commands that take away what is left.
func (p *Preflight) ByHand(ctx context.Context, env *Env) []string {
	c, there, err := p.recorded(env)
	if err != nil || !there {
		return nil
	}
	source, target, err := p.clients(env)
	if err != nil {
		return nil
	}
	t, err := c.left(ctx, source, target)
	if err != nil { // whatever may be there
		t = traces{exporter: true, subjects: []string{c.Image}, contexts: []string{c.Context}}
	}
	return c.byHand(source, target, t)
}

// Lint tells of a canary of an exporter that no later step makes.
func (p *Preflight) Lint(scope Scope) []Lint {
	if !p.Canary || p.makesLater(scope.After) {
		return nil
	}
	return []Lint{{"/canary", p.needless()}}
}
