package engine

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/state"
	"github.com/srmigrate/srmigrate/steps"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestRecordIsTakenOnceAndBeforeTheEffect(t *testing.T) {
	b := lastKilled(t)
	run(b)
	if want := []string{"record a", "do a", "record b", "do b", "record c", "do c"}; !slices.Equal(b.log, want) {
		t.Errorf("log is %q, want %q", b.log, want)
	}
}

// An exporter that is at work on what a step reads before its effect is no reason to roll back.
func TestWhatMovesWhileItIsRecordedIsReadAgain(t *testing.T) {
	for _, c := range []struct {
		moves, retries int
		exit           Exit
		status         state.Status
		there          []string
	}{
		{2, 2, OK, state.Succeeded, []string{"a", "b"}},
		{9, 2, RolledBack, state.RolledBack, nil},
	} {
		w := newWorld()
		b := newBench(t, w, w.step("a"), w.step("b"))
		w.moves["b"] = c.moves
		b.want(b.run(RunOptions{}), c.exit, c.status, c.there...)
		if got := b.retries("b"); got != c.retries {
			t.Errorf("%d moves: read again %d times, want %d", c.moves, got, c.retries)
		}
	}
}

func TestALostAnswerIsLookedUpAndNotRepeated(t *testing.T) {
	w := newWorld()
	w.lost["a"] = 1
	b := newBench(t, w, w.step("a"))
	b.want(run(b), OK, state.Succeeded, "a")
	if n := b.effects("a"); n != 1 {
		t.Errorf("a had its effect %d times, want once", n)
	}
}

func TestADefiniteRefusalIsNotTriedAgain(t *testing.T) {
	w := newWorld()
	w.fail["a"] = errNo
	b := newBench(t, w, w.step("a"))
	b.want(run(b), RolledBack, state.RolledBack)
	for _, e := range b.events {
		if _, ok := e.(event.StepRetry); ok {
			t.Error("a refusal was tried again")
		}
	}
}

func TestUndoGoesBackwardsAndOnlyOverWhatWasBegun(t *testing.T) {
	w := newWorld()
	w.fail["c"] = errNo
	b := newBench(t, w, w.step("a"), w.step("b"), w.step("c"), w.step("d"))
	b.want(run(b), RolledBack, state.RolledBack)
	if want := []string{"do a", "do b", "do b.undo-1", "do a.undo-1"}; !slices.Equal(effects(b.log), want) {
		t.Errorf("effects %q, want %q", effects(b.log), want)
	}
}

func effects(log []string) []string {
	return slices.DeleteFunc(slices.Clone(log), func(s string) bool { return s[:3] != "do " })
}

func TestTheFailedStepIsUndoneToo(t *testing.T) {
	w := newWorld()
	b := newBench(t, w, w.step("a"), w.step("b"))
	b.rb.Steps[1].Step = &half{put: put{w: w, Thing: "b"}}
	b.want(run(b), RolledBack, state.RolledBack)
}

// half has its effect and fails nevertheless.
type half struct{ put }

func (h *half) Do(ctx context.Context, env *steps.Env) (steps.Outputs, error) {
	_, err := h.put.Do(ctx, env)
	return nil, errors.Join(err, errNo)
}

func TestAFreezeOfTheSourceIsUndoneFirst(t *testing.T) {
	w := newWorld()
	w.fail["c"] = errNo
	b := newBench(t, w, w.step("a", freezing), w.step("b", exportTarget), w.step("c"))
	run(b)
	if want := []string{"do a", "do b", "do a.undo-1", "do b.undo-1"}; !slices.Equal(effects(b.log), want) {
		t.Errorf("effects %q, want %q", effects(b.log), want)
	}
}

func TestModesWaitForTheExporterThatCouldNotBeDeleted(t *testing.T) {
	w := newWorld()
	w.there["b-modes"] = true
	w.fail["c"], w.fail["b.undo-1"] = errNo, errNo
	b := newBench(t, w, w.step("a"), w.step("b", exportTarget), w.step("c"))
	b.want(run(b), RollbackIncomplete, state.RollbackIncomplete, "b", "b-modes")
	delete(w.fail, "b.undo-1")
	b.want(rollback(b), OK, state.RolledBack)
}

func TestNoRollbackCrossesAPointOfNoReturn(t *testing.T) {
	w := newWorld()
	w.fail["c"] = errNo
	b := newBench(t, w, w.step("a"), w.step("b", noReturn), w.step("c"))
	b.want(run(b), Failed, state.Failed, "a", "b")
	b.want(rollback(b), RollbackIncomplete, state.Failed, "a", "b")
	delete(w.fail, "c")
	b.want(run(b), OK, state.Succeeded, "a", "b", "c")
	b.want(rollback(b), RollbackIncomplete, state.Failed, "a", "b")
}

