package engine

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/registry"
	"github.com/srmigrate/srmigrate/internal/state"
	"github.com/srmigrate/srmigrate/runbook"
	"github.com/srmigrate/srmigrate/steps"
)

// twoUndos gives a step a second undo step.
func twoUndos(st *runbook.Step) {
	w := st.Step.(*put).w
	st.Rollback = append(st.Rollback, runbook.Step{
		ID: st.ID + ".undo-2", Type: "put", Step: &put{w: w, Thing: st.ID + "-2", Gone: true}, Timeout: time.Minute,
	})
}

func (b *bench) steps(list ...runbook.Step) { b.rb = book(list...) }

func all[E event.Event](b *bench) []E {
	var list []E
	for _, e := range b.events {
		if e, ok := e.(E); ok {
			list = append(list, e)
		}
	}
	return list
}

func TestAnUndoListOfADefinitionThatCameBackIsNotUsedLater(t *testing.T) {
	w := newWorld()
	b := newBench(t, w, w.step("a"), w.step("b", twoUndos, stopOnFail))
	b.kill["b"] = true
	run(b)
	w.there["b-2"] = true
	b.fail["b.undo-2"] = errNo
	b.steps(w.step("a"), w.step("b", twoUndos, stopOnFail, changed))
	run(b) // undo-1 works, undo-2 does not
	b.steps(w.step("a"), w.step("b", twoUndos, stopOnFail))
	b.kill["b"] = true
	run(b) // it is back, and has its effect again
	delete(b.fail, "b.undo-2")
	b.steps(w.step("a"), w.step("b", twoUndos, stopOnFail, changed))
	b.log = nil
	b.want(run(b), OK, state.Succeeded, "a", "b")
	if n := b.effects("b.undo-1"); n != 1 {
		t.Errorf("b.undo-1 ran %d times although the effect of b stood; want once: %q", n, b.log)
	}
}

func TestAPointOfNoReturnStaysClosedWhenItsStepIsCorrected(t *testing.T) {
	w := newWorld()
	b := newBench(t, w, w.step("a"), w.step("b", noReturn), w.step("c"))
	w.fail["b"] = errNo
	run(b)
	b.steps(w.step("a"), w.step("b", noReturn, changed), w.step("c"))
	b.want(run(b), Failed, state.Failed, "a")
	delete(w.fail, "b")
	b.want(run(b), OK, state.Succeeded, "a", "b", "c")
}

func TestModesWaitWhenTheExportersUndoCannotEvenBeMade(t *testing.T) {
	w := newWorld()
	w.there["b-modes"], w.fail["c"] = true, errNo
	b := newBench(t, w, w.step("a"), w.step("b", exportTarget), w.step("c", stopOnFail))
	run(b)
	st, err := b.store.Load()
	if err != nil {
		t.Fatal(err)
	}
	st.Run.Step("b").Rollback[0].Params = json.RawMessage(`{"thing":"[redacted]"}`)
	if err := b.store.Save(st); err != nil {
		t.Fatal(err)
	}
	b.steps(w.step("a"), w.step("b", exportTarget, changed), w.step("c"))
	b.want(rollback(b), RollbackIncomplete, state.RollbackIncomplete, "b", "b-modes")
}

func TestARollbackOfPartsSaysWhyItWasAskedFor(t *testing.T) {
	w := newWorld()
	b := newBench(t, w, w.step("a"), w.step("b", noReturn), w.step("c"))
	run(b)
	rollback(b)
	b.want(b.rollback(RollbackOptions{PastNoReturn: true}), OK, state.RolledBack)
	if got := all[event.RollbackStarted](b)[0].Because; got != "it was asked for" {
		t.Errorf("because %q", got)
	}
}

