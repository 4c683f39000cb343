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
	"github.com/srmigrate/srmigrate/internal/compare"
	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/planted"
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
	asks  bool        // a person
	tried int         // attempts of Record, then of Do
	spent atomic.Bool // a request has used up its own retries in this attempt
	last  error       // the last one that tells more than that the time is up
}

// perform brings a step to its end and saves how it ended. The returned error is the step's own, joined with what
// kept it from being saved.
func (s *session) perform(ctx context.Context, st *runbook.Step, e *state.Step) error {
	within, cancel := deadline(ctx, st.Timeout, nil)
	defer cancel()
	w := &work{session: s, step: st, entry: e}
	_, w.asks = st.Step.(steps.Asker)
	w.env = s.env(st, e, w.noteRetry)
	began := time.Now()
	run, err := w.calledFor(within)
	if err != nil {
		return w.close(ctx, within, err, time.Since(began))
	}
	if !run {
		return w.pass()
	}
	if w.step, err = w.filled(); err != nil {
		return w.close(ctx, within, err, time.Since(began))
	}
	st = w.step
	if err := w.begins(within); err != nil {
		return w.close(ctx, within, err, time.Since(began))
	}
	if e.Status != state.StepWaiting {
		s.Emit(event.StepStarted{ID: e.ID, Type: e.Type, Text: st.Step.Describe(), Undoes: e.Undoes})
	}
	out, skip, err := w.bring(within)
	err = w.ends(within, out, err)
	if err != nil {
		if len(out) > 0 {
			e.Outputs = w.redacted(out) // what it has found out, its undo may need
		}
		return w.close(ctx, within, err, time.Since(began))
	}
	return w.finish(out, skip, time.Since(began))
}

// deadline bounds what takes ctx; zero does not. The cause is nil for what context itself says.
func deadline(ctx context.Context, d time.Duration, cause error) (context.Context, context.CancelFunc) {
	if d == 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeoutCause(ctx, d, cause)
}

// bring does what is left of the step; skip says that nothing was.
func (w *work) bring(ctx context.Context) (out steps.Outputs, skip bool, err error) {
	cut := w.entry.Intent
	if cut && planted.Is(planted.TakenForDone) {
		return steps.Outputs{}, false, nil
	}
	if !cut || planted.Is(planted.RecordAgain) {
		if err := w.announce(ctx); err != nil {
			return nil, false, err
		}
	}
	if w.asks {
		if err := w.ask(); err != nil {
			return nil, false, err
		}
	} else if cut || w.entry.Undoes != "" {
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
		raw, err := w.recorded(ctx, r)
		if err != nil {
			return fmt.Errorf("before anything was sent: %w", err)
		}
		w.entry.Record = raw
	}
	e := w.entry
	e.Status, e.Intent, e.Started = state.StepRunning, true, time.Now().UTC()
	e.NoReturn = e.NoReturn || w.step.NoReturn && !w.asks // closed is closed
	w.env.Steps = w.pasts(e)
	if planted.Is(planted.NoIntent) {
		return nil
	}
	if planted.Is(planted.RecordLate) {
		defer func(raw json.RawMessage) { e.Record = raw }(e.Record)
		e.Record = nil
	}
	return w.save()
}

// recorded reads what is there, again where that changed while it was read: an exporter may be at work.
func (w *work) recorded(ctx context.Context, r steps.Recorder) (raw json.RawMessage, err error) {
	err = retry.Do(ctx, w.backoff(), func(ctx context.Context) error {
		w.tried++
		raw, err = guarded(func() (json.RawMessage, error) { return r.Record(ctx, w.env) })
		if !errors.Is(err, compare.ErrMoved) {
			return err
		}
		w.last = err
		return retry.RetryableError(err)
	})
	if err == nil {
		w.tried, w.last = 0, nil
	}
	return raw, err
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
	err = retry.Do(ctx, w.backoff(), func(ctx context.Context) error {
		var again bool
		out, again, err = w.attempt(ctx)
		if again {
			return retry.RetryableError(err)
		}
		return err
	})
	if err == nil || w.last == nil || errors.Is(err, w.last) {
		return out, err
	}
	return out, fmt.Errorf("%w; then %w", w.last, err)
}

