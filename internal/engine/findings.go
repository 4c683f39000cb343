package engine

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/runbook"
	"github.com/srmigrate/srmigrate/steps"
)

// weighed is a finding with what the runbook says to it.
func weighed(st *runbook.Step, f event.Finding) event.Finding {
	f.Step = st.ID
	return steps.Weigh(st.Allow, f)
}

// show tells what a run is about to do, before its first write. The error is of what could not be seen.
func (s *session) show(p *Plan) error {
	for _, f := range p.AllFindings() {
		s.Emit(f)
	}
	if s.ShowPlan != nil {
		s.ShowPlan(p)
	}
	if len(p.Unseen) > 0 {
		text := strings.Join(p.Unseen, "; ")
		if !p.lasting {
			return &silentError{text}
		}
		return errors.New(text)
	}
	return nil
}

// A silentError lists what could not be looked at, only because registries did not answer, or changed meanwhile.
type silentError struct{ text string }

func (e *silentError) Error() string { return e.text }

// find asks one step, and weighs what it finds, together with what the runbook alone tells of it. What a look tells
// better is told once.
func (s *session) find(ctx context.Context, st *runbook.Step, env *steps.Env) ([]event.Finding, error) {
	static := s.Runbook.FindingsOf(st.ID)
	var found []event.Finding
	if f, ok := st.Step.(steps.Finder); ok {
		var err error
		if found, err = guarded(func() ([]event.Finding, error) { return f.Find(ctx, env) }); err != nil {
			return static, err
		}
	}
	absent, err := guarded(func() ([]event.Finding, error) { return steps.Absent(ctx, env, st.Step) })
	if err != nil {
		return static, err
	}
	found = append(found, absent...)
	for i := range found {
		found[i] = weighed(st, found[i])
	}
	all := append(slices.DeleteFunc(static, func(f event.Finding) bool { return has(found, f.Code) }), found...)
	return append(all, s.unused(st, all)...), nil
}

func has(found []event.Finding, code string) bool {
	return slices.ContainsFunc(found, func(f event.Finding) bool { return f.Code == code })
}

// unused tells of what a step is allowed and what the registries do not bear out; of the rest the runbook has told.
func (s *session) unused(st *runbook.Step, found []event.Finding) []event.Finding {
	if len(st.Allow) == 0 {
		return nil
	}
	live := map[string]bool{}
	for _, c := range event.Codes() {
		live[c.Code] = c.Live && !c.Cells && c.Code != event.Unused
	}
	var list []event.Finding
	for _, c := range st.Allow {
		if live[c.Code] && !has(found, c.Code) {
			list = append(list, weighed(st, steps.UnusedAllow(c)))
		}
	}
	return list
}

// judged are the findings as strict calls take them: there a warning that nobody has allowed stops the run.
func (s *session) judged(found []event.Finding) []event.Finding {
	for i, f := range found {
		if s.strict && f.Severity == "warning" && f.Allowed == "" {
			found[i].Severity = "error"
		}
	}
	return found
}
