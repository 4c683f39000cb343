package engine

import (
	"context"
	"slices"

	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/state"
	"github.com/srmigrate/srmigrate/runbook"
	"github.com/srmigrate/srmigrate/steps"
)

// weighed is a finding with what the runbook says to it.
func weighed(st *runbook.Step, f event.Finding) event.Finding {
	f.Step = st.ID
	return steps.Weigh(st.Allow, f)
}

// findings asks every step for dangers before the first write; refused says that one of them is an error.
func (s *session) findings(ctx context.Context) (refused bool, err error) {
	tell := func(found []event.Finding) {
		for _, one := range s.judged(found) {
			s.Emit(one)
			refused = refused || one.Severity == "error" && one.Allowed == ""
		}
	}
	tell(s.Runbook.FindingsOfRegistries())
	for i := range s.Runbook.Steps {
		st := &s.Runbook.Steps[i]
		found, err := s.find(ctx, st, s.env(st, &state.Step{ID: st.ID}, nil))
		if err != nil {
			return refused, err
		}
		tell(found)
	}
	return refused, nil
}

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
	live := map[string]bool{}
	for _, c := range event.Codes() {
		live[c.Code] = c.Live && c.Code != event.Unused
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
