package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"

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
			if e.Record != nil {
				kept = append(kept, state.Leftover{Step: e.ID, Text: "what it added is not known: " + err.Error()})
			}
			continue
		}
		kept = append(kept, s.notUndone(ctx, st, e)...)
		if l, ok := st.Step.(steps.Leaver); ok {
			for _, added := range s.added(ctx, l, st, e) {
				kept = append(kept, state.Leftover{Step: e.ID, Text: added.What + "; they stay: " + added.Then})
			}
		}
	}
	return kept
}

// accepted names what a person took over as it is.
func (s *session) accepted() []state.Leftover {
	var kept []state.Leftover
	for _, e := range s.state.Run.Undo {
		if w := e.Accepted; w != nil {
			kept = append(kept, state.Leftover{Step: e.Undoes, Text: fmt.Sprintf("%s was accepted as it is by %s: %s", e.ID, w.By, w.Because)})
		}
	}
	return kept
}

// acceptedSo says in the result that not everything is as before; "" where it is.
func (s *session) acceptedSo() string {
	var ids []string
	for _, e := range s.state.Run.Undo {
		if e.Accepted != nil {
			ids = append(ids, e.ID)
		}
	}
	if len(ids) == 0 {
		return ""
	}
	return fmt.Sprintf("; but for %s, which somebody has accepted as it is", strings.Join(ids, ", "))
}

// notUndone says what the rollback of a step, written by hand or left out, has not put back. The automatic one leaves
// nothing, or it is open.
func (s *session) notUndone(ctx context.Context, st *runbook.Step, e *state.Step) []state.Leftover {
	u, ok := st.Step.(steps.Undoer)
	if !ok {
		if _, effect := st.Step.(steps.Recorder); effect && e.Status == state.StepSucceeded && len(e.Rollback) == 0 {
			return []state.Leftover{{Step: e.ID, Text: st.Step.Describe() + ": not undone, it has no rollback"}}
		}
		return nil
	}
	auto := u.Undo(e.ID)
	if isArmed(e, auto) {
		return nil
	}
	var kept []state.Leftover
	for _, sp := range auto {
		undo, err := s.restore(sp.Type, sp.Params)
		if err != nil {
			continue // it was made from a step of its own type
		}
		entry := &state.Step{ID: e.ID + ".left", Undoes: e.ID}
		status, err := guarded(func() (steps.Status, error) { return undo.Probe(ctx, s.env(st, entry, nil)) })
		switch {
		case err != nil:
			kept = append(kept, state.Leftover{Step: e.ID, Text: s.Redact("cannot be looked at: " + undo.Describe() + ": " + err.Error())})
		case status.Left != steps.Done:
			kept = append(kept, state.Leftover{Step: e.ID, Text: "not undone by the runbook's rollback: " + open(undo, status)})
		}
	}
	return kept
}

// isArmed says whether the step's rollback was the automatic one.
func isArmed(e *state.Step, auto []steps.Spec) bool {
	return slices.EqualFunc(e.Rollback, auto, func(a state.Armed, sp steps.Spec) bool { return a.Type == sp.Type })
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

// showOpen lists what a rollback could not do, from the state alone. What nobody could do by hand a later rollback may.
func (s *session) showOpen() {
	s.showLost()
	for _, e := range s.state.Run.Open() {
		commands := e.ByHand
		if len(commands) == 0 {
			commands = []string{s.Command("rollback")}
		}
		s.Emit(event.Open{ID: e.ID, Text: e.Error, Commands: commands})
	}
}