func TestPastNoReturnWidensARollbackThatWasBegunWithoutIt(t *testing.T) {
	w := newWorld()
	b := newBench(t, w, w.step("a"), w.step("b", noReturn), w.step("c"))
	run(b)
	w.fail["c.undo-1"] = errNo
	b.want(rollback(b), RollbackIncomplete, state.RollbackIncomplete, "a", "b", "c")
	delete(w.fail, "c.undo-1")
	b.want(b.rollback(RollbackOptions{PastNoReturn: true}), OK, state.RolledBack)
}

// handy knows how to be done by hand.
type handy struct{ put }

func (*handy) ByHand(context.Context, *steps.Env) []string { return []string{"curl"} }

func TestABlockedItemHasItsCommandToo(t *testing.T) {
	w := newWorld()
	w.there["b-modes"] = true
	w.fail["c"], w.fail["b.undo-1"] = errNo, errNo
	b := newBench(t, w, w.step("a"), w.step("b", exportTarget), w.step("c"))
	b.rb.Steps[1].Rollback[1].Step = &handy{*b.rb.Steps[1].Rollback[1].Step.(*put)}
	run(b)
	for _, o := range all[event.Open](b) {
		if o.ID == "b.undo-2" && slices.Equal(o.Commands, []string{"curl"}) {
			return
		}
	}
	t.Errorf("open: %+v, want b.undo-2 with its command", all[event.Open](b))
}

// scripted fails in one way after the other.
type scripted struct {
	put
	do []func(context.Context) error
}

func (s *scripted) Do(ctx context.Context, _ *steps.Env) (steps.Outputs, error) {
	f := s.do[0]
	s.do = s.do[1:]
	return nil, f(ctx)
}

func TestTheLastErrorAndTheServersWaitAreNotLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		b := newBench(t, w, w.step("b", stopOnFail))
		b.rb.Steps[0].Step = &scripted{put: put{w: w, Thing: "b"}, do: []func(context.Context) error{
			func(context.Context) error {
				return &registry.Error{Method: "POST", URL: "http://x", Status: 429, RetryAfter: 30 * time.Second, Message: "slow down"}
			},
			func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() },
		}}
		run(b)
		if f := failure(t, b); !strings.Contains(f, "slow down") || !strings.Contains(f, "timeout") {
			t.Errorf("failure is %q", f)
		}
		if r := all[event.StepRetry](b); len(r) != 1 || r[0].Wait < 30*time.Second || !strings.Contains(r[0].Err, "slow down") {
			t.Errorf("retries: %+v, want one after 30s that says why", r)
		}
	})
}

type (
	badFind  struct{ put }
	badLeft  struct{ put }
	badProbe struct{ put }
)

func (*badFind) Find(context.Context, *steps.Env) ([]event.Finding, error)  { panic("a bug") }
func (*badLeft) Left(context.Context, *steps.Env) ([]steps.Leftover, error) { panic("a bug") }
func (*badProbe) Probe(context.Context, *steps.Env) (steps.Status, error)   { panic("a bug") }

func TestABugAnywhereInAStepDoesNotReachTheUser(t *testing.T) {
	w := newWorld()
	b := newBench(t, w, w.step("a"))
	b.rb.Steps[0].Step = &badFind{put{w: w, Thing: "a"}}
	b.want(run(b), Refused, "")

	w = newWorld()
	w.fail["b"] = errNo
	b = newBench(t, w, w.step("a"), w.step("b"))
	b.rb.Steps[0].Step = &badLeft{put{w: w, Thing: "a"}}
	b.want(run(b), RolledBack, state.RolledBack)

	b = newBench(t, w, w.step("a"), w.step("b", stopOnFail))
	b.rb.Steps[0].Rollback[0].Step = &badProbe{put{w: w, Thing: "a", Gone: true}}
	b.want(run(b), Failed, state.Failed, "a")
}

// slowLeft is interrupted while it looks.
type slowLeft struct {
	put
	cancel func()
}

func (s *slowLeft) Left(ctx context.Context, _ *steps.Env) ([]steps.Leftover, error) {
	s.cancel()
	<-ctx.Done()
	return nil, ctx.Err()
}

