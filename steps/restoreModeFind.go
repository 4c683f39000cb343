package steps

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/srmigrate/srmigrate/internal/event"
)

// Find warns of places that schemas were copied to and that are closed again afterwards, because they were before: it is
// what restoring means, and not what a client wants that moves there.
func (r *RestoreMode) Find(ctx context.Context, env *Env) ([]event.Finding, error) {
	f, err := r.Forecast(ctx, env)
	if err != nil {
		return nil, err
	}
	var shut []string
	for _, e := range f.Effects {
		if e.Now == imports && isReadOnly(e.Will) {
			shut = append(shut, e.Name)
		}
	}
	if len(shut) == 0 {
		return nil, nil
	}
	text := fmt.Sprintf("%s was %s before, and is so again after this step: %s; clients that move there cannot register",
		r.Registry, readOnly, some(placeNames(shut), 5))
	for _, other := range env.closedAhead() {
		if other != r.Registry {
			text += fmt.Sprintf("; by then %s is %s as well, so nobody can anywhere", other, readOnly)
		}
	}
	return []event.Finding{{
		Code: "SRM049", Severity: "warning", Step: env.StepID, Count: len(shut), Text: text,
		Remedy: fmt.Sprintf("to open it, put a step behind this one: setMode: {registry: %s, mode: READWRITE}; "+
			"if somebody else opens it, allow this", r.Registry),
	}}, nil
}

// closedAhead are the registries that earlier steps of a plan leave closed somewhere.
func (e *Env) closedAhead() []string {
	places := map[[2]string]string{}
	for _, f := range e.Ahead {
		if f.Kind == OnMode {
			places[[2]string{f.Registry, f.Name}] = f.Will
		}
	}
	closed := map[string]bool{}
	for at, mode := range places {
		if isReadOnly(mode) {
			closed[at[0]] = true
		}
	}
	return slices.Sorted(maps.Keys(closed))
}
