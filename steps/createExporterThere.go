package steps

import (
	"context"
	"fmt"
	"slices"

	"github.com/srmigrate/srmigrate/internal/registry"
)

// recordTakeOver adds the exporter that is there, when the step may have it.
func (s *CreateExporter) recordTakeOver(ctx context.Context, source *registry.Client, rec *createRecord) error {
	if s.ifExists() == existsFail {
		return nil
	}
	rec.IfExists = s.ifExists()
	if !slices.Contains(rec.Exporters, s.Exporter) {
		return nil
	}
	before, err := exporterBeforeNow(ctx, source, s.Exporter)
	if err != nil || before == nil {
		return err
	}
	rec.Was = &exporterChange{Before: *before, Wanted: before.Spec.with(s.wholly()), Began: began()}
	return nil
}

// wholly is the spec with nothing left to a server.
func (s *CreateExporter) wholly() exporterSpec {
	whole := s.spec()
	whole.SubjectRenameFormat = or(whole.SubjectRenameFormat, "${subject}")
	whole.KekRenameFormat = or(whole.KekRenameFormat, "${kek}")
	return whole
}

// fits reports why an exporter that was there before cannot be had.
func (s *CreateExporter) fits(env *Env, e *registry.Exporter) error {
	if s.ifExists() == existsAdopt {
		return s.different(env, e, "adopt takes over only what is the same: write ifExists: update, or what it is now")
	}
	return s.otherConfig(env, e, "ifExists: update leaves the config alone, because servers do not show what would have to be put back: "+
		"change it with updateExporter before this step, or choose another name")
}

// update is the change of an exporter that was there. With other subjects it begins again: what it passed over with
// the old ones would never be copied.
func (s *CreateExporter) update(env *Env, rec createRecord) (*exporterTask, error) {
	done, err := loadStages(env, env.StepID, rec.Was.Began)
	return &exporterTask{
		ref: s.ref(), before: rec.Was.Before, want: &rec.Was.Wanted, stages: done,
		reset: len(rec.Was.Wanted.unlike(rec.Was.Before.Spec)) > 0,
	}, err
}

// takeOver makes the step's exporter of one that was there before this run.
func (s *CreateExporter) takeOver(ctx context.Context, env *Env, source *registry.Client, rec createRecord) (*registry.Exporter, error) {
	there, err := exporterIfThere(ctx, source, s.Exporter)
	switch {
	case err != nil:
		return nil, explainNoExporters(err, s.source())
	case rec.Was == nil:
		return nil, fmt.Errorf("exporter %q was on %s before this run and is not touched; choose another name, delete it (%s) "+
			"and start again with --restart, or write ifExists: adopt or update", s.Exporter, s.source(), curl(source, "DELETE", "/exporters", s.Exporter, "", ""))
	case there == nil:
		return nil, fmt.Errorf("exporter %q was on %s when this run began and is gone since; somebody else deleted it: "+
			"undo this run, then begin again with --restart", s.Exporter, s.source())
	}
	if err := s.fits(env, there); err != nil || s.ifExists() == existsAdopt {
		return there, err
	}
	t, err := s.update(env, rec)
	if err != nil {
		return nil, err
	}
	if there, err := t.look(ctx, source); err != nil || !there {
		return nil, orGone(err, s.ref())
	}
	if err := t.change(ctx, env, source); err != nil {
		return nil, err
	}
	return s.appears(ctx, source, true)
}

func orGone(err error, r exporterRef) error {
	if err != nil {
		return err
	}
	return r.goneMeanwhile(false)
}

// mayHave reports whether an exporter that is there and agrees is this run's, or is taken over with nothing left to
// change.
func (s *CreateExporter) mayHave(ctx context.Context, env *Env, source *registry.Client, rec createRecord) (bool, error) {
	if rec.isMade() || rec.Was == nil || s.ifExists() == existsAdopt {
		return rec.isMade() || rec.Was != nil, nil
	}
	t, err := s.update(env, rec)
	if err != nil {
		return false, err
	}
	there, err := t.look(ctx, source)
	return there && err == nil && t.changed(), err
}

// leftOfUpdate adds what an exporter that was changed has done since.
func (s *CreateExporter) leftOfUpdate(ctx context.Context, env *Env, rec createRecord, left []Leftover) ([]Leftover, error) {
	if len(rec.Was.Wanted.unlike(rec.Was.Before.Spec)) == 0 {
		return left, nil
	}
	source, err := env.Registry(s.source())
	if err != nil {
		return left, err
	}
	also, err := meanwhile(ctx, source, s.Exporter, rec.Was)
	return append(left, also...), err
}
