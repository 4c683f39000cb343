package steps

import (
	"context"
	"fmt"
	"slices"

	"github.com/srmigrate/srmigrate/internal/registry"
)

// reopen sets IMPORT once more where this run has opened what was READONLY before, and is so again: nothing can be deleted
// there otherwise. The restoreMode behind this step in a rollback puts it back.
func (d *DeleteCopies) reopen(ctx context.Context, env *Env, target *registry.Client, found removal) error {
	places, err := d.opened(ctx, env, found)
	if err != nil {
		return err
	}
	for _, place := range places {
		mode, _, err := target.Mode(ctx, place)
		if err == nil && isReadOnly(mode) {
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

// opened are the places that the run has opened, as far as what is to be deleted lies there.
func (d *DeleteCopies) opened(ctx context.Context, env *Env, found removal) ([]string, error) {
	p, _ := env.Past(d.Step)
	switch {
	case len(found.waves) == 0:
		return nil, nil
	case p.Type == "copy":
		change, err := copyModesOf(env, p, d.Registry)
		if err != nil || change == nil {
			return nil, err
		}
		return change.places(), nil
	case env.Undoes == "": // nothing would put it back
		return nil, nil
	}
	before, err := modesOf(ctx, env, d.Registry, "")
	if err != nil {
		return nil, err
	}
	var places []string
	for _, w := range found.waves {
		for _, c := range w {
			context, _ := splitPlace(c.Subject)
			places = append(places, c.Subject, contextPlace(context))
		}
	}
	if env.isGuide(d.Registry) {
		places = append(places, "") // it stands behind every context
	}
	return slices.DeleteFunc(sortPlaces(places), func(p string) bool {
		mode, known := before.before(p)
		return !known || !isReadOnly(mode)
	}), nil
}
