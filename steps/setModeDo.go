package steps

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/srmigrate/srmigrate/internal/registry"
)

// Do sets the mode where it is needed, looks again, because contexts appear while clients write, and returns once the
// mode is in force.
func (s *SetMode) Do(ctx context.Context, env *Env) (Outputs, error) {
	c, err := env.Registry(s.Registry)
	if err != nil {
		return nil, err
	}
	for range 5 {
		seen, err := s.look(ctx, c)
		if err != nil {
			return nil, err
		}
		if todo := s.todo(seen); len(todo) > 0 {
			if err := s.set(ctx, env, c, todo, seen); err != nil {
				return nil, err
			}
			continue
		}
		return s.finish(ctx, env, c, seen)
	}
	return nil, fmt.Errorf("contexts or modes of %s keep changing while mode %s is set; "+
		"find who else sets modes or makes contexts there, then run again", s.Registry, s.Mode)
}

// set writes one place after the other and waits until they show it.
func (s *SetMode) set(ctx context.Context, env *Env, c *registry.Client, todo []string, seen modesSeen) error {
	if err := s.strangers(env, todo, seen); err != nil {
		return err
	}
	for _, place := range todo {
		if s.Mode == imports {
			if why, err := room(ctx, c, place); err != nil {
				return err
			} else if why != "" {
				return fmt.Errorf("%s; %s", why, noRoom)
			}
		}
		if err := c.SetMode(ctx, place, s.Mode, false); err != nil {
			return explainMode(err, s.Mode, place, c.Name())
		}
	}
	var late []string
	done, err := settles(ctx, func(ctx context.Context) (bool, error) {
		own, err := ownModes(ctx, c, todo)
		late = slices.DeleteFunc(slices.Clone(todo), func(p string) bool { return own[p] == s.Mode })
		return len(late) == 0, err
	})
	if err == nil && !done {
		err = fmt.Errorf("mode %s was accepted, but after %s it does not show on %s of %s; "+
			"somebody else sets modes there, or a node of the registry lags", s.Mode, settleTime, some(placeNames(late), 5), s.Registry)
	}
	return err
}

// strangers refuses to overwrite a mode that was set since this step was recorded: nobody could put it back.
func (s *SetMode) strangers(env *Env, todo []string, seen modesSeen) error {
	var rec modeRecord
	if there, err := env.record(&rec); err != nil || !there {
		return err
	}
	for _, p := range todo {
		if before := rec.Places[p]; seen.own[p] != before {
			return fmt.Errorf("%s of %s has mode %s, but %s when this step first looked: somebody else, or a running exporter, "+
				"sets modes there; stop that, put %s back, and run again",
				placeName(p), s.Registry, orNotSet(seen.own[p]), orNotSet(before), orNotSet(before))
		}
	}
	return nil
}

// finish waits until the mode is in force everywhere the step covers.
func (s *SetMode) finish(ctx context.Context, env *Env, c *registry.Client, seen modesSeen) (Outputs, error) {
	var wrong []string
	done, err := settles(ctx, func(ctx context.Context) (bool, error) {
		var err error
		wrong, err = s.wrong(ctx, c, seen.places)
		return len(wrong) == 0, err
	})
	switch {
	case err != nil:
		return nil, err
	case !done:
		return nil, fmt.Errorf("mode %s is set, but not in force on %s of %s; look for a mode of the registry as a whole (:.__GLOBAL:)",
			s.Mode, some(placeNames(wrong), 5), s.Registry)
	}
	for _, text := range s.kept(seen) {
		warn(env, text)
	}
	return s.outputs(env, seen), nil
}

// explainMode says what a refusal to change a mode means.
func explainMode(err error, mode, place, name string) error {
	e, ok := errors.AsType[*registry.Error](err)
	switch {
	case !ok:
		return err
	case e.Code == 42205 && mode == imports:
		return fmt.Errorf("IMPORT is refused on %s of %s, over live subjects or because mode changes are not allowed there "+
			"(mode.mutability); leave this step out, since an exporter sets IMPORT by itself where it writes: %w", placeName(place), name, err)
	case e.Code == 42205:
		return fmt.Errorf("%s does not allow mode changes; set mode.mutability=true on that server: %w", name, err)
	case e.Code == 42206:
		return fmt.Errorf("IMPORT is refused on %s of %s, because soft-deleted versions that it would purge are still referred to: %w",
			placeName(place), name, err)
	}
	return err
}
