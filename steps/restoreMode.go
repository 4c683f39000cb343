package steps

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/srmigrate/srmigrate/internal/registry"
)

// RestoreMode puts the modes of a registry back as they were before an earlier step of this run, or before all of
// them. It acts only where the mode is still the one that this run, or its exporter, put there.
type RestoreMode struct {
	Registry string `json:"registry"`
	Step     string `json:"step,omitempty"`
}

func init() { register("restoreMode", func() Step { return new(RestoreMode) }) }

// Describe names the registry and, where there is one, the step.
func (r *RestoreMode) Describe() string {
	if r.Step != "" {
		return fmt.Sprintf("put the modes of %s back as they were before step %s", r.Registry, r.Step)
	}
	return fmt.Sprintf("put the modes of %s back as they were before this run", r.Registry)
}

// Check reports an undeclared registry and a step that changes no mode on it.
func (r *RestoreMode) Check(s Scope) []Problem {
	problems := s.registry("/registry", r.Registry)
	if r.Step == "" || len(problems) > 0 {
		return problems
	}
	return s.earlier("/step", r.Step, "changes modes on "+r.Registry, changesModesOf(r.Registry))
}

// Waits returns the registry: a running exporter would set IMPORT again.
func (r *RestoreMode) Waits() []string { return []string{r.Registry} }

// Probe reports whether a mode is left to put back.
func (r *RestoreMode) Probe(ctx context.Context, env *Env) (Status, error) {
	todo, left, err := r.look(ctx, env)
	if err != nil {
		return Status{}, err
	}
	if len(todo) == 0 {
		return Status{Left: Done, Now: "modes as before", Will: "modes as before", Outputs: r.outputs(nil, left)}, nil
	}
	var now, will []string
	for _, m := range todo {
		now = append(now, fmt.Sprintf("%s: %s", m.where(), orNotSet(m.now)))
		will = append(will, m.String())
	}
	return Status{Left: Todo, Now: some(now, 5), Will: some(will, 5)}, nil
}

// Do puts back what closes first, and the contexts' own gates last of what opens, then reads all of it back.
func (r *RestoreMode) Do(ctx context.Context, env *Env) (Outputs, error) {
	c, err := env.Registry(r.Registry)
	if err != nil {
		return nil, err
	}
	if err := quiet(ctx, env, r.Registry); err != nil {
		return nil, err
	}
	todo, left, err := r.look(ctx, env)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(todo, modeBack.twice) {
		if err := saveRewriting(env, "mode", r.Registry, []string{""}); err != nil {
			return nil, err
		}
	}
	var failed []error
	for i := range todo {
		err := todo[i].put(ctx, c)
		if err != nil && !isRefusal(err) {
			return nil, errors.Join(append(failed, err)...)
		}
		failed = append(failed, explainBack(err, todo[i], r.Registry))
	}
	if err := errors.Join(failed...); err != nil {
		return nil, err
	}
	if err := r.settle(ctx, c, todo); err != nil {
		return nil, err
	}
	r.warnings(env, todo, left)
	return r.outputs(todo, left), nil
}

// isRefusal reports an answer that concerns one place only, so that others can still be put back.
func isRefusal(err error) bool {
	e, ok := errors.AsType[*registry.Error](err)
	return ok && e.Status == 422
}

func explainBack(err error, m modeBack, name string) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s of %s stays %s instead of %s: %w", m.where(), name, m.now, orNotSet(m.before), err)
}

// settle reads the own modes back.
func (r *RestoreMode) settle(ctx context.Context, c *registry.Client, todo []modeBack) error {
	var late []string
	done, err := settles(ctx, func(ctx context.Context) (bool, error) {
		own, err := ownModes(ctx, c, backPlaces(todo))
		late = nil
		for _, m := range todo {
			if !m.isBack(own[m.place]) {
				late = append(late, fmt.Sprintf("%s: %s", m, orNotSet(own[m.place])))
			}
		}
		return len(late) == 0, err
	})
	if err == nil && !done {
		err = fmt.Errorf("modes of %s were put back, but after %s other ones show (%s); somebody else sets modes there, "+
			"or a node of the registry lags", r.Registry, settleTime, some(late, 5))
	}
	return err
}

func backPlaces(todo []modeBack) []string {
	places := make([]string, len(todo))
	for i, m := range todo {
		places[i] = m.place
	}
	return places
}

func (r *RestoreMode) warnings(env *Env, todo, left []modeBack) {
	left, _ = strangers(left, modeBack.fellows)
	for _, m := range left[:min(len(left), 20)] {
		warn(env, "left: "+m.foreign())
	}
	if more := len(left) - 20; more > 0 {
		warn(env, fmt.Sprintf("left: %s more of %s", count(more, "mode"), r.Registry))
	}
	if n := countEquivalent(todo); n > 0 {
		warn(env, fmt.Sprintf("%s of %s cannot be unset on this server; READWRITE was set instead, which means the same",
			count(n, "mode"), r.Registry))
	}
}

func countEquivalent(todo []modeBack) int {
	return len(slices.DeleteFunc(slices.Clone(todo), func(m modeBack) bool { return !m.equivalent }))
}

func (r *RestoreMode) outputs(todo, left []modeBack) Outputs {
	text := "modes of " + r.Registry + " are as before"
	if len(todo) > 0 {
		var parts []string
		for _, m := range todo {
			parts = append(parts, m.String())
		}
		text += ": " + some(parts, 5)
	}
	if n := countEquivalent(todo); n > 0 {
		text += fmt.Sprintf("; %s cannot be unset on this server and got READWRITE, which is equivalent", thousands(n))
	}
	strange, fellows := strangers(left, modeBack.fellows)
	if len(strange) > 0 {
		text += fmt.Sprintf("; %s left alone, set by somebody else since", thousands(len(strange)))
	}
	text += leftTo(fellows)
	return Outputs{"text": text}
}

// ByHand returns a command for each mode that is not back yet.
func (r *RestoreMode) ByHand(ctx context.Context, env *Env) []string {
	c, err := env.Registry(r.Registry)
	if err != nil {
		return nil
	}
	todo, _, err := r.look(ctx, env)
	if err != nil {
		todo = r.remembered(ctx, env)
	}
	var commands []string
	for _, m := range todo {
		commands = append(commands, curlMode(c, m.place, m.before))
	}
	return commands
}
