package steps

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"

	"github.com/srmigrate/srmigrate/internal/compare"
	"github.com/srmigrate/srmigrate/internal/registry"
)

// opening are the places that have to be in IMPORT for versions to be sent: a context where nothing is live but what is
// copied, else each subject. Whoever writes to other subjects of the context is not disturbed.
func (s *Copy) opening(env *Env, t *compare.Transfer, list []*compare.Wanted) []string {
	taken := s.taken(env, t)
	places := map[string]bool{}
	for _, w := range list {
		context, _ := splitPlace(w.Subject)
		place := contextPlace(context)
		if taken[place] || place == "" && env.isGuide(s.target()) && len(taken) > 0 { // there /mode stands behind every context
			place = w.Subject
		}
		places[place] = true
	}
	return sortPlaces(slices.Collect(maps.Keys(places)))
}

// openings are those places, and beside contexts that are opened as a whole the subjects there that have another mode of
// their own, which counts for more. One that the target does not list is found when it refuses a version.
func (s *Copy) openings(ctx context.Context, env *Env, target *registry.Client, t *compare.Transfer) ([]string, error) {
	left := t.Left()
	places := s.opening(env, t, left)
	there := map[string]bool{}
	for _, w := range left {
		if len(t.Versions(w.Subject)) > 0 {
			there[w.Subject] = true
		}
	}
	for _, p := range places {
		delete(there, p)
	}
	own, err := ownModes(ctx, target, union(there))
	for _, p := range union(own) {
		if own[p] != imports {
			places = append(places, p)
		}
	}
	return sortPlaces(places), err
}

// taken are the contexts of the target in which a subject is live that is not copied.
func (s *Copy) taken(env *Env, t *compare.Transfer) map[string]bool {
	ours := map[string]bool{}
	for _, w := range t.Wanted {
		ours[w.Subject] = true
	}
	taken := map[string]bool{}
	for _, subject := range t.Subjects() {
		if context, _ := splitPlace(subject); !ours[subject] && t.IsLive(subject) {
			taken[contextPlace(context)] = true
		}
	}
	return taken
}

// open sets IMPORT on what is not in it, and returns once it is in force. It asks for force where something is in the
// server's scope, live or not: without it newer servers purge what is soft-deleted, and with it nothing is deleted. All
// are the subjects that the target has.
func (s *Copy) open(ctx context.Context, env *Env, target *registry.Client, all, places []string) error {
	own, err := ownModes(ctx, target, places)
	if err != nil {
		return err
	}
	places = slices.DeleteFunc(slices.Clone(places), func(p string) bool { return own[p] == imports })
	if err := s.note(env, places, own); err != nil {
		return err
	}
	all = slices.Sorted(slices.Values(all))
	for _, p := range places {
		if err := target.SetMode(ctx, p, imports, len(inScope(p, all)) > 0); err != nil {
			return s.explainOpen(err, p)
		}
	}
	return s.inForce(ctx, target, places)
}

// note keeps what is opened and was not foreseen when the step was recorded. What an earlier try has opened is known.
func (s *Copy) note(env *Env, places []string, own map[string]string) error {
	rec, err := s.record(env)
	if err != nil {
		return err
	}
	later, err := loadOpened(env, env.StepID)
	if err != nil {
		return err
	}
	more := false
	for _, p := range places {
		_, foreseen := rec.Opens[p]
		if _, noted := later.Opens[p]; !foreseen && !noted {
			later.Opens[p], more = own[p], true
		}
	}
	if !more {
		return nil
	}
	return later.save(env, env.StepID)
}

// inForce waits until the places show IMPORT and are under it.
func (s *Copy) inForce(ctx context.Context, target *registry.Client, places []string) error {
	var late []string
	done, err := settles(ctx, func(ctx context.Context) (bool, error) {
		effective, err := readPlaces(ctx, places, func(ctx context.Context, p string) (string, bool, error) {
			mode, err := target.EffectiveMode(ctx, p)
			if registry.NotFound(err) { // a subject that is still to come, on a server that knows its own mode alone
				mode, _, err = target.Mode(ctx, p)
			}
			return mode, true, err
		})
		late = slices.DeleteFunc(slices.Clone(places), func(p string) bool { return effective[p] == imports })
		return len(late) == 0, err
	})
	if err == nil && !done {
		err = fmt.Errorf("IMPORT was accepted, but after %s it is not in force on %s of %s, so nothing was sent; look for a mode "+
			"of the registry as a whole, READONLY_OVERRIDE on the default context, or a registry that keeps modes and does not mind them",
			settleTime, some(placeNames(late), 5), s.target())
	}
	return err
}

// explainOpen says what it means that a place cannot be put into IMPORT.
func (s *Copy) explainOpen(err error, place string) error {
	e, ok := errors.AsType[*registry.Error](err)
	switch {
	case !ok:
		return err
	case e.Status == http.StatusMethodNotAllowed || e.Status == http.StatusNotImplemented || e.Status == http.StatusNotFound && e.Code < 10000:
		return fmt.Errorf("%s has no import mode, so no version can get there under its id and number, and none was sent: %w", s.target(), err)
	case e.Code == 42205 || e.Code == 42206:
		return fmt.Errorf("%s of %s cannot be put into IMPORT, so nothing was sent; either mode changes are not allowed there "+
			"(mode.mutability), or somebody has registered something there just now: run again: %w", placeName(place), s.target(), err)
	}
	return fmt.Errorf("%s of %s cannot be put into IMPORT, so nothing was sent: %w", placeName(place), s.target(), err)
}

// closing is what the step has left open, put back as it was.
func (s *Copy) closing(env *Env) (*RestoreMode, *Env) {
	back := *env
	back.StepID = env.StepID + ".modes" // not that of the record that it goes by
	return &RestoreMode{Registry: s.target(), Step: env.StepID}, &back
}

// lift puts the modes back as they were before the step.
func (s *Copy) lift(ctx context.Context, env *Env) error {
	r, back := s.closing(env)
	back.Emit = nil // of what somebody else has set since, the step itself tells
	_, err := r.Do(ctx, back)
	return err
}
