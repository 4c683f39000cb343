package steps

import (
	"context"
	"fmt"
)

// Left counts and names the versions on the target that were not there before: copies stay.
func (s *Copy) Left(ctx context.Context, env *Env) ([]Leftover, error) {
	rec, there, err := pastCopies(env)
	if err != nil || !there {
		return nil, err
	}
	left, err := leftOf(ctx, env, rec, fmt.Sprintf("the next run leaves out those that are still the same as on %s; "+
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
