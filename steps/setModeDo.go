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
	c, err := s.client(env)
	if err != nil {
		return nil, err
	}
	for range 5 {
		seen, err := s.look(ctx, env, c)
		if err != nil {
			return nil, err
		}
		if err := s.noteTheirs(env, seen); err != nil {
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
	return nil, fmt.Errorf("contexts or modes of %s keep changing while %s is set; "+
		"find who else sets modes or makes contexts there, then run again", s.Registry, s.wish())
}

// set writes one place after the other and waits until they show it.
func (s *SetMode) set(ctx context.Context, env *Env, c *registry.Client, todo []string, seen modesSeen) error {
	if err := s.strangers(env, todo, seen); err != nil {
		return err
	}
	if err := s.makeRoom(ctx, env, c, todo); err != nil {
		return err
	}
	if err := s.takeOver(env, todo); err != nil {
		return err
	}
	if s.Inherit {
		seen.cleared.begin(todo)
		if err := seen.cleared.save(env, s.Registry); err != nil {
			return err
		}
	}
	for _, place := range todo {
		if err := s.put(ctx, env, c, place, &seen.cleared); err != nil {
			return err
		}
	}
	return s.settle(ctx, c, todo, seen)
}

// put writes one place.
func (s *SetMode) put(ctx context.Context, env *Env, c *registry.Client, place string, k *clearing) error {
	if s.Inherit {
		equivalent, err := c.ClearMode(ctx, place)
		if err != nil || !equivalent {
			return s.explain(err, place)
		}
		k.Equivalent = sortPlaces(append(k.Equivalent, place))
		return k.save(env, s.Registry)
	}
	return s.explain(c.SetMode(ctx, place, s.Mode, s.Force), place)
}

// settle reads the own modes back.
func (s *SetMode) settle(ctx context.Context, c *registry.Client, todo []string, seen modesSeen) error {
	var late []string
	done, err := settles(ctx, func(ctx context.Context) (bool, error) {
		own, err := ownModes(ctx, c, todo)
		late = slices.DeleteFunc(slices.Clone(todo), func(p string) bool { return s.shows(p, own[p], seen.cleared) })
		return len(late) == 0, err
	})
	if err == nil && !done {
		err = fmt.Errorf("%s was accepted, but after %s it does not show on %s of %s; "+
			"somebody else sets modes there, or a node of the registry lags", s.wish(), settleTime, some(modePlaces(late, s.whole), 5), s.Registry)
	}
	return err
}

// shows reports whether an own mode is the one that was put there.
func (s *SetMode) shows(place, own string, k clearing) bool {
	if own == s.Mode {
		return true
	}
	return s.Inherit && own == readWrite && (place == "" || slices.Contains(k.Equivalent, place))
}

// strangers refuses to overwrite a mode that was set since this step was recorded: nobody could put it back.
func (s *SetMode) strangers(env *Env, todo []string, seen modesSeen) error {
	var rec modeRecord
	if there, err := env.record(&rec); err != nil || !there {
		return err
	}
	for _, p := range todo {
		before := rec.Places[p]
		if seen.own[p] == before || s.Inherit && seen.own[p] == readWrite && seen.cleared.mayBeOurs(p) {
			continue
		}
		return fmt.Errorf("%s of %s has mode %s, but %s when this step first looked: somebody else, or a running exporter, "+
			"sets modes there; stop that, put %s back, and run again",
			modePlace(p, s.whole), s.Registry, orNotSet(seen.own[p]), orNotSet(before), orNotSet(before))
	}
	return nil
}

// finish waits until the mode is in force everywhere the step covers.
func (s *SetMode) finish(ctx context.Context, env *Env, c *registry.Client, seen modesSeen) (Outputs, error) {
	var wrong []string
	done, err := settles(ctx, func(ctx context.Context) (bool, error) {
		var err error
		wrong, err = s.wrong(ctx, c, &seen)
		return len(wrong) == 0, err
	})
	switch {
	case err != nil:
		return nil, err
	case !done:
		return nil, s.notInForce(wrong)
	}
	if s.Inherit && len(seen.cleared.Begun) > 0 {
		seen.cleared.end(s.reach(), seen.own)
		if err := seen.cleared.save(env, s.Registry); err != nil {
			return nil, err
		}
	}
	for _, text := range s.kept(seen) {
		warn(env, text)
	}
	return s.outputs(env, seen), s.warnOfNothing(ctx, env, c)
}

func (s *SetMode) notInForce(wrong []string) error {
	places := some(modePlaces(wrong, s.whole), 5)
	if s.Inherit {
		return fmt.Errorf("%s of %s does not have the mode that it should inherit; look for a mode that is set there and cannot be "+
			"told from none, or name the mode instead of inherit", places, s.Registry)
	}
	if s.reach().Whole && !slices.Contains(wrong, "") {
		return fmt.Errorf("mode %s is set, but not in force on %s of %s: its /mode does not stand behind every context, "+
			"so it has no dialect guide; leave dialect out where the registry is declared", s.Mode, places, s.Registry)
	}
	return fmt.Errorf("mode %s is set, but not in force on %s of %s; look for a mode of the registry as a whole (:.__GLOBAL:), "+
		"or READONLY_OVERRIDE on the default context", s.Mode, places, s.Registry)
}

// warnOfNothing tells when READONLY closed a place by its name that nothing is in: the name may be misspelt.
func (s *SetMode) warnOfNothing(ctx context.Context, env *Env, c *registry.Client) error {
	place := s.reach().Place
	if s.Mode != readOnly || place == "" {
		return nil
	}
	there, err := subjectsBelow(ctx, c, place, true)
	if err == nil && len(there) == 0 {
		warn(env, fmt.Sprintf("there is nothing yet that READONLY could protect on %s; check the name", s.where()))
	}
	return err
}

// explain says what a refusal to change a mode means.
func (s *SetMode) explain(err error, place string) error {
	e, ok := errors.AsType[*registry.Error](err)
	switch {
	case !ok:
		return err
	case e.Code == 42205 && s.Mode == imports && !s.Force:
		return fmt.Errorf("IMPORT is refused on %s of %s, over live subjects or because mode changes are not allowed there "+
			"(mode.mutability); %s: %w", modePlace(place, s.whole), s.Registry, s.noRoomRemedy(), err)
	case e.Code == 42205:
		return fmt.Errorf("%s does not allow mode changes; set mode.mutability=true on that server: %w", s.Registry, err)
	case e.Code == 42206:
		return fmt.Errorf("IMPORT is refused on %s of %s, because soft-deleted versions that it would purge are still referred to: %w",
			modePlace(place, s.whole), s.Registry, err)
	}
	return err
}
