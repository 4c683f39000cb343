package steps

import (
	"context"
	"fmt"
	"slices"

	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/registry"
)

// importsBefore lists where earlier steps of the runbook set IMPORT on a registry.
func importsBefore(scope Scope, name string) []modeReach {
	var opened []modeReach
	for _, d := range scope.Before {
		if m, ok := d.Step.(*SetMode); ok && m.Registry == name && m.Mode == imports {
			opened = append(opened, m.reach())
		}
	}
	return opened
}

// opens reports whether a step that sets IMPORT there puts the place under it.
func (r modeReach) opens(place string) bool {
	context, _ := splitPlace(place)
	return r.Whole || r.covers(place) || r.Place == contextPlace(context)
}

func (s *CreateExporter) isOpened(place string) bool {
	return slices.ContainsFunc(s.opened, func(r modeReach) bool { return r.opens(place) })
}

// setsImport reports whether an exporter of the source puts its target into IMPORT by itself. In dialect guide that is
// the operator's affair.
func (s *CreateExporter) setsImport(env *Env) bool { return !env.isGuide(s.source()) }

// importFindings is about IMPORT on the target before the first write: who finds it set though the exporter sets it by
// itself has lost a state; where the exporter does not, it must be set, or be going to be.
func (s *CreateExporter) importFindings(ctx context.Context, env *Env, source, target *registry.Client) ([]event.Finding, error) {
	if !s.setsImport(env) {
		return s.closed(ctx, env, source, target)
	}
	already, err := s.importing(ctx, env, source, target)
	if err != nil || len(already) == 0 {
		return nil, err
	}
	what := fmt.Sprintf("%s is in IMPORT already where the exporter writes: %s", s.target(), some(modePlaces(already, env.isGuide(s.target())), 5))
	f, err := importing(ctx, env, target, s.ref(), what, already)
	return []event.Finding{f}, err
}

// closed is the finding for contexts that an exporter is going to write to and will not be let into.
func (s *CreateExporter) closed(ctx context.Context, env *Env, source, target *registry.Client) ([]event.Finding, error) {
	rec, err := s.plain(ctx, env, source)
	if err != nil {
		return nil, err
	}
	var shut []string
	for _, name := range s.mapping(env).TargetContexts(rec.Contexts) {
		place := contextPlace(name)
		if s.isOpened(place) {
			continue
		}
		mode, err := target.EffectiveMode(ctx, place)
		if err != nil && !registry.NotFound(err) {
			return nil, err
		}
		if mode != imports {
			shut = append(shut, place)
		}
	}
	if len(shut) == 0 {
		return nil, nil
	}
	return []event.Finding{{
		Code: "SRM020", Severity: "error", Step: env.StepID, Count: len(shut),
		Text: fmt.Sprintf("an exporter on %s, which has dialect guide, writes only to what is in IMPORT, and no earlier step sets that on %s of %s",
			s.source(), some(placeNames(shut), 5), s.target()),
		Remedy: fmt.Sprintf("put a step before this one: setMode: {registry: %s, mode: IMPORT}", s.target()),
	}}, nil
}

// importing lists the places in the exporter's reach that have IMPORT of their own, but for those where an
// earlier step of the runbook sets it: that step tells of them.
func (s *CreateExporter) importing(ctx context.Context, env *Env, source, target *registry.Client) ([]string, error) {
	places, err := s.importable(ctx, env, source, target)
	if err != nil {
		return nil, err
	}
	places = slices.DeleteFunc(places, func(p string) bool { return !s.reach(env).covers(p) || s.isOpened(p) })
	modes, err := ownModes(ctx, target, places)
	return slices.DeleteFunc(places, func(p string) bool { return modes[p] != imports }), err
}

// importable lists all that the target has, and where an exporter like this one sets IMPORT before anything is there: on
// contexts, and on a subject only where a pattern does not cover the whole of its context.
func (s *CreateExporter) importable(ctx context.Context, env *Env, source, target *registry.Client) ([]string, error) {
	rec, err := s.plain(ctx, env, source)
	if err != nil {
		return nil, err
	}
	w, err := s.copying(ctx, env, source, target)
	if err != nil {
		return nil, err
	}
	places := rec.places()
	if !w.unknown() {
		subjects, err := allSubjects(ctx, source, true)
		if err != nil {
			return nil, err
		}
		places = append(places, w.importPlaces(rec.Contexts, subjects)...)
	}
	return allPlaces(ctx, target, places...)
}
