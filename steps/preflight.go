package steps

import (
	"cmp"
	"context"
	"fmt"
)

// Preflight looks at all that a migration from the source to the target rests on, with reads only.
type Preflight struct {
	Source   string `json:"source,omitempty"`
	Target   string `json:"target,omitempty"`
	Exporter string `json:"exporter,omitempty"`
}

func init() { register("preflight", func() Step { return new(Preflight) }) }

func (p *Preflight) source() string { return cmp.Or(p.Source, "source") }
func (p *Preflight) target() string { return cmp.Or(p.Target, "target") }

// Describe names both sides.
func (p *Preflight) Describe() string {
	text := fmt.Sprintf("look whether %s and %s are ready for a migration", p.source(), p.target())
	if p.Exporter != "" {
		text += " by exporter " + p.Exporter
	}
	return text
}

// Check reports registries that are not declared or not two.
func (p *Preflight) Check(scope Scope) []Problem {
	problems := append(scope.registry("/source", p.source()), scope.registry("/target", p.target())...)
	if p.source() == p.target() {
		problems = append(problems, Problem{Path: "/target", Message: fmt.Sprintf("source and target are both %q; a migration needs two registries", p.target())})
	}
	return problems
}

// Outputs count what was found, and what the target holds in the contexts that copies go to. A version is "" where a
// registry does not tell.
func (p *Preflight) Outputs() map[string]any {
	return map[string]any{
		"sourceVersion": "", "targetVersion": "", "exporters": true,
		"errors": 0, "warnings": 0, "unknown": 0,
		"targetSubjects": 0, "targetVersions": 0, "targetDeleted": 0,
	}
}

// Probe finds that everything is still to be looked at: what was seen earlier says nothing of now.
func (p *Preflight) Probe(context.Context, *Env) (Status, error) { return Status{Left: Todo}, nil }
