package steps

import (
	"context"
	"errors"
	"fmt"

	"github.com/srmigrate/srmigrate/internal/registry"
)

// RestoreCompatibility puts the configs of a registry back as they were before this run, whose exporters replay those of
// their source, and whose setCompatibility steps set some. It acts only where the config is the one that came of that.
type RestoreCompatibility struct {
	Registry string `json:"registry"`
	Step     string `json:"step,omitempty"`
}

func init() { register("restoreCompatibility", func() Step { return new(RestoreCompatibility) }) }

// Describe names the registry and, where there is one, the step.
func (r *RestoreCompatibility) Describe() string {
	if r.Step != "" {
		return fmt.Sprintf("put the compatibility settings of %s back as they were before step %s", r.Registry, r.Step)
	}
	return fmt.Sprintf("put the compatibility settings of %s back as they were before this run", r.Registry)
}

// Check reports an undeclared registry and a step that changes no config on it.
func (r *RestoreCompatibility) Check(s Scope) []Problem {
	problems := s.registry("/registry", r.Registry)
	if r.Step == "" || len(problems) > 0 {
		return problems
	}
	return s.earlier("/step", r.Step, "changes compatibility settings on "+r.Registry, changesConfigsOf(r.Registry))
}

// Waits returns the registry: a running exporter would replay the source's settings again.
func (r *RestoreCompatibility) Waits() []string { return []string{r.Registry} }

// Probe reports whether a config is left to put back.
func (r *RestoreCompatibility) Probe(ctx context.Context, env *Env) (Status, error) {
	todo, left, err := r.look(ctx, env)
	if err != nil {
		return Status{}, err
	}
	if len(todo) == 0 {
		return Status{Left: Done, Now: "settings as before", Will: "settings as before", Outputs: r.outputs(nil, left)}, nil
	}
	var now, will []string
	for _, b := range todo {
		now = append(now, placeName(b.place)+": "+configText(b.now))
		will = append(will, b.String())
	}
	return Status{Left: Todo, Now: some(now, 5), Will: some(will, 5)}, nil
}

// Do puts back one config after the other, then reads them back.
func (r *RestoreCompatibility) Do(ctx context.Context, env *Env) (Outputs, error) {
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
	var twice []string
	for _, b := range todo {
		if b.place == "" || b.needsClear() && len(b.before) > 0 {
			twice = append(twice, b.place)
		}
	}
	if err := saveRewriting(env, "config", r.Registry, twice); err != nil {
		return nil, err
	}
	var failed []error
	for _, b := range todo {
		err := r.put(ctx, env, c, b)
		if err != nil && !isRefusal(err) {
			return nil, errors.Join(append(failed, err)...)
		}
		failed = append(failed, explainConfig(err, b, r.Registry))
	}
	if err := errors.Join(failed...); err != nil {
		return nil, err
	}
	if err := r.settle(ctx, c, todo); err != nil {
		return nil, err
	}
	strange, _ := strangers(left, configBack.fellows)
	for _, b := range strange[:min(len(strange), 20)] {
		warn(env, "left: "+b.foreign())
	}
	if more := len(strange) - 20; more > 0 {
		warn(env, fmt.Sprintf("left: %s more of %s", count(more, "config"), r.Registry))
	}
	return r.outputs(todo, left), nil
}

func explainConfig(err error, b configBack, name string) error {
	if isBlocked(err) {
		return fmt.Errorf("%s of %s stays %s instead of %s, because the mode there blocks it; lift READONLY there and try again: %w",
			placeName(b.place), name, configText(b.now), configText(b.before), err)
	}
	if err != nil {
		return fmt.Errorf("%s of %s stays %s instead of %s: %w", placeName(b.place), name, configText(b.now), configText(b.before), err)
	}
	return nil
}

// settle reads the configs back.
func (r *RestoreCompatibility) settle(ctx context.Context, c *registry.Client, todo []configBack) error {
	var places, late []string
	for _, b := range todo {
		places = append(places, b.place)
	}
	done, err := settles(ctx, func(ctx context.Context) (bool, error) {
		own, err := ownConfigs(ctx, c, places)
		late = nil
		for _, b := range todo {
			if !sameConfig(own[b.place], b.before) {
				late = append(late, fmt.Sprintf("%s: %s", b, configText(own[b.place])))
			}
		}
		return len(late) == 0, err
	})
	if err == nil && !done {
		err = fmt.Errorf("configs of %s were put back, but after %s other ones show (%s); somebody else sets them, "+
			"or a node of the registry lags", r.Registry, settleTime, some(late, 5))
	}
	return err
}

func (r *RestoreCompatibility) outputs(todo, left []configBack) Outputs {
	text := "compatibility settings of " + r.Registry + " are as before"
	if len(todo) > 0 {
		var parts []string
		for _, b := range todo {
			parts = append(parts, b.String())
		}
		text += ": " + some(parts, 5)
	}
	strange, fellows := strangers(left, configBack.fellows)
	if len(strange) > 0 {
		text += fmt.Sprintf("; %s left alone, not from this run", thousands(len(strange)))
	}
	text += leftTo(fellows)
	return Outputs{"text": text}
}

// ByHand returns commands for each config that is not back yet.
func (r *RestoreCompatibility) ByHand(ctx context.Context, env *Env) []string {
	c, err := env.Registry(r.Registry)
	if err != nil {
		return nil
	}
	todo, _, err := r.look(ctx, env)
	if err != nil {
		return []string{curl(c, "GET", "/config", "", "", "")}
	}
	var commands []string
	for _, b := range todo {
		if b.needsClear() {
			commands = append(commands, curl(c, "DELETE", "/config", b.place, "", ""))
		}
		if len(b.before) > 0 {
			commands = append(commands, curl(c, "PUT", "/config", b.place, "", string(configJSON(b.before))))
		}
	}
	return commands
}
