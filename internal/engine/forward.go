package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/planted"
	"github.com/srmigrate/srmigrate/internal/state"
	"github.com/srmigrate/srmigrate/runbook"
	"github.com/srmigrate/srmigrate/steps"
)

// StepError says where in the runbook a step stands that failed.
type StepError struct {
	File     string
	Line     int // 0 for a step that the file does not have any more
	ID, Type string
	Attempt  int
	Err      error
}

func (e *StepError) Error() string {
	at := e.File
	if e.Line > 0 {
		at += fmt.Sprintf(":%d", e.Line)
	}
	return fmt.Sprintf("%s: step %s (%s) failed (attempt %d): %v", at, e.ID, e.Type, e.Attempt, e.Err)
}

func (e *StepError) Unwrap() error { return e.Err }

// forward runs the steps that are not finished, in order.
func (s *session) forward(ctx context.Context) Result {
	within, cancel := s.bounded(ctx)
	defer cancel()
	for i := range s.Runbook.Steps {
		st := &s.Runbook.Steps[i]
		e := s.begun(st)
		if e.Finished() {
			continue
		}
		if interrupted(ctx) {
			return s.interrupt(ctx)
		}
		if closed(within) {
			return s.miss(ctx, e)
		}
		if err := s.through(within, st, e); err != nil {
			if res, stop := s.failed(ctx, within, st, e, err); stop {
				return res
			}
		}
	}
	return s.succeed(ctx)
}

// begun returns the state of a step, a new one where the step is pending.
func (s *session) begun(st *runbook.Step) *state.Step {
	run := s.state.Run
	e := run.Step(st.ID)
	if e == nil {
		e = &state.Step{ID: st.ID, Status: state.StepPending}
		run.Steps = append(run.Steps, e)
	}
	if !e.Intent {
		if e.Digest != st.Digest {
			e.When = nil // of another condition
		}
		e.Type, e.Digest, e.Rollback = st.Type, st.Digest, armed(st)
		e.Freezes, e.Touches = consequences(st)
	}
	return e
}

// consequences is what the order of a rollback depends on.
func consequences(st *runbook.Step) (freezes string, touches []string) {
	if f, ok := st.Step.(steps.Freezer); ok {
		freezes = f.Freezes()
	}
	for _, u := range st.Rollback {
		if w, ok := u.Step.(steps.Waiter); ok {
			touches = append(touches, w.Waits()...)
		}
	}
	return freezes, touches
}

// armed writes down the undo list of a step, for a run that finds the runbook changed.
func armed(st *runbook.Step) []state.Armed {
	var list []state.Armed
	for _, u := range st.Rollback {
		list = append(list, state.Armed{ID: u.ID, Type: u.Type, Params: encode(u.Step), Late: u.Late})
	}
	return list
}

// failed decides what a failed step means for the run; stop is false when the run goes on. The step had until within ends.
func (s *session) failed(ctx, within context.Context, st *runbook.Step, e *state.Step, err error) (res Result, stop bool) {
	if _, ok := errors.AsType[*state.Error](err); ok {
		return s.refused(err), true
	}
	if interrupted(ctx) && !planted.Is(planted.SignalIsFailure) {
		return s.interrupt(ctx), true
	}
	if closed(within) {
		return s.miss(ctx, e), true
	}
	if errors.Is(err, steps.ErrWaiting) {
		return s.rest(), true
	}
	if st.OnFailure == runbook.Continue {
		e.Tolerated = true
		if err := s.save(); err != nil {
			return s.unsaved(err), true
		}
		return Result{}, false
	}
	s.state.Run.Failure = &state.Failure{Step: e.ID, Error: e.Error}
	if st.OnFailure == runbook.Rollback && s.closedBy() == "" && !s.keep {
		s.because = "step " + e.ID + " failed"
		return s.beginRollback(ctx, undoList(s.state.Run, 0), RolledBack), true
	}
	return s.stop(ctx, e.ID+" failed"), true
}

// stop ends the run failed, with its changes in place, and lists what is open.
func (s *session) stop(ctx context.Context, reason string) Result {
	err := s.as(state.Failed)
	undo := s.Command("rollback")
	if by := s.closedBy(); by != "" {
		reason += ", behind the point of no return " + by
		undo = s.Command("rollback", "--past-no-return")
	}
	s.listOpen(ctx, undoList(s.state.Run, 0), undo)
	return s.end(ending{exit: Failed, reason: reason, next: s.anew()}, err)
}

// anew is the command that goes on with a run that stopped, in the way in which this call would have.
func (s *session) anew() string {
	if s.keep {
		return s.Command("run", "--no-rollback")
	}
	return s.Command("run")
}

// closedBy names the last step behind which no automatic rollback goes, "" when there is none.
func (s *session) closedBy() string {
	id := ""
	for _, e := range s.state.Run.Steps {
		if e.NoReturn && !planted.Is(planted.NoReturnIgnored) {
			id = e.ID
		}
	}
	return id
}

// listOpen shows what an undo would have to do, step by step, as the registries stand now.
func (s *session) listOpen(ctx context.Context, list []*state.Step, undo string) {
	ctx, cancel := glance(ctx)
	defer cancel()
	for _, e := range list {
		st, err := s.undoStep(e)
		if err != nil {
			s.Emit(event.Open{ID: e.ID, Text: err.Error()})
			continue
		}
		if _, asks := st.Step.(steps.Asker); asks {
			continue // a question is nothing that is left undone
		}
		status, err := guarded(func() (steps.Status, error) { return st.Step.Probe(ctx, s.env(st, e, nil)) })
		switch {
		case err != nil:
			s.Emit(event.Open{ID: e.ID, Text: fmt.Sprintf("%s (cannot be looked at: %v)", st.Step.Describe(), err), Commands: []string{undo}})
		case status.Left != steps.Done:
			s.Emit(event.Open{ID: e.ID, Text: open(st.Step, status), Commands: []string{undo}})
		}
	}
}

func number(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func open(st steps.Step, status steps.Status) string {
	text := st.Describe()
	if status.Now != "" {
		text += " (now " + status.Now + ")"
	}
	return text
}

// succeed ends the run well. That it has succeeded and what proves it are one save: whoever dies before it concludes
// again, and no run has succeeded without its proof.
func (s *session) succeed(ctx context.Context) Result {
	run := s.state.Run
	run.Proof, run.Moved = s.conclude(ctx)
	if err := s.as(state.Succeeded); err != nil {
		return s.unsaved(err)
	}
	return s.end(ending{exit: OK, reason: number(len(s.Runbook.Steps), "step"), proof: run.Proof, moved: run.Moved}, nil)
}
