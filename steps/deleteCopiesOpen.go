package steps

import (
	"context"
	"fmt"

	"github.com/srmigrate/srmigrate/internal/registry"
)

// reopen sets IMPORT once more where this run has opened what was closed before, and is so again: nothing can be deleted
// there otherwise. The restoreMode behind this step in a rollback puts it back.
func (d *DeleteCopies) reopen(ctx context.Context, env *Env, target *registry.Client, found removal) error {
	before, err := d.opened(ctx, env, found)
	if err != nil {
		return err
	}
	for _, place := range union(before) {
		closed, err := isClosed(ctx, target, place, before[place])
		if err == nil && closed {
			if err = saveRewriting(env, "mode", d.Registry, []string{place}); err == nil {
				err = target.SetMode(ctx, place, imports, true)
			}
		}
		if err != nil {
			return fmt.Errorf("%s of %s cannot be opened to delete copies there: %w", placeName(place), d.Registry, err)
		}
	}
	return nil
}

// isClosed reports whether a place has its mode from before, and is under READONLY, be it that of its context. What somebody
// else has set there since stays.
func isClosed(ctx context.Context, target *registry.Client, place, before string) (bool, error) {
	own, _, err := target.Mode(ctx, place)
	if err != nil || own != before {
		return false, err
	}
	mode, err := target.EffectiveMode(ctx, place)
	if registry.NotFound(err) { // a server that knows own modes alone
		return isReadOnly(own), nil
	}
	return isReadOnly(mode), err
}

// opened are the places that the run has opened, as far as what is to be deleted lies there, with their own modes before.
func (d *DeleteCopies) opened(ctx context.Context, env *Env, found removal) (map[string]string, error) {
	p, _ := env.Past(d.Step)
	places := map[string]string{}
	switch {
	case len(found.waves) == 0:
		return nil, nil
	case p.Type == "copy":
		change, err := copyModesOf(env, p, d.Registry)
		if err != nil || change == nil {
			return nil, err
		}
		for _, place := range change.places() {
			places[place] = change.before(place)
		}
		return places, nil
	case env.Undoes == "": // nothing would put it back
		return nil, nil
	}
	before, err := modesOf(ctx, env, d.Registry, "")
	if err != nil {
		return nil, err
	}
	for _, w := range found.waves {
		for _, c := range w {
			context, _ := splitPlace(c.Subject)
			places[c.Subject], places[contextPlace(context)] = "", ""
		}
	}
	if env.isGuide(d.Registry) {
		places[""] = "" // it stands behind every context
	}
	for place := range places {
		mode, known := before.before(place)
		if places[place] = mode; !known || !isReadOnly(mode) {
			delete(places, place)
		}
	}
	return places, nil
}
