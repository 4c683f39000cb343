package engine

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/objects"
	"github.com/srmigrate/srmigrate/internal/state"
	"github.com/srmigrate/srmigrate/runbook"
	"github.com/srmigrate/srmigrate/steps"
)

// pollEvery is how often a call that waits for an answer looks for it.
const pollEvery = time.Second

// through performs a step, and again after every answer that this call has waited for.
func (s *session) through(ctx context.Context, st *runbook.Step, e *state.Step) error {
	for {
		err := s.perform(ctx, st, e)
		if !errors.Is(err, steps.ErrWaiting) {
			return err
		}
		if again, aerr := s.attend(ctx, st, e); !again {
			return cmp.Or(aerr, err)
		}
	}
}

// attend saves that the run waits at e and says so. It returns true when there may be an answer during this call.
func (s *session) attend(ctx context.Context, st *runbook.Step, e *state.Step) (again bool, err error) {
	before := s.state.Run.Status
	if before != state.RollingBack {
		s.state.Run.Status = state.Waiting
	}
	if err := s.save(); err != nil {
		return false, err
	}
	s.Emit(s.waitingAt(st, e))
	switch {
	case s.wait:
		again = s.poll(ctx, st, e)
	case s.Prompt != nil:
		again, err = s.prompt(ctx, st, e)
	}
	if again {
		s.state.Run.Status = before
	}
	return again, err
}

func (s *session) waitingAt(st *runbook.Step, e *state.Step) event.StepWaiting {
	w := event.StepWaiting{ID: e.ID, Text: e.Asked.Message, Otherwise: s.ifRefused(st, e).Text, Here: s.Prompt != nil && !s.wait, Commands: []string{
		s.Command(steps.Approving, e.ID, "--by", "WHO"), s.Command(steps.Rejecting, e.ID, "--by", "WHO"),
	}}
	if !e.Asked.Until.IsZero() {
		w.Left = max(time.Until(e.Asked.Until), time.Second)
	}
	return w
}

// poll waits until there is an answer, or it is too late for one; false when a signal came first.
func (s *session) poll(ctx context.Context, st *runbook.Step, e *state.Step) bool {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		a, err := s.Store.Answer(s.state.Run.ID, e.ID, e.Asked)
		text := "nobody has answered"
		if _, away := errors.AsType[*objects.Unclear](err); away && s.Store.Fresh() == nil { // it may be back before the lease is over
			text, err = "whether somebody has answered cannot be read now", nil
		}
		if a != nil || err != nil || late(e.Asked, nil) {
			return true // whatever it is, the step finds it too
		}
		s.Emit(event.StepProgress{ID: e.ID, Text: text, Elapsed: time.Since(e.Asked.Since), Repeated: true})
		select {
		case <-ctx.Done():
			return false
		case <-tick.C:
		}
	}
}

// prompt asks whoever sits at the terminal.
func (s *session) prompt(ctx context.Context, st *runbook.Step, e *state.Step) (again bool, err error) {
	q := s.question(st, e)
	r, ok := s.Prompt(ctx, q)
	if !ok || ctx.Err() != nil {
		return false, nil
	}
	err = s.reply(q, r)
	if _, bad := errors.AsType[*state.Error](err); bad {
		return false, err
	}
	if err != nil {
		s.Emit(event.StepWarning{ID: e.ID, Text: err.Error()}) // somebody else has answered, or it is too late
	}
	return true, nil
}

// rest ends the call until somebody has answered.
func (s *session) rest() Result {
	return s.end(ending{exit: Waiting, reason: s.state.Run.Waiting().ID + " waits for an answer", next: s.retype()}, nil)
}
