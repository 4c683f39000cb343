package steps

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/srmigrate/srmigrate/internal/compare"
	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/registry"
)

// conflicts are the versions of the target that the exporter would take away or take the place of. Of an AUTO context that nobody
// foretells nothing can be known; it is a new one.
func (s *CreateExporter) conflicts(ctx context.Context, env *Env, source, target *registry.Client) ([]compare.Conflict, error) {
	m := s.mapping(env)
	if m.ContextType == "AUTO" {
		var err error
		if m.Context, err = foretold(ctx, source); err != nil || m.Context == "" {
			return nil, err
		}
	}
	list, err := compare.Conflicts(ctx, source, target, m)
	if err != nil {
		return nil, err
	}
	purged, err := s.purges(ctx, env, m, source, target)
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
func (s *CreateExporter) overwriting(env *Env, list []compare.Conflict) event.Finding {
	var names []string
	does := "overwrite"
	for _, c := range list {
		if slices.Contains(c.Why, whyPurged) {
			does = "overwrite or purge"
		}
		names = append(names, fmt.Sprintf("%s version %d (%s)", c.Subject, c.Version, strings.Join(c.Why, "; ")))
	}
	return event.Finding{
		Code: "SRM010", Severity: "error", Step: env.StepID, Count: len(list),
		Text: fmt.Sprintf("an import from %s would %s %s of %s: %s",
			s.source(), does, count(len(list), "version"), s.target(), some(names, 3)),
		Remedy: fmt.Sprintf("copy into a context of its own (contextType: CUSTOM), leave these subjects out of subjects, or delete or rename "+
			"them on %s; to lose them write allow: [{code: SRM010, atMost: %d, because: …}], and they are saved first", s.target(), len(list)),
	}
}

// conflictFindings is what Find has to say about what is on the target.
func (s *CreateExporter) conflictFindings(ctx context.Context, env *Env, source, target *registry.Client, there *registry.Exporter) ([]event.Finding, error) {
	if writes, err := s.beginsToWrite(ctx, source, there); err != nil || !writes {
		return nil, err
	}
	list, err := s.conflicts(ctx, env, source, target)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return []event.Finding{s.overwriting(env, list)}, nil
}

// beginsToWrite reports whether the exporter is going to copy because of this step, and did not before.
func (s *CreateExporter) beginsToWrite(ctx context.Context, source *registry.Client, there *registry.Exporter) (bool, error) {
	switch {
	case there == nil:
		return true, nil
	case s.ifExists() != existsAdopt:
		return s.ifExists() == existsUpdate, nil
	}
	state, _, err := exporterState(ctx, source, s.Exporter)
	return state == paused, err
}

// secure looks again just before the effect: what has come since the run began is refused, or within the consent. What
// may be lost is on the disk when it returns.
func (s *CreateExporter) secure(ctx context.Context, env *Env, source, target *registry.Client) (*keptBackup, error) {
	there, err := exporterIfThere(ctx, source, s.Exporter)
	if err != nil {
		return nil, explainNoExporters(err, s.source())
	}
	if writes, err := s.beginsToWrite(ctx, source, there); err != nil || !writes {
		return nil, err
	}
	list, err := s.conflicts(ctx, env, source, target)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	if f := s.overwriting(env, list); !env.Consents(f) {
		return nil, fmt.Errorf("%s: %s; %s", f.Code, f.Text, f.Remedy)
	}
	var keys []versionKey
	for _, c := range list {
		keys = append(keys, versionKey(c.Key))
	}
	return saveVersions(ctx, env, target, keys)
}

// secureAgain is for a process that goes on where another one has recorded: what is on the target may have changed.
func (s *CreateExporter) secureAgain(ctx context.Context, env *Env, source, target *registry.Client) error {
	if s.secured {
		s.secured = false // a second attempt looks again
		return nil
	}
	var rec createRecord
	if there, err := env.record(&rec); err != nil {
		return err
	} else if there && rec.isMade() {
		made, err := exporterIfThere(ctx, source, s.Exporter)
		if err != nil || made != nil {
			return explainNoExporters(err, s.source()) // it copies already
		}
	}
	_, err := s.secure(ctx, env, source, target)
	return err
}

// overwritten is what a rollback cannot put back.
func (s *CreateExporter) overwritten(rec createRecord) []Leftover {
	if rec.Backup == nil || rec.Backup.Versions == 0 {
		return nil
	}
	return []Leftover{{
		What: fmt.Sprintf("up to %s of %s overwritten", count(rec.Backup.Versions, "version"), s.target()),
		Then: "a rollback does not bring them back; as they were they stand in " + rec.Backup.File,
	}}
}
