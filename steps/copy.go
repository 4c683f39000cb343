package steps

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/srmigrate/srmigrate/internal/compare"
)

// Copy registers on the target what the source has, each version under its own id and number, by requests of this
// program: for registries without exporters. It sets IMPORT where it writes, and puts back what was there before.
type Copy struct {
	Source              string   `json:"source,omitempty"`
	Target              string   `json:"target,omitempty"`
	Subjects            []string `json:"subjects,omitempty"`
	Contexts            []string `json:"contexts,omitempty"`
	ContextType         string   `json:"contextType,omitempty"`
	Context             string   `json:"context,omitempty"`
	SubjectRenameFormat string   `json:"subjectRenameFormat,omitempty"`
	Deleted             *bool    `json:"deleted,omitempty"`
	Compatibility       bool     `json:"compatibility,omitempty"`
	RollbackCopies      string   `json:"rollbackCopies,omitempty"`

	opened []modeReach       // where earlier steps of the runbook set IMPORT on the target
	seen   *compare.Transfer // what this process has just found when it recorded
}

func init() { register("copy", func() Step { return new(Copy) }) }

func (s *Copy) source() string { return cmp.Or(s.Source, "source") }
func (s *Copy) target() string { return cmp.Or(s.Target, "target") }

func (s *Copy) deleted() bool { return s.Deleted == nil || *s.Deleted }
func (s *Copy) removes() bool { return s.RollbackCopies == "remove" }

func (s *Copy) patterns() []string {
	if len(s.Subjects) == 0 {
		return []string{":*:"}
	}
	return s.Subjects
}

// means is the mapping in the words of package compare. The fields mean what they mean for an exporter of the source;
// only where nothing is written contexts stay, whatever the dialect.
func (s *Copy) means(dialect string) compare.Mapping {
	m := compare.Mapping{ContextType: s.ContextType, Context: contextName(s.Context), Patterns: s.patterns(), RenameFormat: s.SubjectRenameFormat}
	switch {
	case s.ContextType != "":
	case dialect == compare.GuideDialect:
		m.ContextType = "AUTO"
	default:
		m.ContextType = "NONE"
	}
	m = m.Meant(dialect)
	m.Patterns = patternsWithin(m.Patterns, s.Contexts)
	return m
}

// patternsWithin are the patterns as far as they are about the contexts; all of them where none is named.
func patternsWithin(patterns, contexts []string) (list []string) {
	if len(contexts) == 0 {
		return patterns
	}
	for _, p := range patterns {
		rest, everywhere := strings.CutPrefix(p, ":*:")
		here, _ := splitPlace(p)
		for _, c := range contexts {
			c = compare.NormalContext(c)
			switch {
			case everywhere:
				list = append(list, joinPlace(c, cmp.Or(rest, "*")))
			case c == here:
				list = append(list, p)
			}
		}
	}
	return list
}

// Describe names both sides, and what is copied to where.
func (s *Copy) Describe() string {
	text := fmt.Sprintf("copy %s", some(s.patterns(), 3))
	if len(s.Contexts) > 0 {
		text += fmt.Sprintf(", of %s only,", some(contextWords(s.Contexts), 3))
	}
	text += fmt.Sprintf(" from %s to %s, with ids and versions", s.source(), s.target())
	if s.ContextType != "" {
		text += ", contextType " + s.ContextType
	}
	if s.Context != "" {
		text += " " + contextName(s.Context)
	}
	if s.Compatibility {
		text += ", and compatibility settings with them"
	}
	return text
}

// Check reports registries that are not declared or not two, a context where it means nothing, and what selects nothing.
// Find knows from here where earlier steps set IMPORT.
func (s *Copy) Check(scope Scope) []Problem {
	s.opened = importsBefore(scope, s.target())
	problems := append(scope.registry("/source", s.source()), scope.registry("/target", s.target())...)
	if s.source() == s.target() {
		problems = append(problems, Problem{Path: "/target", Message: fmt.Sprintf("source and target are both %q; a copy needs two registries", s.target())})
	}
	dialect := scope.Dialects[s.source()]
	if s.ContextType == "AUTO" && dialect != compare.GuideDialect {
		problems = append(problems, Problem{Path: "/contextType", Message: "AUTO is a context that a server makes up, and no server copies here; " +
			"name one with contextType CUSTOM, or leave contextType out to keep contexts as they are"})
	}
	problems = append(problems, checkContext(s.source(), scope, s.ContextType, s.Context)...)
	for i, c := range s.Contexts {
		if strings.ContainsAny(strings.Trim(c, ":"), ":*") {
			problems = append(problems, Problem{Path: fmt.Sprintf("/contexts/%d", i), Message: fmt.Sprintf("%q is not a context; write it as .a, a or :.a:", c)})
			return problems
		}
	}
	if len(s.means(dialect).Patterns) == 0 {
		problems = append(problems, Problem{Path: "/contexts", Message: fmt.Sprintf("subjects (%s) has nothing in these contexts; write \":*:\" "+
			"for every subject of each of them", some(s.Subjects, 3))})
	}
	return problems
}

// Outputs are how many versions this run has copied, how many of those are soft-deleted, and how many were there before.
func (s *Copy) Outputs() map[string]any {
	return map[string]any{"copied": 0, "skipped": 0, "deleted": 0}
}

// Undo takes the copies away if that is wanted, then puts back what this step has set, if it could not do so itself.
func (s *Copy) Undo(id string) []Spec {
	var undo []Spec
	if s.removes() {
		undo = append(undo, spec("deleteCopies", &DeleteCopies{Registry: s.target(), Step: id}))
	}
	if s.changesConfigs() != "" {
		undo = append(undo, spec("restoreCompatibility", &RestoreCompatibility{Registry: s.target(), Step: id}))
	}
	return append(undo, spec("restoreMode", &RestoreMode{Registry: s.target(), Step: id}))
}

// Patient says that the default timeout does not apply: how long it takes, the number of versions says, and it either
// comes on or fails.
func (s *Copy) Patient() bool { return true }

// Moves returns the source.
func (s *Copy) Moves() string { return s.source() }

func (s *Copy) changesModes() string { return s.target() }

// changesConfigs returns the target, if the step sets configs there, or its undo takes some away with what it deletes.
func (s *Copy) changesConfigs() string {
	if s.Compatibility || s.removes() {
		return s.target()
	}
	return ""
}

// Lint tells of two names of one registry.
func (s *Copy) Lint(scope Scope) []Lint {
	if !scope.oneRegistry(s.source(), s.target()) {
		return nil
	}
	e := s.asExporter()
	return []Lint{{"/target", e.oneRegistry("the same URL")}}
}

// asExporter is the exporter that would copy between the same registries, for what is the same of both.
func (s *Copy) asExporter() *CreateExporter {
	return &CreateExporter{Source: s.source(), Target: s.target(), opened: s.opened}
}

func (s *Copy) isOpened(place string) bool {
	return slices.ContainsFunc(s.opened, func(r modeReach) bool { return r.opens(place) })
}
