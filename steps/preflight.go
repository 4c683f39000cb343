package steps

import (
	"cmp"
	"fmt"
)

// Preflight looks at all that a migration from the source to the target rests on, with reads only. With canary it also has
// the source server copy one small subject into a context of its own on the target, and takes all of that away again. With
// step it does nothing but the latter, for a step that was cut short.
type Preflight struct {
	Source   string `json:"source,omitempty"`
	Target   string `json:"target,omitempty"`
	Exporter string `json:"exporter,omitempty"`
	Canary   bool   `json:"canary,omitempty"`
	Step     string `json:"step,omitempty"`
}

func init() { register("preflight", func() Step { return new(Preflight) }) }

func (p *Preflight) source() string { return cmp.Or(p.Source, "source") }
func (p *Preflight) target() string { return cmp.Or(p.Target, "target") }

// Describe names both sides.
func (p *Preflight) Describe() string {
	if p.Step != "" {
		return fmt.Sprintf("take away what the canary of step %s has left on %s and %s", p.Step, p.source(), p.target())
	}
	text := fmt.Sprintf("look whether %s and %s are ready for a migration", p.source(), p.target())
	if p.Exporter != "" {
		text += " by exporter " + p.Exporter
	}
	if p.Canary {
		text += ", with a canary"
	}
	return text
}

// Check reports registries that are not declared or not two.
func (p *Preflight) Check(scope Scope) []Problem {
	problems := append(scope.registry("/source", p.source()), scope.registry("/target", p.target())...)
	if p.source() == p.target() {
		problems = append(problems, Problem{Path: "/target", Message: fmt.Sprintf("source and target are both %q; a migration needs two registries", p.target())})
	}
	if p.Step == "" || len(problems) > 0 {
		return problems
	}
	if p.Canary || p.Exporter != "" {
		problems = append(problems, Problem{Path: "/step", Message: "step is for a rollback and takes a canary away: leave canary and exporter out"})
	}
	return append(problems, scope.earlier("/step", p.Step, fmt.Sprintf("sends a canary from %s to %s", p.source(), p.target()), func(step Step) bool {
		o, ok := step.(*Preflight)
		return ok && o.Canary && o.source() == p.source() && o.target() == p.target()
	})...)
}

// Outputs count what was found, and what the target holds in the contexts that copies go to. A version is "" where a
// registry does not tell; canary is whether one has come through, and how long that took, removal included.
func (p *Preflight) Outputs() map[string]any {
	return map[string]any{
		"sourceVersion": "", "targetVersion": "", "exporters": true,
		"errors": 0, "warnings": 0, "unknown": 0,
		"targetSubjects": 0, "targetVersions": 0, "targetDeleted": 0,
		"canary": true, "canaryMillis": 0,
	}
}
