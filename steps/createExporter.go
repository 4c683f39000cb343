package steps

import (
	"cmp"
	"fmt"

	"github.com/srmigrate/srmigrate/internal/compare"
	"github.com/srmigrate/srmigrate/internal/registry"
)

// CreateExporter makes an exporter on the source that copies to the target. The exporter sets IMPORT on the target by
// itself, and replays configs; both are put back by the step's undo.
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
}

func init() { register("createExporter", func() Step { return new(CreateExporter) }) }

func (s *CreateExporter) source() string { return cmp.Or(s.Source, "source") }
func (s *CreateExporter) target() string { return cmp.Or(s.Target, "target") }

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
	return fmt.Sprintf("create exporter %s on %s: %s to %s, contextType %s",
		s.Exporter, s.source(), some(s.Subjects, 3), s.target(), kind)
}

// Check reports registries that are not declared or not two, and a context where it means nothing.
func (s *CreateExporter) Check(scope Scope) []Problem {
	problems := append(scope.registry("/source", s.source()), scope.registry("/target", s.target())...)
	if s.source() == s.target() {
		problems = append(problems, Problem{Path: "/target", Message: fmt.Sprintf("source and target are both %q; an exporter needs two registries", s.target())})
	}
	guide := scope.Dialects[s.source()] == compare.GuideDialect
	switch custom := s.ContextType == "CUSTOM"; {
	case guide && s.ContextType == "DEFAULT":
		problems = append(problems, Problem{Path: "/contextType", Message: fmt.Sprintf("%s has dialect guide, which does not know contextType DEFAULT; NONE moves all into the default context there", s.source())})
	case guide && custom && contextName(s.Context) == ".":
		problems = append(problems, Problem{Path: "/context", Message: "write contextType NONE to move all into the default context"})
	case custom && contextName(s.Context) == "":
		problems = append(problems, Problem{Path: "/contextType", Message: "contextType CUSTOM needs context: the one on the target that is put in front"})
	case custom && contextName(s.Context) == ".":
		problems = append(problems, Problem{Path: "/context", Message: "the default context cannot be put in front; contextType NONE keeps contexts as they are, DEFAULT moves all into the default one"})
	case !custom && s.Context != "":
		problems = append(problems, Problem{Path: "/context", Message: fmt.Sprintf("context goes with contextType CUSTOM only; leave it out, or write CUSTOM instead of %s", s.ContextType)})
	}
	return problems
}

// Undo deletes the exporter, then puts back what it changed on the target. Configs come first: READONLY, if it was
// that, blocks them.
func (s *CreateExporter) Undo(id string) []Spec {
	return []Spec{
		spec("delete", &Delete{Registry: s.source(), Exporter: s.Exporter, Step: id}),
		spec("restoreCompatibility", &RestoreCompatibility{Registry: s.target(), Step: id}),
		spec("restoreMode", &RestoreMode{Registry: s.target(), Step: id}),
	}
}
