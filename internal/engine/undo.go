package engine

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/planted"
	"github.com/srmigrate/srmigrate/internal/state"
	"github.com/srmigrate/srmigrate/runbook"
	"github.com/srmigrate/srmigrate/steps"
)

// undoList is what puts back the begun steps from index from on: last step first, each list from top to bottom, but a
// freeze that clients suffer under before everything else.
func undoList(run *state.Run, from int) []*state.Step {
	var first, rest []*state.Step
	for i := len(run.Steps) - 1; i >= from; i-- {
		e := run.Steps[i]
		list := entries(e)
		if e.Freezes != "" && !touchedLater(run.Steps[i+1:], e) {
			first = append(first, list...)
		} else {
			rest = append(rest, list...)
		}
	}
	if planted.Is(planted.OrderForward) {
		slices.Reverse(rest)
	}
	return append(first, rest...)
}

func entries(e *state.Step) []*state.Step {
	if !e.Intent {
		return nil // nothing of it has left
	}
	var list []*state.Step
	for _, a := range e.Rollback {
		list = append(list, &state.Step{
			ID: a.ID, Type: a.Type, Params: a.Params, Late: a.Late, Status: state.StepPending, Undoes: e.ID,
		})
	}
	return list
}

// touchedLater says whether a later step changed modes of the registry that e froze: then the order of undoing
// matters more than the clients' wait.
func touchedLater(later []*state.Step, e *state.Step) bool {
	return slices.ContainsFunc(later, func(l *state.Step) bool {
		return l.Intent && slices.Contains(l.Touches, e.Freezes)
	})
}

// later are the steps that the rollback runs after entry i.
func (s *session) later(i int) []steps.Step {
	var list []steps.Step
	for _, e := range s.state.Run.Undo[i+1:] {
		if st, err := s.undoStep(e); err == nil {
			list = append(list, st.Step)
		}
	}
	return list
}

// undoStep makes the step of an entry: as the runbook has it, or, when the runbook has moved on, as it was armed.
func (s *session) undoStep(e *state.Step) (*runbook.Step, error) {
	begun := s.state.Run.Step(e.Undoes)
	if st := stepOf(s.Runbook, e.Undoes); st != nil && begun != nil && st.Digest == begun.Digest {
		for i := range st.Rollback {
			if st.Rollback[i].ID == e.ID {
				return &st.Rollback[i], nil
			}
		}
	}
	return s.restored(e)
}

// begunStep makes a begun step from the runbook.
func (s *session) begunStep(e *state.Step) (*runbook.Step, error) {
	if st := stepOf(s.Runbook, e.ID); st != nil && st.Digest == e.Digest {
		return st, nil
	}
	return nil, fmt.Errorf("%s has changed step %s since it was done", s.Runbook.File, e.ID)
}

// restored makes a step from its parameters in the state.
func (s *session) restored(e *state.Step) (*runbook.Step, error) {
	if bytes.Contains(e.Params, []byte("[redacted]")) {
		return nil, fmt.Errorf("its definition is not in %s any more, and its secrets are not kept in the state; "+
			"put the step back in the runbook as it was", s.Runbook.File)
	}
	st, err := s.restore(e.Type, e.Params)
	if err != nil {
		return nil, fmt.Errorf("its definition in the state is not usable: %w", err)
	}
	timeout := s.Runbook.RollbackTimeout
	if _, asks := st.(steps.Asker); asks {
		timeout = 0 // what it was is not known any more
	}
	made := runbook.Step{ID: e.ID, Type: e.Type, Step: st, Retry: s.Runbook.Retry, Timeout: timeout}
	return runbook.Rearmed(made, e.Params, e.Late), nil
}

// reopen lets a point of no return that failed be tried again under a new definition. Nothing is undone for that, so
// what the old one left is listed; the point stays closed.
func (s *session) reopen(ctx context.Context, e *state.Step) (Result, bool) {
	s.Emit(event.StepWarning{ID: e.ID, Text: "its definition has changed since it was begun; as a point of no return it is not undone first"})
	s.listOpen(ctx, entries(e), s.Command("rollback", "--past-no-return"))
	*e = state.Step{ID: e.ID, Type: e.Type, Status: state.StepPending, NoReturn: true}
	if err := s.save(); err != nil {
		return s.unsaved(err), false
	}
	return Result{}, true
}

// replace undoes what the old definition of a changed step left, so that the new one starts from nothing.
func (s *session) replace(ctx context.Context, e *state.Step) (Result, bool) {
	if e.NoReturn {
		return s.reopen(ctx, e)
	}
	s.withdraw(e, "its definition has changed")
	run := s.state.Run
	askAnew(run.Undo)
	if run.Replacing != e.ID {
		run.Undo, run.Replacing = entries(e), e.ID
		if err := s.save(); err != nil {
			return s.unsaved(err), false
		}
	}
	if len(run.Undo) > 0 {
		s.Emit(event.RollbackStarted{Because: "the definition of step " + e.ID + " has changed", Steps: len(run.Undo)})
	}
	if err := s.undoAll(ctx); err != nil {
		return s.halted(ctx, err), false
	}
	if open := run.Open(); len(open) > 0 {
		run.Failure = &state.Failure{Step: e.ID, Error: "what its old definition left cannot be undone: " + open[0].Error}
		return s.stop(ctx, e.ID+" failed"), false
	}
	run.Steps = slices.DeleteFunc(run.Steps, func(b *state.Step) bool { return b == e })
	run.Undo, run.Replacing = nil, ""
	if err := s.save(); err != nil {
		return s.unsaved(err), false
	}
	return Result{}, true
}
