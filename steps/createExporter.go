package steps

import (
	"cmp"
	"fmt"

	"github.com/srmigrate/srmigrate/internal/registry"
)

// CreateExporter makes an exporter on the source that copies to the target. The exporter sets IMPORT on the target by
// itself, but in dialect guide, and replays configs; both are put back by the step's undo.
type CreateExporter struct {
	Source              string         `json:"source,omitempty"`
	Target              string         `json:"target,omitempty"`
	Exporter            string         `json:"exporter"`
	ContextType         string         `json:"contextType"`
	Context             string         `json:"context,omitempty"`
	Subjects            []string       `json:"subjects"`
	SubjectRenameFormat string         `json:"subjectRenameFormat,omitempty"`
	KekRenameFormat     string         `json:"kekRenameFormat,omitempty"`
	Config              exporterConfig `json:"config,omitempty"`
	IfExists            string         `json:"ifExists,omitempty"`
	RollbackCopies      string         `json:"rollbackCopies,omitempty"`

	opened  []modeReach // where earlier steps of the runbook set IMPORT on the target
	secured bool        // this process has just looked for conflicts, and saved what was allowed
}

// What createExporter does about an exporter that was there before the run.
const (
	existsFail   = "fail"
	existsAdopt  = "adopt"
	existsUpdate = "update"
)

func init() { register("createExporter", func() Step { return new(CreateExporter) }) }

func (s *CreateExporter) source() string { return cmp.Or(s.Source, "source") }
func (s *CreateExporter) target() string { return cmp.Or(s.Target, "target") }

func (s *CreateExporter) ifExists() string { return cmp.Or(s.IfExists, existsFail) }

func (s *CreateExporter) ref() exporterRef {
	return exporterRef{Registry: s.source(), Exporter: s.Exporter}
}

func (s *CreateExporter) spec() exporterSpec {
	return exporterSpec{
		ContextType: s.ContextType, Context: contextName(s.Context), Subjects: s.Subjects,
		SubjectRenameFormat: s.SubjectRenameFormat, KekRenameFormat: s.KekRenameFormat,
	}
}

func (s *CreateExporter) changesModes() string   { return s.target() }
func (s *CreateExporter) changesConfigs() string { return s.target() }

// Secrets are what the exporter's own config holds.
func (s *CreateExporter) Secrets() map[string]registry.Secret { return s.Config }

// Describe names the exporter, both sides and what it copies.
func (s *CreateExporter) Describe() string {
	kind := s.ContextType
	if s.ContextType == "CUSTOM" {
		kind += " " + contextName(s.Context)
	}
	text := fmt.Sprintf("create exporter %s on %s: %s to %s, contextType %s",
		s.Exporter, s.source(), some(s.Subjects, 3), s.target(), kind)
	return text + map[string]string{
		existsAdopt:  "; one that is there already and is the same is taken over",
		existsUpdate: "; one that is there already is changed to that",
	}[s.ifExists()]
}

// Check reports registries that are not declared or not two, and a context where it means nothing. Find knows from here
// where earlier steps set IMPORT.
func (s *CreateExporter) Check(scope Scope) []Problem {
	s.opened = importsBefore(scope, s.target())
	problems := append(scope.registry("/source", s.source()), scope.registry("/target", s.target())...)
	if s.source() == s.target() {
		problems = append(problems, Problem{Path: "/target", Message: fmt.Sprintf("source and target are both %q; an exporter needs two registries", s.target())})
	}
	problems = append(problems, hidden(s.Config)...)
	return append(problems, checkContext(s.source(), scope, s.ContextType, s.Context)...)
}

// Outputs are whether this run made the exporter, and the context that the server reports of it.
func (s *CreateExporter) Outputs() map[string]any {
	return map[string]any{"created": true, "context": ""}
}

// Undo deletes the exporter if this run made it, or makes it what it was, then puts back what it changed on the target.
// Copies go while the target still takes their deletion. Configs come before modes: READONLY, if it was that, blocks them.
func (s *CreateExporter) Undo(id string) []Spec {
	undo := []Spec{spec("delete", &Delete{Registry: s.source(), Exporter: s.Exporter, Step: id})}
	if s.ifExists() != existsFail {
		undo = append(undo, spec("updateExporter", &UpdateExporter{Registry: s.source(), Exporter: s.Exporter, Step: id}))
	}
	if s.RollbackCopies == "remove" {
		undo = append(undo, spec("deleteCopies", &DeleteCopies{Registry: s.target(), Step: id}))
	}
	return append(undo,
		spec("restoreCompatibility", &RestoreCompatibility{Registry: s.target(), Step: id}),
		spec("restoreMode", &RestoreMode{Registry: s.target(), Step: id}),
	)
}

// Staging is what a rehearsal changes.
func (*CreateExporter) Staging() Staging {
	return Staging{Leave: []string{"config"}}
}