// attempt calls Do once; again says that the same call may end otherwise. While an earlier one waited, somebody may have
// taken the run over.
func (w *work) attempt(ctx context.Context) (out steps.Outputs, again bool, err error) {
	if err := w.Store.StillHeld(); err != nil {
		return nil, false, err
	}
	w.tried++
	w.spent.Store(false)
	out, err = guarded(func() (steps.Outputs, error) { return w.step.Step.Do(ctx, w.env) })
	if err == nil {
		return out, false, nil
	}
	if ctx.Err() == nil || !errors.Is(err, ctx.Err()) {
		w.last = err
	}
	switch {
	case ctx.Err() != nil:
		return out, false, err
	case registry.IsLost(err) && planted.Is(planted.LostIsRepeated):
		return out, true, err
	case registry.IsLost(err) && !planted.Is(planted.LostIsFailure):
		return w.lookUp(ctx, err)
	}
	return out, registry.IsTemporary(err) && !w.spent.Load() || errors.Is(err, compare.ErrMoved), err
}

// lookUp settles a lost answer.
func (w *work) lookUp(ctx context.Context, lost error) (out steps.Outputs, again bool, err error) {
	status, err := w.settle(ctx, true)
	switch {
	case err != nil:
		return nil, false, errors.Join(lost, err)
	case status.Left == steps.Done || planted.Is(planted.LostIsDone):
		return status.Outputs, false, nil
	}
	return nil, true, lost
}

// backoff is the step's policy, and what the server asks to wait; it tells of every wait.
func (w *work) backoff() retry.Backoff {
	b := w.step.Retry.Schedule()
	return retry.BackoffFunc(func() (time.Duration, bool) {
		wait, stop := b.Next()
		if stop {
			return 0, true
		}
		if e, ok := errors.AsType[*registry.Error](w.last); ok {
			wait = max(wait, e.RetryAfter)
		}
		w.Emit(event.StepRetry{ID: w.entry.ID, Attempt: w.tried, Err: w.last.Error(), Wait: wait})
		return wait, false
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
	e.Status, e.Outputs, e.Error, e.ByHand, e.Ended = state.StepSucceeded, w.redacted(out), "", nil, time.Now().UTC()
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

// close saves a step that ended badly. A step that a signal ended, or that waits for an answer, stays as it is: it is
// unfinished, not failed.
func (w *work) close(ctx, within context.Context, err error, took time.Duration) error {
	if _, unsaved := errors.AsType[*state.Error](err); unsaved || interrupted(ctx) || errors.Is(err, steps.ErrWaiting) {
		return err
	}
	switch {
	case closed(ctx):
		err = fmt.Errorf("the window closed at %s: %w", instant(w.Runbook.Window.NotAfter), err)
	case errors.Is(context.Cause(ctx), errOutOfTime):
		err = fmt.Errorf("the rollback's timeout of %s passed: %w", w.Runbook.RollbackTimeout, err)
	case within.Err() != nil && ctx.Err() == nil:
		err = fmt.Errorf("not done within its timeout of %s: %w", w.step.Timeout, err)
	}
	e := w.entry
	at := &StepError{
		File: w.Runbook.File, Line: w.step.Line, ID: e.ID, Type: e.Type, Attempt: w.number(), Err: err,
	}
	w.Emit(event.StepFailed{ID: e.ID, Text: at.Error(), Undoes: e.Undoes, Took: took})
	e.Status, e.Error, e.Ended = state.StepFailed, w.Redact(err.Error()), time.Now().UTC()
	if serr := w.save(); serr != nil {
		return errors.Join(at, serr)
	}
	return at
}

// guarded turns a bug in a step into an error of that step, so that a run with a bug in it still rolls back.
func guarded[T any](f func() (T, error)) (v T, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = internal(r)
		}
	}()
	return f()
}

func internal(r any) error {
	return fmt.Errorf("internal error, please report it: %v\n%s", r, debug.Stack())
}

// redacted are outputs as they may be kept.
func (s *session) redacted(out steps.Outputs) steps.Outputs {
	for k, v := range out {
		if text, ok := v.(string); ok {
			out[k] = s.Redact(text)
		}
	}
	return out
}

// number is that of the attempt that failed: of Do, or of a request that was tried as often as the policy lets it.
func (w *work) number() int {
	if w.spent.Load() {
		return max(w.tried, w.step.Retry.Attempts)
	}
	return max(w.tried, 1)
}
