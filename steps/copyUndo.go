package steps

import (
	"context"
	"fmt"

	"github.com/srmigrate/srmigrate/internal/registry"
)

// reopen sets IMPORT once more where a copy step has opened what was READONLY before, and is so again: nothing can be
// deleted there otherwise. The restoreMode behind this step puts it back.
func (d *DeleteCopies) reopen(ctx context.Context, env *Env, target *registry.Client, found removal) error {
	p, _ := env.Past(d.Step)
	if p.Type != "copy" || len(found.waves) == 0 {
		return nil
	}
	change, err := copyModesOf(env, p, d.Registry)
	if err != nil || change == nil {
		return err
	}
	for _, place := range change.places() {
		mode, _, err := target.Mode(ctx, place)
		if err == nil && isReadOnly(mode) {
			err = target.SetMode(ctx, place, imports, true)
		}
		if err != nil {
			return fmt.Errorf("%s of %s cannot be opened to delete copies there: %w", placeName(place), d.Registry, err)
		}
	}
	return nil
}

// Left counts and names the versions on the target that were not there before: copies stay.
func (s *Copy) Left(ctx context.Context, env *Env) ([]Leftover, error) {
	p, there := env.Past(env.StepID)
	if !there || p.Record == nil {
		return nil, nil
	}
	rec, err := createRecordOf(p)
	if err != nil {
		return nil, err
	}
	known, there, err := loadKeys(env, env.StepID)
	if err != nil {
		return nil, err
	}
	if !there {
		return nil, fmt.Errorf("%s is gone", env.Files.Path(keysFile(env.StepID)))
	}
	target, err := env.Registry(s.target())
	if err != nil {
		return nil, err
	}
	left, err := copiesLeft(ctx, target, rec.reach(), known, fmt.Sprintf("the next run leaves out those that are still the same as on %s; "+
		"delete those that are not before it", s.source()))
	return append(left, rec.Backup.takenAway(s.target())...), err
}

// takenAway is what a rollback of a copy cannot put back.
func (b *keptBackup) takenAway(target string) []Leftover {
	if b == nil || b.Versions == 0 {
		return nil
	}
	return []Leftover{{
		What: fmt.Sprintf("up to %s of %s soft-deleted or purged", count(b.Versions, "version"), target),
		Then: "a rollback does not bring them back; as they were they stand in " + b.File,
	}}
}
