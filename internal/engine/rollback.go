package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/state"
	"github.com/srmigrate/srmigrate/runbook"
	"github.com/srmigrate/srmigrate/steps"
)

// RollbackOptions are the choices of `rollback`.
type RollbackOptions struct {
	PastNoReturn bool // also undo what stands before a point of no return
}

// errOutOfTime is the cause with which rollbackTimeout ends a rollback.
var errOutOfTime = errors.New("out of time")

// Rollback puts back what the last run did, from wherever it stands.
func (x *Engine) Rollback(ctx context.Context, o RollbackOptions) Result {
	return x.locked(func(s *session) Result {
		run := s.state.Run
		if run == nil {
			return refusal(&state.Error{Path: x.Store.Path(), Text: "does not exist, so there is nothing to roll back; " +
				"if an earlier job kept it elsewhere, name it with --state"})
		}
		switch run.Status {
		case state.RolledBack:
			return s.end(ending{exit: OK, reason: "nothing left to undo: run " + run.ID + " was rolled back"}, nil)
		case state.RollingBack:
			return s.finishRollback(ctx, OK)
		case state.RollbackIncomplete:
			return s.finishRollback(ctx, OK)
		default:
			return s.undoRun(ctx, o)
		}
	})
}

// undoRun begins a rollback that a person asked for.
func (s *session) undoRun(ctx context.Context, o RollbackOptions) Result {
	if err := s.reachable(ctx); err != nil {
		return s.turnedAway(ctx, err)
	}
	from := 0
	if !o.PastNoReturn {
		from = s.afterNoReturn()
	}
	list := undoList(s.state.Run, from)
	if from > 0 && len(list) == 0 {
		past := s.Command("rollback", "--past-no-return")
		s.listOpen(ctx, past)
		return s.end(ending{
			exit: RollbackIncomplete, reason: "nothing was undone: everything lies before the point of no return " + s.closedBy(),
			next: past,
		}, nil)
	}
	s.state.Run.Keeps = 0
	if len(undoList(s.state.Run, 0)) > len(list) {
		s.state.Run.Keeps = from
	}
	return s.beginRollback(ctx, list, OK)
}

// afterNoReturn is the index of the first begun step that an unforced rollback may undo.
func (s *session) afterNoReturn() int {
	from := 0
	for i, e := range s.state.Run.Steps {
		if e.NoReturn && e.Intent {
			from = i + 1
		}
	}
	return from
}

// beginRollback saves the whole list first, so that whoever continues it has the same one.
func (s *session) beginRollback(ctx context.Context, list []*state.Step, done Exit) Result {
	run := s.state.Run
	run.Undo, run.Replacing = list, ""
	if err := s.as(state.RollingBack); err != nil {
		return s.unsaved(err)
	}
	return s.rollback(ctx, done, false)
}

// finishRollback goes on with a rollback that was cut short or left items open.
func (s *session) finishRollback(ctx context.Context, done Exit) Result {
	if err := s.reachable(ctx); err != nil {
		return s.turnedAway(ctx, err)
	}
	if err := s.as(state.RollingBack); err != nil {
		return s.unsaved(err)
	}
	return s.rollback(ctx, done, true)
}

func (s *session) rollback(ctx context.Context, done Exit, resumed bool) Result {
	run := s.state.Run
	because := "it was asked for"
	if run.Failure != nil {
		because = "step " + run.Failure.Step + " failed"
	}
	s.Emit(event.RollbackStarted{Because: because, Steps: len(run.Undo), Resumed: resumed})
	if err := s.undoAll(ctx); err != nil {
		if interrupted(ctx) {
			return s.interrupt()
		}
		return s.unsaved(err)
	}
	return s.endRollback(ctx, done, because)
}

// undoAll works through the list; the error is of the state, or the interruption.
func (s *session) undoAll(ctx context.Context) error {
	within, cancel := context.WithTimeoutCause(ctx, s.Runbook.RollbackTimeout, errOutOfTime)
	defer cancel()
	held := map[string]string{} // registry → the failed undo step that its modes wait for
	for i, e := range s.state.Run.Undo {
		if e.Finished() {
			continue
		}
		if interrupted(ctx) {
			return ErrInterrupted
		}
		err := s.undoOne(within, i, e, held)
		if _, ok := errors.AsType[*state.Error](err); ok || err != nil && interrupted(ctx) {
			return err
		}
	}
	return nil
}