type counted struct{ put }

func (*counted) Left(context.Context, *steps.Env) ([]steps.Leftover, error) {
	return []steps.Leftover{{What: "3 versions", Then: "delete them"}}, nil
}

func TestWhatStaysIsToldAgainAfterASignalAndByLaterCalls(t *testing.T) {
	w := newWorld()
	w.fail["b"] = errNo
	b := newBench(t, w, w.step("a"), w.step("b"))
	ctx, cancel := context.WithCancelCause(t.Context())
	b.rb.Steps[0].Step = &slowLeft{put{w: w, Thing: "a"}, func() { cancel(ErrInterrupted) }}
	b.want(b.call(func(x *Engine) Result { return x.Run(ctx, RunOptions{}) }), Interrupted, state.RollingBack)
	b.rb.Steps[0].Step = &counted{put{w: w, Thing: "a"}}
	for range 2 {
		b.want(run(b), RolledBack, state.RolledBack)
		if k := all[event.Kept](b); len(k) != 1 || k[0].Text != "3 versions; they stay: delete them" {
			t.Errorf("kept: %+v", k)
		}
	}
}

func TestARunbookWithAnotherTimeoutIsAChangedOne(t *testing.T) {
	b := lastRolledBack(t)
	b.rb.Steps[2].Timeout = time.Hour
	b.want(run(b), OK, state.Succeeded, "a", "b", "c")
}

func TestWhatAChangedStepLeftIsSaidNotToBeKnown(t *testing.T) {
	w := newWorld()
	w.fail["b"] = errNo
	b := newBench(t, w, w.step("a", noRollback), w.step("b", stopOnFail))
	run(b)
	b.steps(w.step("a", noRollback, changed), w.step("b", stopOnFail))
	b.want(rollback(b), OK, state.RolledBack, "a")
	if k := all[event.Kept](b); len(k) == 0 || k[0].Step != "a" {
		t.Errorf("kept: %+v, want a", k)
	}
}

func TestVarsThatAreTheSameAreNotBlamed(t *testing.T) {
	b := lastNone(t)
	b.rb.Vars = map[string]any{"atMost": 1000000, "name": "x", "yes": true}
	run(b)
	b.steps(b.step("a", changed), b.step("b"), b.step("c"))
	b.rb.Vars = map[string]any{"atMost": 1000000, "name": "y", "yes": true}
	err := run(b).Err
	if err == nil || strings.Contains(err.Error(), "atMost") || !strings.Contains(err.Error(), `var name was "x", now it is "y"`) {
		t.Errorf("error is %v, want it to name var name only", err)
	}
}

func TestASignalWhileRegistriesAreAskedNamesTheSameCommand(t *testing.T) {
	for verb, call := range map[string]func(*Engine, context.Context) Result{
		"run":      func(x *Engine, ctx context.Context) Result { return x.Run(ctx, RunOptions{}) },
		"rollback": func(x *Engine, ctx context.Context) Result { return x.Rollback(ctx, RollbackOptions{}) },
	} {
		b := lastInterrupted(t)
		ctx, cancel := context.WithCancelCause(t.Context())
		srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			cancel(ErrInterrupted)
			<-r.Context().Done()
		}))
		c, err := registry.New(registry.Config{Name: "source", URL: srv.URL})
		if err != nil {
			t.Fatal(err)
		}
		res := b.call(func(x *Engine) Result {
			x.Clients = map[string]*registry.Client{"source": c}
			return call(x, ctx)
		})
		c.Close()
		srv.Close()
		b.want(res, Interrupted, state.Interrupted, "a", "b")
		if e := b.ended(); e.Next != "srmigrate "+verb+" b.yaml" || e.Result != "interrupted" {
			t.Errorf("%s: result %q, next %q", verb, e.Result, e.Next)
		}
	}
}
