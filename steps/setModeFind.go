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
		found = append(found, earlierRun(env,
			fmt.Sprintf("%s is in IMPORT already: %s", s.Registry, some(modePlaces(already, s.whole), 5)),
			"set the mode back: "+curlModes(c, already)))
	}
	if s.Force {
		return found, nil
	}
	crowds, err := s.crowded(ctx, env, c, s.todo(seen))
	return append(found, crowds...), err
}

// crowded is the first place of each kind that has no room for IMPORT. The default context comes first, and stands for
// all of them.
func (s *SetMode) crowded(ctx context.Context, env *Env, c *registry.Client, places []string) ([]event.Finding, error) {
	var found []event.Finding
	for _, p := range places {
		crowd, err := room(ctx, c, p, s.whole)
		if err != nil {
			return found, err
		}
		known := slices.ContainsFunc(found, func(f event.Finding) bool { return f.Code == crowd.code })
		if crowd.text != "" && !known {
			found = append(found, event.Finding{
				Code: crowd.code, Severity: "error", Step: env.StepID, Text: crowd.text, Remedy: s.noRoomRemedy(), Count: crowd.count,
			})
		}
	}
	return found, nil
}

// crowd is what is in the way of IMPORT; nothing is where it has no text.
type crowd struct {
	code, text string
	count      int // subjects that are live, or versions that would be purged
}

// room says why IMPORT must not be set on a place: servers refuse it over live subjects, and newer ones purge
// soft-deleted versions on the way.
func room(ctx context.Context, c *registry.Client, place string, whole bool) (crowd, error) {
	effective, err := c.EffectiveMode(ctx, place)
	if err != nil || effective == imports {
		return crowd{}, err
	}
	live, err := subjectsBelow(ctx, c, place, false)
	if err != nil {
		return crowd{}, err
	}
	if len(live) > 0 {
		return crowd{"SRM002", fmt.Sprintf("IMPORT cannot be set on %s of %s while live subjects are in its reach: %s (%s)",
			modePlace(place, whole), c.Name(), count(len(live), "subject"), some(live, 5)), len(live)}, nil
	}
	deleted, err := subjectsBelow(ctx, c, place, true)
	if err != nil || len(deleted) == 0 {
		return crowd{}, err
	}
	purged, err := versionsOf(ctx, c, deleted)
	return crowd{"SRM003", fmt.Sprintf("setting IMPORT on %s of %s would purge what is soft-deleted there for good: %s of %s (%s)",
		modePlace(place, whole), c.Name(), count(len(purged), "version"), count(len(deleted), "subject"), some(purged, 5)), len(purged)}, err
}

// versionsOf names all versions of the subjects, soft-deleted ones too.
func versionsOf(ctx context.Context, c *registry.Client, subjects []string) ([]string, error) {
	of := map[string]bool{}
	for _, s := range subjects {
		of[joinPlace(splitPlace(s))] = true
	}
	var names []string
	err := compare.Keys(ctx, c, true, func(k compare.Key, _ bool) error {
		if of[joinPlace(splitPlace(k.Subject))] {
			names = append(names, fmt.Sprintf("%s version %d", k.Subject, k.Version))
		}
		return nil
	})
	return names, err
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
