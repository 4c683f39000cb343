package engine

import (
	"context"
	"fmt"
	"strings"

	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/state"
	"github.com/srmigrate/srmigrate/runbook"
	"github.com/srmigrate/srmigrate/steps"
)

// weighed is a finding with what the runbook says to it.
func weighed(st *runbook.Step, f event.Finding) event.Finding {
	f.Step = st.ID
	c, ok := steps.Consents(st.Allow, f)
	switch {
	case ok:
		f.Allowed = c.Because
	case c.Code != "":
		f.Remedy = strings.TrimSuffix(fmt.Sprintf("the step allows at most %d of these, and there are %d; %s", c.AtMost, max(f.Count, 1), f.Remedy), "; ")
	}
	return f
}

// findings asks every step for dangers before the first write; refused says that one of them is an error.
func (s *session) findings(ctx context.Context) (refused bool, err error) {
	for i := range s.Runbook.Steps {
		st := &s.Runbook.Steps[i]
		found, err := s.find(ctx, st, s.env(st, &state.Step{ID: st.ID}, nil))
		if err != nil {
			return refused, err
		}
		for _, one := range found {
			s.Emit(one)
			refused = refused || one.Severity == "error" && one.Allowed == ""
		}
	}
	return refused, nil
}

// find asks one step, and weighs what it finds.
func (s *session) find(ctx context.Context, st *runbook.Step, env *steps.Env) ([]event.Finding, error) {
	f, ok := st.Step.(steps.Finder)
	if !ok {
		return nil, nil
	}
	found, err := guarded(func() ([]event.Finding, error) { return f.Find(ctx, env) })
	for i := range found {
		found[i] = weighed(st, found[i])
	}
	return found, err
}
