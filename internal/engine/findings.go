package engine

import (
	"context"

	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/state"
	"github.com/srmigrate/srmigrate/steps"
)

// findings asks every step for dangers before the first write; refused says that one of them is an error.
func (s *session) findings(ctx context.Context) (refused bool, err error) {
	for i := range s.Runbook.Steps {
		st := &s.Runbook.Steps[i]
		f, ok := st.Step.(steps.Finder)
		if !ok {
			continue
		}
		found, err := guarded(func() ([]event.Finding, error) { return f.Find(ctx, s.env(st, &state.Step{ID: st.ID}, nil)) })
		if err != nil {
			return refused, err
		}
		for _, one := range found {
			one.Step = st.ID
			s.Emit(one)
			refused = refused || one.Severity == "error"
		}
	}
	return refused, nil
}