func TestPastNoReturnUndoesEverything(t *testing.T) {
	w := newWorld()
	w.fail["c"] = errNo
	b := newBench(t, w, w.step("a"), w.step("b", noReturn), w.step("c"))
	run(b)
	b.want(b.rollback(RollbackOptions{PastNoReturn: true}), OK, state.RolledBack)
}

func TestTheFailureOfThePointOfNoReturnItselfUndoesNothing(t *testing.T) {
	w := newWorld()
	w.fail["b"] = errNo
	b := newBench(t, w, w.step("a"), w.step("b", noReturn))
	b.want(run(b), Failed, state.Failed, "a")
}

func TestOnFailureContinueGoesOn(t *testing.T) {
	w := newWorld()
	w.fail["b"] = errNo
	b := newBench(t, w, w.step("a"), w.step("b", continueOn), w.step("c"))
	b.want(run(b), OK, state.Succeeded, "a", "c")
	b.want(run(b), OK, state.Succeeded, "a", "c")
}

func TestAStepWithoutRollbackIsNamedAsKept(t *testing.T) {
	w := newWorld()
	w.fail["b"] = errNo
	b := newBench(t, w, w.step("a", noRollback), w.step("b"))
	b.want(run(b), RolledBack, state.RolledBack, "a")
	for _, e := range b.events {
		if k, ok := e.(event.Kept); ok && k.Step == "a" {
			return
		}
	}
	t.Error("nothing says that a stays")
}

func TestWhatTheOldDefinitionLeftIsUndoneFirst(t *testing.T) {
	b := lastKilled(t)
	b.rb = book(b.step("a"), b.step("b", changed), b.step("c"))
	b.log = nil
	b.want(run(b), OK, state.Succeeded, "a", "b", "c")
	if want := []string{"record b", "do b.undo-1", "record b", "do b", "record c", "do c"}; !slices.Equal(b.log, want) {
		t.Errorf("log is %q, want %q", b.log, want)
	}
}

func TestASignalLeavesTheRunResumable(t *testing.T) {
	w := newWorld()
	b := newBench(t, w, w.step("a"), w.step("b"))
	ctx, cancel := context.WithCancelCause(t.Context())
	b.rb.Steps[1].Step = &hanging{put: put{w: w, Thing: "b"}, reached: func() { cancel(ErrInterrupted) }}
	b.want(b.call(func(x *Engine) Result { return x.Run(ctx, RunOptions{}) }), Interrupted, state.Interrupted, "a")
	b.rb.Steps[1] = w.step("b")
	b.want(run(b), OK, state.Succeeded, "a", "b")
}

// hanging waits until its context ends.
type hanging struct {
	put
	reached func()
}

func (h *hanging) Do(ctx context.Context, _ *steps.Env) (steps.Outputs, error) {
	h.reached()
	<-ctx.Done()
	return nil, ctx.Err()
}

func TestATimeoutIsAFailureThatSaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		b := newBench(t, w, w.step("a"), w.step("b"))
		b.rb.Steps[1].Step = &hanging{put: put{w: w, Thing: "b"}, reached: func() {}}
		b.rb.Steps[1].Timeout = time.Hour
		b.want(run(b), RolledBack, state.RolledBack)
		if f := failure(t, b); f != "not done within its timeout of 1h0m0s: context deadline exceeded" {
			t.Errorf("failure is %q", f)
		}
	})
}

func failure(t *testing.T, b *bench) string {
	t.Helper()
	st, err := b.store.Load()
	if err != nil {
		t.Fatal(err)
	}
	return st.Run.Step("b").Error
}

func TestABugInAStepIsRolledBackLikeAFailure(t *testing.T) {
	w := newWorld()
	b := newBench(t, w, w.step("a"), w.step("b"))
	b.rb.Steps[1].Step = &broken{put{w: w, Thing: "b"}}
	b.want(run(b), RolledBack, state.RolledBack)
}

type broken struct{ put }

func (*broken) Do(context.Context, *steps.Env) (steps.Outputs, error) { panic("a bug") }

func TestASecondRunAtTheSameTimeIsRefused(t *testing.T) {
	w := newWorld()
	b := newBench(t, w, w.step("a"))
	var inner Result
	b.rb.Steps[0].Step = &hanging{put: put{w: w, Thing: "a"}}
	ctx, cancel := context.WithCancelCause(t.Context())
	b.rb.Steps[0].Step.(*hanging).reached = func() {
		inner = b.engine().Run(t.Context(), RunOptions{})
		cancel(ErrInterrupted)
	}
	b.call(func(x *Engine) Result { return x.Run(ctx, RunOptions{}) })
	if inner.Exit != Locked {
		t.Errorf("exit %d, want %d", inner.Exit, Locked)
	}
	if _, ok := errors.AsType[*state.LockedError](inner.Err); !ok {
		t.Errorf("error is %v, want a LockedError", inner.Err)
	}
}

func TestAStateOfAnotherRunbookIsRefused(t *testing.T) {
	b := lastSucceeded(t)
	b.rb.Name = "other"
	b.want(run(b), BadState, state.Succeeded, "a", "b", "c")
}
