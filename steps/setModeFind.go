package steps

import (
	"context"
	"fmt"
	"slices"

	"github.com/srmigrate/srmigrate/internal/compare"
	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/registry"
)

// Find warns of an IMPORT that somebody else left, of one that the registry would refuse or pay for, and of one that
// stays where this step opens the place above it.
func (s *SetMode) Find(ctx context.Context, env *Env) ([]event.Finding, error) {
	c, err := s.client(env)
	if err != nil {
		return nil, err
	}
	if s.opensOnly() {
		return s.stays(ctx, env, c)
	}
	if s.Mode != imports {
		return nil, nil
	}
	seen, err := s.look(ctx, env, c)
	if err != nil {
		return nil, err
	}
	var found []event.Finding
	if already := s.importing(seen); len(already) > 0 {
		what := fmt.Sprintf("%s is in IMPORT already: %s", s.Registry, some(modePlaces(already, s.whole), 5))
		f, err := importing(ctx, env, c, exporterRef{}, what, already)
		if err != nil {
			return nil, err
		}
		found = append(found, f)
	}
	if s.Force {
		return found, nil
	}
	crowds, _, err := s.crowded(ctx, env, c, s.todo(seen))
	return append(found, crowds...), err
}

// crowded is what is in the way of IMPORT on the places: the first one that has something live, for the default context
// comes first and stands for all, and every version that would be purged.
func (s *SetMode) crowded(ctx context.Context, env *Env, c *registry.Client, places []string) (found []event.Finding, purged []versionKey, err error) {
	var emptied []string
	risk := map[string]bool{}
	for _, p := range places {
		live, deleted, err := room(ctx, c, p)
		if err != nil {
			return nil, nil, err
		}
		if len(live) > 0 && len(found) == 0 {
			found = append(found, event.Finding{
				Code: "SRM002", Severity: "error", Step: env.StepID, Count: len(live), Remedy: s.noRoomRemedy(),
				Text: fmt.Sprintf("IMPORT cannot be set on %s of %s while live subjects are in its reach: %s (%s)",
					modePlace(p, s.whole), s.Registry, count(len(live), "subject"), some(live, 5)),
			})
		}
		if len(deleted) > 0 {
			emptied = append(emptied, p)
		}
		for _, subject := range deleted {
			risk[joinPlace(splitPlace(subject))] = true
		}
	}
	if len(emptied) == 0 {
		return found, nil, nil
	}
	if purged, err = versionsOf(ctx, c, risk); err != nil {
		return nil, nil, err
	}
	return append(found, s.purging(env, emptied, len(risk), purged)), purged, nil
}

// purging is the finding about versions that go when IMPORT is set.
func (s *SetMode) purging(env *Env, places []string, subjects int, purged []versionKey) event.Finding {
	var names []string
	for _, k := range purged {
		names = append(names, fmt.Sprintf("%s version %d", k.Subject, k.Version))
	}
	return event.Finding{
		Code: "SRM003", Severity: "error", Step: env.StepID, Count: len(purged),
		Text: fmt.Sprintf("setting IMPORT on %s of %s would purge what is soft-deleted there for good: %s of %s (%s)",
			some(modePlaces(places, s.whole), 5), s.Registry, count(len(purged), "version"), count(subjects, "subject"), some(names, 5)),
		Remedy: fmt.Sprintf("%s; to lose them write allow: [{code: SRM003, atMost: %d, because: …}], and they are saved first",
			s.noRoomRemedy(), len(purged)),
	}
}

// makeRoom refuses IMPORT where it would be refused, or purge what the step does not allow; what it may purge is on the
// disk when it returns.
func (s *SetMode) makeRoom(ctx context.Context, env *Env, c *registry.Client, places []string) error {
	if s.Mode != imports || s.Force {
		return nil
	}
	found, purged, err := s.crowded(ctx, env, c, places)
	if err != nil {
		return err
	}
	for _, f := range found {
		if !env.Consents(f) {
			return fmt.Errorf("%s; %s", f.Text, f.Remedy)
		}
	}
	if len(purged) == 0 {
		return nil
	}
	_, err = saveVersions(ctx, env, c, purged)
	return err
}