// undoOne runs one entry. A failure is kept in the entry and holds back those that depend on it.
func (s *session) undoOne(ctx context.Context, i int, e *state.Step, held map[string]string) error {
	st, err := s.undoStep(e)
	if err != nil {
		return s.leave(e, state.StepFailed, err.Error())
	}
	if w, ok := st.Step.(steps.Waiter); ok {
		for _, name := range w.Waits() {
			if by := held[name]; by != "" {
				return s.leave(e, state.StepBlocked, fmt.Sprintf("%s: waits for %s, which failed", st.Step.Describe(), by))
			}
		}
	}
	env := s.env(st, e, nil)
	if m, ok := st.Step.(steps.Mooter); ok && m.Moot(env, s.later(i)) {
		return s.moot(e)
	}
	if ctx.Err() != nil {
		return s.leave(e, state.StepFailed, fmt.Sprintf("%s: the rollback's timeout of %s passed before it", st.Step.Describe(), s.Runbook.RollbackTimeout))
	}
	err = s.perform(ctx, st, e)
	if err == nil || interrupted(ctx) {
		return err
	}
	if h, ok := st.Step.(steps.Holder); ok {
		for _, name := range h.Holds(env) {
			held[name] = e.ID
		}
	}
	return s.byHand(ctx, st.Step, e, env, err)
}

// leave keeps an entry open.
func (s *session) leave(e *state.Step, status state.StepStatus, text string) error {
	e.Status, e.Error = status, text
	s.Emit(event.StepFailed{ID: e.ID, Text: text, Undoes: e.Undoes})
	return s.save()
}

// moot drops an entry that a later one makes needless.
func (s *session) moot(e *state.Step) error {
	e.Status = state.StepSkipped
	s.Emit(event.StepSkipped{ID: e.ID, Text: "needless: a later step of this rollback removes the exporter", Undoes: e.Undoes})
	return s.save()
}

// byHand keeps with a failed entry what a person would type.
func (s *session) byHand(ctx context.Context, st steps.Step, e *state.Step, env *steps.Env, err error) error {
	h, ok := st.(steps.ByHander)
	if !ok {
		return err
	}
	ctx, cancel := glance(context.WithoutCancel(ctx))
	defer cancel()
	e.ByHand = h.ByHand(ctx, env)
	return errors.Join(err, s.save())
}

// endRollback says how it ended, what stays on purpose and what is open.
func (s *session) endRollback(ctx context.Context, done Exit, because string) Result {
	for _, e := range s.state.Run.Undo {
		if !e.Finished() {
			return s.incomplete(because)
		}
	}
	if s.state.Run.Keeps > 0 {
		return s.backToNoReturn(ctx)
	}
	s.left(ctx)
	err := s.as(state.RolledBack)
	end := ending{exit: done, reason: because}
	if done == RolledBack {
		end.next = s.Command("run", "--restart")
	}
	return s.end(end, err)
}

// backToNoReturn ends a rollback that undid only what came after a point of no return: from there the run can go on,
// or be undone altogether.
func (s *session) backToNoReturn(ctx context.Context) Result {
	run := s.state.Run
	run.Steps, run.Undo, run.Keeps = run.Steps[:run.Keeps], nil, 0
	run.Failure = &state.Failure{Step: s.closedBy(), Error: "rolled back to this point of no return, not past it"}
	err := s.as(state.Failed)
	past := s.Command("rollback", "--past-no-return")
	s.listOpen(ctx, past)
	return s.end(ending{
		exit: RollbackIncomplete, reason: "undone only as far as the point of no return " + s.closedBy(), next: past,
	}, err)
}

func (s *session) incomplete(because string) Result {
	err := s.as(state.RollbackIncomplete)
	for _, e := range s.state.Run.Undo {
		if !e.Finished() {
			s.Emit(event.Open{ID: e.ID, Text: e.Error, Commands: e.ByHand})
		}
	}
	return s.end(ending{exit: RollbackIncomplete, reason: because, next: s.Command("rollback")}, err)
}

// glance bounds the looks that only explain how a run ended.
func glance(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, time.Minute)
}

// left names what stays in place after a rollback.
func (s *session) left(ctx context.Context) {
	ctx, cancel := glance(ctx)
	defer cancel()
	for _, e := range s.state.Run.Steps {
		st, err := s.begunStep(e)
		if err != nil || !e.Intent {
			continue // its definition is gone; there is nothing to ask
		}
		if _, ok := st.Step.(steps.Recorder); ok && len(e.Rollback) == 0 {
			s.Emit(event.Kept{Step: e.ID, Text: st.Step.Describe() + ": not undone, it has no rollback"})
		}
		l, ok := st.Step.(steps.Leaver)
		if !ok {
			continue
		}
		for _, added := range s.added(ctx, l, st, e) {
			s.Emit(event.Kept{Step: e.ID, Text: added.What + "; they stay: " + added.Then})
		}
	}
}

// added asks a step what it added; that it cannot tell is an answer too.
func (s *session) added(ctx context.Context, l steps.Leaver, st *runbook.Step, e *state.Step) []steps.Leftover {
	list, err := l.Left(ctx, s.env(st, e, nil))
	if err != nil {
		return []steps.Leftover{{What: "what it added cannot be counted: " + err.Error(), Then: "look at the registry before the next run"}}
	}
	return list
}
