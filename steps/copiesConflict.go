package steps

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/srmigrate/srmigrate/internal/compare"
	"github.com/srmigrate/srmigrate/internal/event"
)

// conflicts are the versions of the target that the exporter would take away or take the place of. Of an AUTO context that
// nobody foretells nothing can be known; it is a new one.
func (w copies) conflicts(ctx context.Context, env *Env) ([]compare.Conflict, error) {
	if w.unknown() {
		return nil, nil
	}
	list, err := w.standing(ctx, env)
	if err != nil {
		return nil, err
	}
	purged, err := w.purges(ctx)
	return joined(list, purged), err
}

// joined adds what is not in the list yet; a version is lost once.
func joined(list, more []compare.Conflict) []compare.Conflict {
	for _, c := range more {
		if !slices.ContainsFunc(list, func(known compare.Conflict) bool { return known.Key == c.Key }) {
			list = append(list, c)
		}
	}
	return list
}

// overwriting is the finding about conflicts.
func (w copies) overwriting(env *Env, list []compare.Conflict) event.Finding {
	var names []string
	does, target := "overwrite", w.target.Name()
	for _, c := range list {
		if slices.Contains(c.Why, whyPurged) {
			does = "overwrite or purge"
		}
		names = append(names, fmt.Sprintf("%s version %d (%s)", c.Subject, c.Version, strings.Join(c.Why, "; ")))
	}
	return event.Finding{
		Code: "SRM010", Severity: "error", Step: env.StepID, Count: len(list),
		Text: fmt.Sprintf("an import from %s would %s %s of %s: %s",
			w.source.Name(), does, count(len(list), "version"), target, some(names, 3)),
		Remedy: fmt.Sprintf("copy into a context of its own (contextType: CUSTOM), leave these subjects out of subjects, or delete or rename "+
			"them on %s; to lose them write allow: [{code: SRM010, atMost: %d, because: …}], and they are saved first", target, len(list)),
	}
}

// conflictFindings is what a plan has to say about what is on the target. What earlier steps of it write over is not in the
// way any more by then, and they have told of it.
func (w copies) conflictFindings(ctx context.Context, env *Env) ([]event.Finding, error) {
	list, err := w.conflicts(ctx, env)
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(c compare.Conflict) bool { return env.Known.rewritten(w.target.Name(), c.Key) })
	if w.versions {
		env.Known.rewrites(w.target.Name(), list)
	}
	if len(list) == 0 {
		return nil, nil
	}
	return []event.Finding{w.overwriting(env, list)}, nil
}

// secure looks again just before the effect: what has come since the run began is refused, or within the consent; what
// another step of this run was allowed needs no second one. What may be lost is on the disk when it returns. A rollback
// goes on without consent, and tells.
func (w copies) secure(ctx context.Context, env *Env) (*keptBackup, error) {
	list, err := w.conflicts(ctx, env)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	saved, err := savedByOthers(env, w.target.Name())
	if err != nil {
		return nil, err
	}
	var keys []versionKey
	for _, c := range list {
		keys = append(keys, versionKey(c.Key))
	}
	list = slices.DeleteFunc(list, func(c compare.Conflict) bool { return saved[versionKey(c.Key)] })
	if f := w.overwriting(env, list); len(list) > 0 && !env.Consents(f) {
		if env.Undoes == "" {
			return nil, fmt.Errorf("%s: %s; %s", f.Code, f.Text, f.Remedy)
		}
		warn(env, fmt.Sprintf("%s: %s; they are saved first", f.Code, f.Text))
	}
	return saveVersions(ctx, env, w.target, keys)
}

// overwritten is what a rollback cannot put back.
func (b *keptBackup) overwritten(target string) []Leftover {
	if b == nil || b.Versions == 0 {
		return nil
	}
	return []Leftover{{
		What: fmt.Sprintf("up to %s of %s overwritten", count(b.Versions, "version"), target),
		Then: "a rollback does not bring them back; as they were they stand in " + b.File,
	}}
}
