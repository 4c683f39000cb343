package steps

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
)

// modesBefore is what this run has changed of a registry's modes: what was there before, and what it put there.
type modesBefore struct {
	asked []modeChange // of the steps to restore, in the order they were begun
	run   []modeChange // of all steps of the run
}

// modesOf gathers the records that concern a registry. With step, only that one's are to be restored.
func modesOf(ctx context.Context, env *Env, name, step string) (modesBefore, error) {
	var b modesBefore
	for _, p := range env.Steps {
		change, err := modeChangeOf(ctx, env, p, name)
		if err != nil {
			return b, err
		}
		if change == nil {
			continue
		}
		b.run = append(b.run, change)
		if step == "" || p.ID == step {
			b.asked = append(b.asked, change)
		}
	}
	return b, nil
}

// modeChangeOf returns what a step changed on the registry, or nil.
func modeChangeOf(ctx context.Context, env *Env, p Past, name string) (modeChange, error) {
	if p.ID == env.StepID || p.Record == nil {
		return nil, nil
	}
	switch p.Type {
	case "setMode":
		var r modeRecord
		if err := decodeRecord(p, &r); err != nil || r.Registry != name {
			return nil, err
		}
		var err error
		if r.cleared, err = loadClearing(env, name); err != nil {
			return nil, err
		}
		r.theirs, err = loadModesTheirs(env, p.ID)
		return r, err
	case "createExporter":
		r, err := createRecordOf(p)
		if err != nil || r.Target != name || !r.isOurs() {
			return nil, err
		}
		return r.byNow(ctx, env), nil
	case "copy":
		return copyModesOf(env, p, name)
	}
	return nil, nil
}

func decodeRecord(p Past, v any) error {
	if err := json.Unmarshal(p.Record, v); err != nil {
		return fmt.Errorf("what was recorded for step %s cannot be read: %w", p.ID, err)
	}
	return nil
}

// places lists where to look beside what the registry lists, and whether to look at all it lists.
func (b modesBefore) places() (places []string, all bool) {
	for _, change := range b.asked {
		places = append(places, change.places()...)
		all = all || change.all()
	}
	return sortPlaces(places), all
}

// before returns the earliest mode recorded for a place; false when no record knows the place.
func (b modesBefore) before(place string) (mode string, known bool) {
	for _, change := range b.asked {
		if change.knows(place) {
			return change.before(place), true
		}
	}
	return "", false
}

// isOurs reports whether the run put this mode there, or took the own one away where mode is "".
func (b modesBefore) isOurs(place, mode string) bool {
	for _, change := range b.run {
		if slices.Contains(change.made(place), mode) {
			return true
		}
	}
	return false
}

// isFurtherBack reports a mode that is as it was before the run, and not of the steps to restore: an earlier restore has
// already put back more than is asked for.
func (b modesBefore) isFurtherBack(place, mode string) bool {
	for _, change := range b.asked {
		if slices.Contains(change.made(place), mode) {
			return false
		}
	}
	first, known := modesBefore{asked: b.run}.before(place)
	return known && mode == first
}
