package steps

import (
	"context"

	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/registry"
)

// copying is what the exporter does on the target.
func (s *CreateExporter) copying(ctx context.Context, env *Env, source, target *registry.Client) (copies, error) {
	m := s.mapping(env)
	if m.ContextType == "AUTO" {
		var err error
		if m.Context, err = foretold(ctx, source); err != nil {
			return copies{}, err
		}
	}
	return copies{source: source, target: target, mapping: m, sets: s.setsImport(env), versions: true, opened: s.isOpened}, nil
}

// conflictFindings is what Find has to say about what is on the target.
func (s *CreateExporter) conflictFindings(ctx context.Context, env *Env, source, target *registry.Client, there *registry.Exporter) ([]event.Finding, error) {
	if writes, err := s.beginsToWrite(ctx, source, there); err != nil || !writes {
		return nil, err
	}
	w, err := s.copying(ctx, env, source, target)
	if err != nil {
		return nil, err
	}
	return w.conflictFindings(ctx, env)
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

// secure looks again just before the effect.
func (s *CreateExporter) secure(ctx context.Context, env *Env, source, target *registry.Client) (*keptBackup, error) {
	there, err := exporterIfThere(ctx, source, s.Exporter)
	if err != nil {
		return nil, explainNoExporters(err, s.source())
	}
	if writes, err := s.beginsToWrite(ctx, source, there); err != nil || !writes {
		return nil, err
	}
	w, err := s.copying(ctx, env, source, target)
	if err != nil {
		return nil, err
	}
	return w.secure(ctx, env)
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