// room is what is in the way of IMPORT on a place, if anything: servers refuse it over live subjects, and newer ones
// purge soft-deleted versions on the way.
func room(ctx context.Context, c *registry.Client, place string) (live, deleted []string, err error) {
	effective, err := c.EffectiveMode(ctx, place)
	if err != nil || effective == imports {
		return nil, nil, err
	}
	if live, err = subjectsBelow(ctx, c, place, false); err != nil || len(live) > 0 {
		return live, nil, err
	}
	deleted, err = subjectsBelow(ctx, c, place, true)
	return nil, deleted, err
}

// versionsOf lists all versions of the subjects, soft-deleted ones too.
func versionsOf(ctx context.Context, c *registry.Client, subjects map[string]bool) ([]versionKey, error) {
	var keys []versionKey
	err := compare.Keys(ctx, c, true, func(k compare.Key, _ bool) error {
		if subjects[joinPlace(splitPlace(k.Subject))] {
			keys = append(keys, versionKey(k))
		}
		return nil
	})
	return keys, err
}

// opensOnly reports whether the step gives writes back to a context and not to what lies below it.
func (s *SetMode) opensOnly() bool {
	return s.Thaws() != "" && !s.Recursive && s.Subject == ""
}

// stays finds places below this one that have IMPORT now.
func (s *SetMode) stays(ctx context.Context, env *Env, c *registry.Client) ([]event.Finding, error) {
	below := s.reach()
	below.Recursive = true
	places, err := below.places(ctx, c)
	if err != nil {
		return nil, err
	}
	modes, err := ownModes(ctx, c, places)
	if err != nil {
		return nil, err
	}
	left := slices.DeleteFunc(places, func(p string) bool { return p == below.Place || modes[p] != imports })
	if len(left) == 0 {
		return nil, nil
	}
	f := s.left(some(modePlaces(left, s.whole), 5))
	f.Step, f.Count = env.StepID, len(left)
	return []event.Finding{f}, nil
}

func (s *SetMode) left(places string) event.Finding {
	return event.Finding{
		Code: "SRM007", Severity: "warning",
		Text:   fmt.Sprintf("%s opens only for %s, and IMPORT stays on %s: clients cannot register there", s.Registry, s.where(), places),
		Remedy: "write recursive: true, which lifts IMPORT below it, or use restoreMode, which puts back what was there before",
	}
}

// Lint tells of an IMPORT that steps before this one bring below the place that it opens.
func (s *SetMode) Lint(scope Scope) []Lint {
	if !s.opensOnly() {
		return nil
	}
	by := ""
	for _, d := range scope.Before {
		switch {
		case d.lifts(s.Registry):
			by = ""
		case d.imports(scope, s):
			by = "what step " + d.ID + " sets it on below"
		}
	}
	if by == "" {
		return nil
	}
	return []Lint{{Finding: s.left(by)}}
}

// lifts reports whether no IMPORT is left on the registry after the step.
func (d Declared) lifts(registry string) bool {
	switch s := d.Step.(type) {
	case *RestoreMode:
		return s.Registry == registry
	case *SetMode:
		return s.Thaws() == registry && s.Recursive && s.Context == ""
	}
	return false
}

// imports reports whether the step makes IMPORT appear below the place that another opens.
func (d Declared) imports(scope Scope, opened *SetMode) bool {
	below, place := opened.reach(), opened.reach().Place
	below.Recursive = true
	switch s := d.Step.(type) {
	case *SetMode:
		at := s.reach()
		return s.Registry == opened.Registry && s.Mode == imports && below.covers(at.Place) && (at.Place != place || at.Recursive)
	case *CreateExporter:
		return s.target() == opened.Registry && scope.Dialects[s.source()] != compare.GuideDialect && s.importsBelow(place)
	}
	return false
}
