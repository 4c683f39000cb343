package steps

import (
	"context"
	"errors"
	"fmt"

	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/registry"
)

// carriedOn finds the exporters of the target that would copy the canary on: one reads what the canary has left in the
// target's topic also after the canary is gone, and makes its context on a registry that nobody looks at here.
func (s *survey) carriedOn(ctx context.Context, image string) error {
	var carriers []string
	for _, u := range s.env.After {
		e, ok := u.Step.(*CreateExporter)
		if ok && e.source() == s.Preflight.target() && e.covers(s.env, image) {
			carriers = append(carriers, fmt.Sprintf("%s, which step %s makes", e.Exporter, u.ID))
		}
	}
	names, err := s.target.ExporterNames(ctx)
	if errors.Is(err, registry.ErrNoExporters) {
		return s.tellCarriers(carriers)
	}
	if may, err := s.may(s.target, "exporters", err); err != nil || !may {
		return errors.Join(err, s.tellCarriers(carriers))
	}
	for _, name := range names {
		there, err := exporterIfThere(ctx, s.target, name)
		if err != nil {
			return err
		}
		if there != nil && asStep(there, s.Preflight.target()).covers(s.env, image) {
			carriers = append(carriers, name)
		}
	}
	return s.tellCarriers(carriers)
}

// covers reports whether the exporter copies a subject of its source.
func (s *CreateExporter) covers(env *Env, subject string) bool {
	_, covered := s.mapping(env).Map(subject)
	return covered
}

// asStep is the step that makes an exporter like one that is there, as far as names go.
func asStep(e *registry.Exporter, on string) *CreateExporter {
	return &CreateExporter{Source: on, Exporter: e.Name, ContextType: e.ContextType, Context: e.Context, Subjects: e.Subjects, SubjectRenameFormat: e.SubjectRenameFormat}
}

func (s *survey) tellCarriers(carriers []string) error {
	if len(carriers) == 0 {
		return nil
	}
	s.found(event.Finding{
		Code: "SRM067", Severity: "error", Count: len(carriers),
		Text: fmt.Sprintf("%s copies on what comes to %s, by exporter %s: it would make the canary's context on another registry, where nobody takes it away",
			s.target.Name(), s.target.Name(), some(carriers, 5)),
		Remedy: "leave canary out",
	}, s.env.Allow)
	return nil
}
