package steps

import (
	"context"
	"fmt"

	"github.com/srmigrate/srmigrate/internal/compare"
	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/registry"
)

// wanted is the exporter as it is sent.
func (s *CreateExporter) wanted(env *Env) registry.Exporter {
	return registry.Exporter{
		Name: s.Exporter, Subjects: s.Subjects, ContextType: s.ContextType, Context: contextName(s.Context),
		SubjectRenameFormat: s.SubjectRenameFormat, KekRenameFormat: s.KekRenameFormat,
		Config: s.Config.over(env.Exports[s.target()]),
	}
}

// agrees reports how an exporter of this name differs from the one that is wanted. What the server leaves out or
// fills in by itself is no difference.
func (s *CreateExporter) agrees(env *Env, e *registry.Exporter) error {
	return s.different(env, e, "somebody else made or changed it: choose another name, or delete it and run again")
}

func (s *CreateExporter) different(env *Env, e *registry.Exporter, otherwise string) error {
	for _, f := range s.spec().contradicts(specOf(e)) {
		return fmt.Errorf("exporter %q is on %s with %s %q, the runbook wants %q; %s", s.Exporter, s.source(),
			f.name, fieldOf(specOf(e).fields(), f.name).value, f.value, otherwise)
	}
	return s.otherConfig(env, e, otherwise)
}

func (s *CreateExporter) otherConfig(env *Env, e *registry.Exporter, otherwise string) error {
	if key := differs(s.wanted(env).Config, e.Config); key != "" {
		return fmt.Errorf("exporter %q is on %s with another %s in its config than the runbook wants; %s",
			s.Exporter, s.source(), key, otherwise)
	}
	return nil
}

// mapping is how the exporter renames. For AUTO the context is not known before it is made.
func (s *CreateExporter) mapping(env *Env) compare.Mapping {
	return s.means(env.Dialects[s.source()])
}

func (s *CreateExporter) reach(env *Env) reach {
	m := s.mapping(env)
	return reach{mapping: m, unknown: m.ContextType == "AUTO"}
}

// Probe reports whether the exporter this run wants is there and not left paused by its making.
func (s *CreateExporter) Probe(ctx context.Context, env *Env) (Status, error) {
	source, _, err := s.clients(env)
	if err != nil {
		return Status{}, err
	}
	st := Status{Left: Todo, Now: "no exporter " + s.Exporter, Will: "exporter " + s.Exporter + " copying to " + s.target()}
	var rec createRecord
	recorded, err := env.record(&rec)
	if err != nil {
		return st, err
	}
	there, err := exporterIfThere(ctx, source, s.Exporter)
	if err != nil || there == nil {
		return st, explainNoExporters(err, s.source())
	}
	state, _, err := exporterState(ctx, source, s.Exporter)
	st.Now = fmt.Sprintf("exporter %s, %s", s.Exporter, state)
	if err != nil || !recorded || s.agrees(env, there) != nil || state == paused || state == "" {
		return st, err
	}
	if had, err := s.mayHave(ctx, env, source, rec); err != nil || !had {
		return st, err
	}
	st.Left, st.Outputs = Done, s.outputs(env, there)
	return st, nil
}

// Find warns of what an earlier run seems to have left: the exporter's name is taken, or IMPORT is set where it would
// write. It also tells of versions that it would overwrite, of an IMPORT that the exporter needs and nobody sets, and of settings that do what few expect.
func (s *CreateExporter) Find(ctx context.Context, env *Env) ([]event.Finding, error) {
	source, target, err := s.clients(env)
	if err != nil {
		return nil, err
	}
	there, err := exporterIfThere(ctx, source, s.Exporter)
	if err != nil {
		return nil, explainNoExporters(err, s.source())
	}
	conflicts, err := s.conflictFindings(ctx, env, source, target, there)
	if err != nil {
		return nil, err
	}
	found, err := s.warnings(ctx, env, source, target, len(conflicts) > 0)
	if err != nil {
		return nil, err
	}
	found = append(found, conflicts...)
	switch {
	case there != nil && s.ifExists() != existsFail:
		return found, s.fits(env, there) // that it is there explains its IMPORT as well
	case there != nil:
		found = append(found, s.taken(env, source))
	}
	modes, err := s.importFindings(ctx, env, source, target)
	return append(found, modes...), err
}

// taken is the finding for a name that another exporter has.
func (s *CreateExporter) taken(env *Env, source *registry.Client) event.Finding {
	what := fmt.Sprintf("exporter %s is on %s already", s.Exporter, s.source())
	if f, ok := env.bySibling(what, "made", func(of Sibling) string { return of.made(source, s.Exporter) }); ok {
		f.Remedy += "; or choose another name here"
		return f
	}
	if cells := env.fellowsWith(source, s.Exporter); len(cells) > 0 {
		f := earlierRun(env, "", "")
		f.Text = fmt.Sprintf("exporter %s is on %s already, perhaps made by %s of this fleet, or an earlier run's state is missing",
			s.Exporter, s.source(), cellsNamed(cells))
		f.Remedy = "cells that share a source want exporters of other names, such as exporter: " + s.Exporter + "-${{ matrix.cell }}"
		return f
	}
	remove := "pause and delete it: " + curl(source, "PUT", "/exporters", s.Exporter, "/pause", "") + " && " +
		curl(source, "DELETE", "/exporters", s.Exporter, "", "")
	f := env.admitting(earlierRun(env, what, "choose another name, or "+remove))
	if of := env.finished(source, s.Exporter); of != nil {
		f.Text = fmt.Sprintf("%s, made by %s", what, of.Name)
		f.Remedy = "choose another name; or, where nobody needs that exporter any more, " + remove
	}
	return f
}

// targetPlaces lists all that the target has, and where the exporter writes: a place may have a mode or a config of its
// own before it has a schema.
func (s *CreateExporter) targetPlaces(ctx context.Context, env *Env, source, target *registry.Client, rec createRecord) ([]string, error) {
	subjects, err := allSubjects(ctx, source, true)
	if err != nil {
		return nil, err
	}
	m := s.mapping(env)
	m.Context = rec.Mapping.Context
	return allPlaces(ctx, target, append(images(m, subjects), rec.places()...)...)
}
