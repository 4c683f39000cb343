package engine

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/planted"
	"github.com/srmigrate/srmigrate/internal/registry"
	"github.com/srmigrate/srmigrate/internal/state"
	"github.com/srmigrate/srmigrate/steps"
)

// RollbackOptions are the choices of `rollback`.
type RollbackOptions struct {
	PastNoReturn bool // also undo what stands before a point of no return
	Wait         bool // for answers, instead of ending
	DryRun       bool // only tell what would be undone
	// Confirm asks whoever sits at the terminal before a rollback begins; nil: it is meant.
	Confirm func(question string) bool
	// MaxDuration is how long the call may take, see RunOptions.
	MaxDuration time.Duration
}

// errOutOfTime is the cause with which rollbackTimeout ends a rollback.
var errOutOfTime = errors.New("out of time")

// Rollback puts back what the last run did, from wherever it stands.
func (x *Engine) Rollback(ctx context.Context, o RollbackOptions) Result {
	ctx, cancel := deadline(ctx, o.MaxDuration, &timeUp{o.MaxDuration})
	defer cancel()
	if err := x.present("roll back"); err != nil {
		return refusal(err)
	}
	return x.locked("rollback", func(s *session) Result {
		s.because, s.wait = "it was asked for", o.Wait
		if o.PastNoReturn {
			s.flags = []string{"--past-no-return"}
		}
		if o.Wait {
			s.flags = append(s.flags, "--wait")
		}
		s.flags = append(s.flags, lasting(o.MaxDuration)...)
		run := s.state.Run
		if run == nil {
			return refusal(x.present("roll back")) // it went between two looks
		}
		switch run.Status {
		case state.RolledBack:
			s.showKept()
			return s.end(ending{exit: OK, reason: "nothing left to undo: run " + run.ID + " was rolled back"}, nil)
		case state.RollingBack, state.RollbackIncomplete:
			if !o.PastNoReturn || run.Keeps == 0 {
				o.Confirm = nil // it was decided when it began
				if res, ok := s.preview(ctx, o, run.Open()); !ok {
					return res
				}
				return s.finishRollback(ctx, OK)
			}
		}
		return s.undoRun(ctx, o)
	})
}

// undoRun begins a rollback that a person asked for.
func (s *session) undoRun(ctx context.Context, o RollbackOptions) Result {
	if err := s.given(); err != nil {
		return refusal(err)
	}
	from := 0
	if !o.PastNoReturn {
		from = s.afterNoReturn()
	}
	list := undoList(s.state.Run, from)
	s.state.Run.Keeps = 0
	if len(undoList(s.state.Run, 0)) > len(list) {
		s.state.Run.Keeps = from
	}
	if s.state.Run.Keeps > 0 && len(list) == 0 {
		return s.allBehind(ctx)
	}
	if text := s.crossed(o); text != "" {
		s.Emit(event.StepWarning{ID: s.closedBy(), Text: text})
	}
	if res, ok := s.preview(ctx, o, list); !ok {
		return res
	}
	if err := s.reachable(ctx); err != nil {
		return s.turnedAway(ctx, err)
	}
	for _, name := range s.silent() {
		if e, ok := errors.AsType[*registry.Error](s.unknown[name]); ok && e.Status == http.StatusUnauthorized { // so would all be that is to be done there
			return s.turnedAway(ctx, s.unasked(name, s.unknown[name]))
		}
	}
	return s.beginRollback(ctx, list, OK)
}

// allBehind ends a rollback that would have to go past a point of no return.
func (s *session) allBehind(ctx context.Context) Result {
	past := s.Command("rollback", "--past-no-return")
	s.listOpen(ctx, undoList(s.state.Run, 0), past)
	return s.end(ending{
		exit: RollbackIncomplete, result: "not undone", reason: "nothing was undone: everything lies before the point of no return " + s.closedBy(),
		next: past,
	}, nil)
}

// afterNoReturn is the index of the first begun step that an unforced rollback may undo.
func (s *session) afterNoReturn() int {
	from := 0
	for i, e := range s.state.Run.Steps {
		if e.NoReturn {
			from = i + 1
		}
	}
	return from
}

