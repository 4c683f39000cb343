package steps

import (
	"context"
	"errors"

	"github.com/srmigrate/srmigrate/internal/registry"
)

// put puts one config back. Where a READONLY that had been there before blocks it, which it does once the modes are
// back, that READONLY is lifted for the moment; one that somebody else has set since stays.
func (r *RestoreCompatibility) put(ctx context.Context, env *Env, c *registry.Client, b configBack) error {
	err := b.put(ctx, c)
	if !isBlocked(err) {
		return err
	}
	closed, merr := r.wasReadOnly(ctx, env, c, b.place)
	if merr != nil || !closed {
		return errors.Join(err, merr)
	}
	if env.isGuide(r.Registry) { // there IMPORT is nothing that the exporter would have set
		if err := saveRewriting(env, "mode", r.Registry, []string{b.place}); err != nil {
			return err
		}
	}
	return lifted(ctx, c, b.place, func() error { return b.put(ctx, c) })
}

func isBlocked(err error) bool {
	e, ok := errors.AsType[*registry.Error](err)
	return ok && e.Code == 42205
}

// wasReadOnly reports whether what closes the place is as it was before this run touched it.
func (r *RestoreCompatibility) wasReadOnly(ctx context.Context, env *Env, c *registry.Client, place string) (bool, error) {
	b, err := modesOf(ctx, env, r.Registry, "")
	if err != nil {
		return false, err
	}
	context, _ := splitPlace(place)
	behind := []string{place, contextPlace(context)}
	if env.isGuide(r.Registry) {
		behind = append(behind, "")
	}
	own, err := ownModes(ctx, c, behind)
	if err != nil {
		return false, err
	}
	for _, p := range behind {
		if own[p] == "" {
			continue
		}
		mode, known := b.before(p)
		if !known { // a copy opens a few places, and has recorded all
			mode, err = r.recordedMode(ctx, env, p)
		}
		return isReadOnly(mode) && mode == own[p], err
	}
	return false, nil
}

// recordedMode is the own mode that a place had before what was copied there. What a step has seen that came later than
// the one to undo may be somebody else's.
func (r *RestoreCompatibility) recordedMode(ctx context.Context, env *Env, place string) (string, error) {
	run, err := configsOf(ctx, env, r.Registry)
	for _, c := range run {
		if c.copies != nil {
			return c.copies.Modes[place], nil
		}
		if c.id == r.Step {
			break
		}
	}
	return "", err
}

// lifted runs f while the place takes changes. It takes IMPORT for that, with force, which deletes nothing: IMPORT is
// what the exporter had there, so that what a kill leaves of it is put back by the restoreMode that comes after.
func lifted(ctx context.Context, c *registry.Client, place string, f func() error) error {
	mode, set, err := c.Mode(ctx, place)
	if err != nil {
		return err
	}
	if err := c.SetMode(ctx, place, "IMPORT", true); err != nil {
		return err
	}
	err = f()
	if set {
		return errors.Join(err, c.SetMode(ctx, place, mode, false))
	}
	_, cerr := c.ClearMode(ctx, place)
	return errors.Join(err, cerr)
}
