package steps

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/srmigrate/srmigrate/internal/event"
)

// Do looks at everything, also at what later steps would find just before their effect, and fails over what no migration
// can begin with.
func (p *Preflight) Do(ctx context.Context, env *Env) (Outputs, error) {
	if out, err := p.undo(ctx, env); err != nil || p.Step != "" {
		return out, err // what a canary of this step has left would be looked at, too
	}
	s, err := p.survey(ctx, env)
	for _, look := range []func(context.Context) error{s.ahead, s.tryCanary} {
		if err == nil {
			err = look(ctx)
		}
	}
	s.show(env)
	if err != nil {
		return nil, err
	}
	out := s.outputs()
	if err := s.refusal(); err != nil {
		return out, err
	}
	return out, nil
}

// Find tells of what stands against a migration. What a later step finds by itself is left to that step.
func (p *Preflight) Find(ctx context.Context, env *Env) ([]event.Finding, error) {
	if p.Step != "" {
		return nil, nil
	}
	s, err := p.survey(ctx, env)
	if err != nil {
		return nil, err
	}
	if err := s.aboutCanary(ctx); err != nil {
		return nil, err
	}
	if s.withoutExporters {
		env.Known.lacksExporters(s.source)
	}
	return s.findings, nil
}

// show emits a line for each thing that was looked at.
func (s *survey) show(env *Env) {
	if s == nil {
		return
	}
	for _, e := range s.events {
		if env.Emit != nil {
			env.Emit(e)
		}
	}
}

// refusal is the errors among the findings that nobody has allowed.
func (s *survey) refusal() error {
	var texts []string
	for _, f := range s.findings {
		if f.Severity == "error" && f.Allowed == "" {
			texts = append(texts, fmt.Sprintf("%s: %s; %s", f.Code, f.Text, f.Remedy))
		}
	}
	if len(texts) == 0 {
		return nil
	}
	return errors.New(strings.Join(texts, "\n"))
}

// outputs are what conditions of later steps may name.
func (s *survey) outputs() Outputs {
	errs, warnings := 0, 0
	for _, f := range s.findings {
		errs += boolToInt(f.Severity == "error")
		warnings += boolToInt(f.Severity == "warning")
	}
	text := fmt.Sprintf("%s and %s are ready: %s looked at", s.source.Name(), s.target.Name(), count(len(s.events), "thing"))
	for _, n := range []struct {
		n    int
		text string
	}{{len(s.unknowns), "not known before a write"}, {warnings, "to be warned of"}, {errs, "allowed"}} {
		if n.n > 0 {
			text += fmt.Sprintf(", %s %s", thousands(n.n), n.text)
		}
	}
	if s.took > 0 {
		text += fmt.Sprintf("; a canary has come through in %s", s.took.Round(10*time.Millisecond))
	}
	return Outputs{
		"canary": s.took > 0, "canaryMillis": int(s.took.Milliseconds()),
		"text": text, "sourceVersion": s.versions[0], "targetVersion": s.versions[1], "exporters": !s.withoutExporters,
		"errors": errs, "warnings": warnings, "unknown": len(s.unknowns),
		"targetSubjects": s.held.subjects, "targetVersions": s.held.live, "targetDeleted": s.held.deleted,
	}
}
