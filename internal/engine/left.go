package engine

import (
	"context"

	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/state"
	"github.com/srmigrate/srmigrate/runbook"
	"github.com/srmigrate/srmigrate/steps"
)

// left names what stays in place after a rollback of these steps.
func (s *session) left(ctx context.Context, list []*state.Step) []state.Leftover {
	ctx, cancel := glance(ctx)
	defer cancel()
	var kept []state.Leftover
	for _, e := range list {
		if !e.Intent {
			continue
		}
		st, err := s.begunStep(e)
		if err != nil {
			kept = append(kept, state.Leftover{Step: e.ID, Text: "what it added is not known: " + err.Error()})
			continue
		}
		if _, ok := st.Step.(steps.Recorder); ok && e.Status == state.StepSucceeded && len(e.Rollback) == 0 {
			kept = append(kept, state.Leftover{Step: e.ID, Text: st.Step.Describe() + ": not undone, it has no rollback"})
		}
		if l, ok := st.Step.(steps.Leaver); ok {
			for _, added := range s.added(ctx, l, st, e) {
				kept = append(kept, state.Leftover{Step: e.ID, Text: added.What + "; they stay: " + added.Then})
			}
		}
	}
	return kept
}

// added asks a step what it added; that it cannot tell is an answer too.
func (s *session) added(ctx context.Context, l steps.Leaver, st *runbook.Step, e *state.Step) []steps.Leftover {
	list, err := guarded(func() ([]steps.Leftover, error) { return l.Left(ctx, s.env(st, e, nil)) })
	if err != nil {
		return []steps.Leftover{{What: "what it added cannot be counted: " + s.Redact(err.Error()), Then: "look at the registry before the next run"}}
	}
	return list
}

// showKept tells what a rollback has left, from the state alone.
func (s *session) showKept() {
	for _, k := range s.state.Run.Kept {
		s.Emit(event.Kept{Step: k.Step, Text: k.Text})
	}
}

// showOpen lists what a rollback could not do, from the state alone.
func (s *session) showOpen() {
	for _, e := range s.state.Run.Undo {
		if !e.Finished() {
			s.Emit(event.Open{ID: e.ID, Text: e.Error, Commands: e.ByHand})
		}
	}
}
