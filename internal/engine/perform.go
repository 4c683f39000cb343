package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/sethvargo/go-retry"
	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/registry"
	"github.com/srmigrate/srmigrate/internal/state"
	"github.com/srmigrate/srmigrate/runbook"
	"github.com/srmigrate/srmigrate/steps"
)

// work is one step on its way: record, intent, effect, outcome.
type work struct {
	*session
	step  *runbook.Step
	entry *state.Step
	env   *steps.Env
	tried int         // attempts of Do
	spent atomic.Bool // a request has used up its own retries in this attempt
}

// perform brings a step to its end and saves how it ended. The returned error is the step's own, joined with what
// kept it from being saved.
func (s *session) perform(ctx context.Context, st *runbook.Step, e *state.Step) error {
	within, cancel := deadline(ctx, st.Timeout)
	defer cancel()
	w := &work{session: s, step: st, entry: e}
	w.env = s.env(st, e, w.noteRetry)
	began := time.Now()
	s.Emit(event.StepStarted{ID: e.ID, Type: e.Type, Text: st.Step.Describe(), Undoes: e.Undoes})
	out, skip, err := w.bring(within)
	if err != nil {
		return w.close(ctx, within, err, time.Since(began))
	}
	return w.finish(out, skip, time.Since(began))
}

func deadline(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	if d == 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, d)
}

// bring does what is left of the step; skip says that nothing was.
func (w *work) bring(ctx context.Context) (out steps.Outputs, skip bool, err error) {
	cut := w.entry.Intent
	if !cut {
		if err := w.announce(ctx); err != nil {
			return nil, false, err
		}
	}
	if cut || w.entry.Undoes != "" {
		status, err := w.settle(ctx, cut)
		if err != nil || status.Left == steps.Done {
			return status.Outputs, !cut, err
		}
	}
	out, err = w.attempts(ctx)
	return out, false, err
}

// announce records what is there and saves that requests may leave from now on.
func (w *work) announce(ctx context.Context) error {
	if r, ok := w.step.Step.(steps.Recorder); ok {
		raw, err := guarded(func() (json.RawMessage, error) { return r.Record(ctx, w.env) })
		if err != nil {
			return fmt.Errorf("before anything was sent: %w", err)
		}
		w.entry.Record = raw
	}
	e := w.entry
	e.Status, e.Intent, e.NoReturn, e.Started = state.StepRunning, true, w.step.NoReturn, time.Now().UTC()
	w.env.Steps = w.pasts(e)
	return w.save()
}

// settle looks at how much of a begun step is left.
func (w *work) settle(ctx context.Context, tell bool) (steps.Status, error) {
	status, err := guarded(func() (steps.Status, error) { return w.step.Step.Probe(ctx, w.env) })
	if err != nil {
		return status, fmt.Errorf("looking at what is there: %w", err)
	}
	if tell {
		w.Emit(event.StepSettled{ID: w.entry.ID, Done: status.Left == steps.Done, Text: status.Now})
	}
	return status, nil
}

// attempts calls Do until it succeeds, fails for good, or the policy is used up. A lost answer is looked up first.
func (w *work) attempts(ctx context.Context) (out steps.Outputs, err error) {
	b := w.backoff()
	var last error
	err = retry.Do(ctx, b, func(ctx context.Context) error {
		w.tried++
		w.spent.Store(false)
		out, last = guarded(func() (steps.Outputs, error) { return w.step.Step.Do(ctx, w.env) })
		if last == nil || ctx.Err() != nil {
			return last
		}
		if registry.IsLost(last) {
			status, err := w.settle(ctx, true)
			if err != nil {
				last = errors.Join(last, err)
				return last
			}
			if status.Left == steps.Done {
				out, last = status.Outputs, nil
				return nil
			}
			return retry.RetryableError(last)
		}
		if registry.IsTemporary(last) && !w.spent.Load() {
			return retry.RetryableError(last)
		}
		return last
	})
	if err != nil && last != nil {
		err = last // retry.Do knows only that the time is up
	}
	return out, err
}

// backoff is the step's policy; it tells of every wait.
func (w *work) backoff() retry.Backoff {
	p := w.step.Retry
	b := p.Schedule()
	return retry.BackoffFunc(func() (time.Duration, bool) {
		wait, stop := b.Next()
		if !stop {
			w.Emit(event.StepRetry{ID: w.entry.ID, Attempt: w.tried, Wait: wait})
		}
		return wait, stop
	})
}

func (w *work) noteRetry(a registry.Attempt) {
	if a.Number >= w.step.Retry.Attempts-1 {
		w.spent.Store(true)
	}
	w.Emit(event.StepRetry{ID: w.entry.ID, Attempt: a.Number, Err: a.Err.Error(), Wait: a.Wait})
}

// finish saves a step that ended well.
func (w *work) finish(out steps.Outputs, skip bool, took time.Duration) error {
	e := w.entry
	e.Status, e.Outputs, e.Error, e.Ended = state.StepSucceeded, out, "", time.Now().UTC()
	if skip {
		e.Status = state.StepSkipped
	}
	if err := w.save(); err != nil {
		return err
	}
	if skip {
		w.Emit(event.StepSkipped{ID: e.ID, Text: out.Text(), Undoes: e.Undoes})
	} else {
		w.Emit(event.StepDone{ID: e.ID, Text: out.Text(), Undoes: e.Undoes, Took: took})
	}
	return nil
}

// close saves a step that ended badly. A step that a signal ended stays as it is: it is unfinished, not failed.
func (w *work) close(ctx, within context.Context, err error, took time.Duration) error {
	if interrupted(ctx) {
		return err
	}
	switch {
	case errors.Is(context.Cause(ctx), errOutOfTime):
		err = fmt.Errorf("the rollback's timeout of %s passed: %w", w.Runbook.RollbackTimeout, err)
	case within.Err() != nil && ctx.Err() == nil:
		err = fmt.Errorf("not done within its timeout of %s: %w", w.step.Timeout, err)
	}
	e := w.entry
	at := &StepError{
		File: w.Runbook.File, Line: w.step.Line, ID: e.ID, Type: e.Type, Attempt: max(w.tried, 1), Err: err,
	}
	w.Emit(event.StepFailed{ID: e.ID, Text: at.Error(), Undoes: e.Undoes, Took: took})
	e.Status, e.Error, e.Ended = state.StepFailed, err.Error(), time.Now().UTC()
	if serr := w.save(); serr != nil {
		return errors.Join(at, serr)
	}
	return at
}

// guarded turns a bug in a step into an error of that step, so that a run with a bug in it still rolls back.
func guarded[T any](f func() (T, error)) (v T, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("internal error, please report it: %v\n%s", r, debug.Stack())
		}
	}()
	return f()
}