// beginRollback saves the whole list first, so that whoever continues it has the same one.
func (s *session) beginRollback(ctx context.Context, list []*state.Step, done Exit) Result {
	run := s.state.Run
	run.Undo, run.Replacing = list, ""
	for _, e := range run.Steps {
		s.withdraw(e, "the run is rolled back")
	}
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
	if s.because == "" {
		s.because = "an earlier call began it"
		if f := s.state.Run.Failure; f != nil {
			s.because = "step " + f.Step + " failed"
		}
	}
	if s.state.Run.Status == state.RollbackIncomplete {
		askAnew(s.state.Run.Undo)
	}
	if err := s.as(state.RollingBack); err != nil {
		return s.unsaved(err)
	}
	return s.rollback(ctx, done, true)
}

func (s *session) rollback(ctx context.Context, done Exit, resumed bool) Result {
	s.Emit(event.RollbackStarted{Because: s.because, Steps: len(s.state.Run.Undo), Resumed: resumed})
	s.tellMovedVars(s.moved()) // what is undone is undone as it was armed
	if resumed && planted.Is(planted.RollbackSkipped) {
		return s.end(ending{exit: done, reason: s.because}, s.as(state.RolledBack))
	}
	if err := s.undoAll(ctx); err != nil {
		return s.halted(ctx, err)
	}
	return s.endRollback(ctx, done)
}

// halted ends a call in the middle of undoing.
func (s *session) halted(ctx context.Context, err error) Result {
	if interrupted(ctx) {
		return s.interrupt(ctx)
	}
	if _, bad := errors.AsType[*state.Error](err); !bad && errors.Is(err, steps.ErrWaiting) {
		return s.rest()
	}
	return s.refused(err)
}

// refused ends a call whose state cannot be kept, or is of other registries.
func (s *session) refused(err error) Result {
	if e, ok := errors.AsType[*state.Error](err); ok && e.Err == nil {
		return refusal(err)
	}
	return s.unsaved(err)
}

// endRollback says how it ended, what stays on purpose and what is open.
func (s *session) endRollback(ctx context.Context, done Exit) Result {
	run := s.state.Run
	s.takeStock(ctx)
	if (len(run.Open()) > 0 || s.anyLost()) && !planted.Is(planted.FailedUndoHides) {
		return s.incomplete()
	}
	run.Kept = append(run.Kept, s.accepted()...)
	run.Kept = append(run.Kept, s.left(ctx, run.Steps[run.Keeps:])...)
	s.takeStock(ctx) // once more: what was just counted may have been lost meanwhile
	switch {
	case interrupted(ctx):
		run.Kept = nil // counted again when the rollback goes on
		return s.interrupt(ctx)
	case s.anyLost():
		run.Kept = nil
		return s.incomplete()
	}
	s.showKept()
	if run.Keeps > 0 {
		return s.backToNoReturn(ctx)
	}
	end := ending{exit: done, reason: s.because + s.acceptedSo()}
	if done == RolledBack {
		end.next = s.afresh()
	}
	return s.end(end, s.as(state.RolledBack))
}

// backToNoReturn ends a rollback that undid only what came after a point of no return: from there the run can go on,
// or be undone altogether.
func (s *session) backToNoReturn(ctx context.Context) Result {
	run := s.state.Run
	run.Steps, run.Undo, run.Keeps, run.Failure = run.Steps[:run.Keeps], nil, 0, nil
	err := s.as(state.Failed)
	past := s.Command("rollback", "--past-no-return")
	s.listOpen(ctx, undoList(s.state.Run, 0), past)
	return s.end(ending{
		exit: RollbackIncomplete, reason: "undone only as far as the point of no return " + s.closedBy(), next: past,
	}, err)
}

func (s *session) incomplete() Result {
	err := s.as(state.RollbackIncomplete)
	s.showOpen()
	return s.end(ending{exit: RollbackIncomplete, reason: s.because, next: s.Command("rollback")}, err)
}

// glance bounds the looks that only explain how a run ended.
func glance(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, time.Minute)
}
