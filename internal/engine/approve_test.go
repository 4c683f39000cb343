package engine

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/state"
	"github.com/srmigrate/srmigrate/runbook"
	"github.com/srmigrate/srmigrate/steps"
)

// question makes a runbook step that asks.
func question(id string, more ...func(*runbook.Step)) runbook.Step {
	st := runbook.Step{
		ID: id, Type: "ask", Step: &steps.Approve{Message: "Go?"}, Digest: "digest of " + id, OnFailure: runbook.Rollback, Line: 10,
	}
	for _, f := range more {
		f(&st)
	}
	return st
}

func within30m(st *runbook.Step) { st.Timeout = 30 * time.Minute }
func reworded(st *runbook.Step) {
	st.Digest += ", changed"
	st.Step = &steps.Approve{Message: "Really?"}
}

// undoneWithApproval puts an approval before a step's undo.
func undoneWithApproval(st *runbook.Step) {
	undo := st.Rollback[0]
	undo.ID = st.ID + ".undo-2"
	st.Rollback = []runbook.Step{question(st.ID + ".undo-1"), undo}
}

func (b *bench) answer(step string, approved bool) error {
	b.t.Helper()
	q, err := b.engine().Question(step)
	if err != nil {
		return err
	}
	return b.engine().Reply(q, Reply{Approved: approved, By: "jane"})
}

func (b *bench) approve(step string) {
	b.t.Helper()
	if err := b.answer(step, true); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) load() *state.Run {
	b.t.Helper()
	st, err := b.store.Load()
	if err != nil {
		b.t.Fatal(err)
	}
	return st.Run
}

// warnings are what the last call warned of.
func (b *bench) warnings() string {
	var list []string
	for _, e := range b.events {
		if w, ok := e.(event.StepWarning); ok {
			list = append(list, w.ID+": "+w.Text)
		}
	}
	return strings.Join(list, "\n")
}

func lastWaiting(t *testing.T) *bench {
	w := newWorld()
	b := newBench(t, w, w.step("a"), question("go"), w.step("b"))
	b.want(b.run(RunOptions{}), Waiting, state.Waiting, "a")
	return b
}

func lastApproved(t *testing.T) *bench {
	b := lastWaiting(t)
	b.approve("go")
	return b
}

func lastRollbackWaiting(t *testing.T) *bench {
	w := newWorld()
	b := newBench(t, w, w.step("a"), w.step("b", undoneWithApproval), w.step("c"))
	b.fail["c"] = errNo
	b.want(b.run(RunOptions{}), Waiting, state.RollingBack, "a", "b")
	return b
}

func lastRollbackApproved(t *testing.T) *bench {
	b := lastRollbackWaiting(t)
	b.approve("b.undo-1")
	return b
}

func TestCommandsOnALastRunThatWaits(t *testing.T) {
	for _, c := range []struct {
		name    string
		prepare func(*testing.T) *bench
		run     func(*bench) Result
		exit    Exit
		status  state.Status
		there   []string
	}{
		{"waiting, run", lastWaiting, run, Waiting, state.Waiting, []string{"a"}},
		{"waiting, run --resume", lastWaiting, resume, Waiting, state.Waiting, []string{"a"}},
		{"waiting, run --restart", lastWaiting, restart, Usage, state.Waiting, []string{"a"}},
		{"waiting, run --approve", lastWaiting, approveGo, OK, state.Succeeded, []string{"a", "b"}},
		{"waiting, rollback", lastWaiting, rollback, OK, state.RolledBack, nil},
		{"none, run --approve", lastNothing, approveGo, Waiting, state.Waiting, []string{"a"}},
		{"approved, run", lastApproved, run, OK, state.Succeeded, []string{"a", "b"}},
		{"approved, run --resume", lastApproved, resume, OK, state.Succeeded, []string{"a", "b"}},
		{"approved, run --restart", lastApproved, restart, Usage, state.Waiting, []string{"a"}},
		{"approved, rollback", lastApproved, rollback, OK, state.RolledBack, nil},
		{"rollback waiting, run", lastRollbackWaiting, run, Waiting, state.RollingBack, []string{"a", "b"}},
		{"rollback waiting, run --restart", lastRollbackWaiting, restart, Usage, state.RollingBack, []string{"a", "b"}},
		{"rollback waiting, rollback", lastRollbackWaiting, rollback, Waiting, state.RollingBack, []string{"a", "b"}},
		{"rollback approved, run", lastRollbackApproved, run, RolledBack, state.RolledBack, nil},
		{"rollback approved, run --resume", lastRollbackApproved, resume, RolledBack, state.RolledBack, nil},
		{"rollback approved, rollback", lastRollbackApproved, rollback, OK, state.RolledBack, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := c.prepare(t)
			b.want(c.run(b), c.exit, c.status, c.there...)
		})
	}
}

func lastNothing(t *testing.T) *bench {
	w := newWorld()
	return newBench(t, w, w.step("a"), question("go"), w.step("b"))
}

func approveGo(b *bench) Result { return b.run(RunOptions{Approve: []string{"go"}, By: "jane"}) }

func TestWhoApprovedStandsInTheState(t *testing.T) {
	b := lastApproved(t)
	b.run(RunOptions{})
	e := b.load().Step("go")
	if e.Status != state.StepSucceeded || e.Answer == nil || e.Answer.By != "jane" || e.Outputs["approvedBy"] != "jane" || e.Outputs["approvedAt"] == "" {
		t.Errorf("got %+v", e)
	}
}

// A state leaves out what is empty, and that is no change of what was asked.
func TestARunbookWithoutVarsCanBeApproved(t *testing.T) {
	w := newWorld()
	b := newBench(t, w, w.step("a"), question("go"), w.step("b"))
	b.rb.Vars = map[string]any{}
	b.want(b.run(RunOptions{}), Waiting, state.Waiting, "a")
	b.approve("go")
	b.want(b.run(RunOptions{}), OK, state.Succeeded, "a", "b")
}

func TestApprovingInAdvanceDoesNothing(t *testing.T) {
	b := lastNothing(t)
	b.want(approveGo(b), Waiting, state.Waiting, "a")
	if w := b.warnings(); !strings.Contains(w, "go: not approved: ") || !strings.Contains(w, "in advance does nothing") {
		t.Errorf("warnings: %q", w)
	}
	b = lastWaiting(t)
	for step, want := range map[string]string{
		"b": "waits for an answer at step go, not at b; answering in advance does nothing", "x": `b.yaml has no step "x"`,
	} {
		if err := b.answer(step, true); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", step, err, want)
		}
	}
	if res := b.run(RunOptions{Approve: []string{"x"}}); res.Exit != Usage {
		t.Errorf("exit %d for a step that is not there, want 2", res.Exit)
	}
}

func TestAFinishedRunWaitsForNobody(t *testing.T) {
	b := lastApproved(t)
	b.run(RunOptions{})
	if err := b.answer("go", true); err == nil || !strings.Contains(err.Error(), "it is succeeded; answering in advance") {
		t.Errorf("got %v", err)
	}
}

func TestAnEditVoidsTheApproval(t *testing.T) {
	for name, edit := range map[string]func(*bench) []runbook.Step{
		"of a later step": func(b *bench) []runbook.Step {
			return []runbook.Step{b.step("a"), question("go"), b.step("b", changed)}
		},
		"that adds a step": func(b *bench) []runbook.Step {
			return []runbook.Step{b.step("a"), question("go"), b.step("b"), b.step("c")}
		},
		"of what fails": func(b *bench) []runbook.Step {
			return []runbook.Step{b.step("a"), question("go"), b.step("b", stopOnFail)}
		},
		"of the question": func(b *bench) []runbook.Step {
			return []runbook.Step{b.step("a"), question("go", reworded), b.step("b")}
		},
		"that takes a step": func(b *bench) []runbook.Step { return []runbook.Step{b.step("a"), question("go")} },
		"of a point of none": func(b *bench) []runbook.Step {
			return []runbook.Step{b.step("a"), question("go"), b.step("b", noReturn)}
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := lastApproved(t)
			before := b.load().Step("go").Asked.ID
			b.rb = book(edit(b)...)
			b.want(b.run(RunOptions{}), Waiting, state.Waiting, "a")
			if e := b.load().Step("go"); e.Asked.ID == before || e.Answer != nil {
				t.Errorf("the question is still the old one: %+v", e)
			}
			if b.warnings() == "" {
				t.Error("nothing says that the approval is void")
			}
			b.approve("go")
			if res := b.run(RunOptions{}); res.Exit != OK {
				t.Errorf("approved anew: exit %d (%v)", res.Exit, res.Err)
			}
		})
	}
}

// What an approver has seen is part of what was approved.
func TestOtherEvidenceVoidsTheApproval(t *testing.T) {
	b := lastApproved(t)
	st, err := b.store.Load()
	if err != nil {
		t.Fatal(err)
	}
	st.Run.Step("a").Outputs["text"] = "did something else"
	if err := b.store.Save(st); err != nil {
		t.Fatal(err)
	}
	b.want(b.run(RunOptions{}), Waiting, state.Waiting, "a")
	if w := b.warnings(); !strings.Contains(w, "its answer (approved by jane at ") {
		t.Errorf("warnings: %q", w)
	}
}

func TestAnAnswerToAnotherRunbookIsRefused(t *testing.T) {
	b := lastWaiting(t)
	b.rb = book(b.step("a"), question("go"), b.step("b", changed))
	if err := b.answer("go", true); err == nil || !strings.Contains(err.Error(), "has changed since step go asked") {
		t.Errorf("got %v", err)
	}
	b.want(approveGo(b), Waiting, state.Waiting, "a")
}

func TestARejectionFailsTheStep(t *testing.T) {
	b := lastWaiting(t)
	if err := b.answer("go", false); err != nil {
		t.Fatal(err)
	}
	b.want(b.run(RunOptions{}), RolledBack, state.RolledBack)
	if f := b.load().Failure; f == nil || f.Error != "rejected by jane" {
		t.Errorf("failure is %+v", f)
	}
}

func TestAStoppedQuestionIsAskedAgain(t *testing.T) {
	w := newWorld()
	b := newBench(t, w, w.step("a"), question("go", stopOnFail), w.step("b"))
	b.want(b.run(RunOptions{}), Waiting, state.Waiting, "a")
	if err := b.answer("go", false); err != nil {
		t.Fatal(err)
	}
	b.want(b.run(RunOptions{}), Failed, state.Failed, "a")
	b.want(b.run(RunOptions{}), Waiting, state.Waiting, "a")
	b.approve("go")
	b.want(b.run(RunOptions{}), OK, state.Succeeded, "a", "b")
}

// What an old definition left is undone with its own approvals, also when the runbook does not have them any more.
func TestReplacingAStepAsksToo(t *testing.T) {
	w := newWorld()
	b := newBench(t, w, w.step("a"), w.step("b", undoneWithApproval, stopOnFail))
	b.rb.Steps[1].Step = &half{put: put{w: w, Thing: "b"}}
	b.want(b.run(RunOptions{}), Failed, state.Failed, "a", "b")
	b.rb = book(w.step("a"), w.step("b", changed))
	b.want(b.run(RunOptions{}), Waiting, state.Waiting, "a", "b")
	if err := b.answer("b.undo-1", false); err != nil {
		t.Fatal(err)
	}
	b.want(b.run(RunOptions{}), Failed, state.Failed, "a", "b")
	b.want(b.run(RunOptions{}), Waiting, state.Waiting, "a", "b")
	b.approve("b.undo-1")
	b.want(b.run(RunOptions{}), OK, state.Succeeded, "a", "b")
	if want := []string{"do a", "do b", "do b.undo-2", "do b"}; !slices.Equal(effects(b.log), want) {
		t.Errorf("effects %q, want %q", effects(b.log), want)
	}
}

// How long an undo step of an old definition may wait is not known any more, so it waits.
func TestAnOldDefinitionWaitsAsLongAsItTakes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := lastRollbackWaiting(t)
		b.rb = book(b.step("a"), b.step("b", changed), b.step("c"))
		time.Sleep(time.Hour)
		b.want(b.run(RunOptions{}), Waiting, state.RollingBack, "a", "b")
	})
}

func TestARollbackWithdrawsTheQuestion(t *testing.T) {
	b := lastWaiting(t)
	b.want(b.rollback(RollbackOptions{}), OK, state.RolledBack)
	if e := b.load().Step("go"); e.Status != state.StepFailed || e.Error != "its question was withdrawn: the run is rolled back" {
		t.Errorf("the step is %s: %s", e.Status, e.Error)
	}
}

func TestTheFirstAnswerCounts(t *testing.T) {
	b := lastApproved(t)
	err := b.answer("go", false)
	if e, ok := errors.AsType[*state.AnsweredError](err); !ok || e.Answer.By != "jane" {
		t.Errorf("got %v, want to be told that jane has approved", err)
	}
	b.want(b.run(RunOptions{}), OK, state.Succeeded, "a", "b")
}

// The clock runs while no process does.
func TestSilenceFailsTheStep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		b := newBench(t, w, w.step("a"), question("go", within30m, noReturn), w.step("b"))
		b.want(b.run(RunOptions{}), Waiting, state.Waiting, "a")
		time.Sleep(29 * time.Minute)
		b.want(b.run(RunOptions{}), Waiting, state.Waiting, "a")
		time.Sleep(2 * time.Minute)
		if err := b.answer("go", true); err == nil || !strings.Contains(err.Error(), "waited for an answer until") {
			t.Errorf("an answer that comes too late: %v", err)
		}
		b.want(b.run(RunOptions{}), RolledBack, state.RolledBack)
		if f := b.load().Failure; f == nil || f.Error != "nobody answered within 30m0s" {
			t.Errorf("failure is %+v", f)
		}
	})
}

func TestAnAnswerInTimeCountsWheneverItIsFound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		b := newBench(t, w, w.step("a"), question("go", within30m), w.step("b"))
		b.run(RunOptions{})
		b.approve("go")
		time.Sleep(24 * time.Hour)
		b.want(b.run(RunOptions{}), OK, state.Succeeded, "a", "b")
	})
}

func TestAVoidQuestionHasANewClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		b := newBench(t, w, w.step("a"), question("go", within30m), w.step("b"))
		b.run(RunOptions{})
		time.Sleep(20 * time.Minute)
		b.rb = book(w.step("a"), question("go", within30m), w.step("b", changed))
		b.want(b.run(RunOptions{}), Waiting, state.Waiting, "a")
		time.Sleep(20 * time.Minute)
		b.want(b.run(RunOptions{}), Waiting, state.Waiting, "a")
	})
}

// A point of no return that asks is closed by the approval, not by the question.
func TestNoReturnClosesWithTheApproval(t *testing.T) {
	for _, c := range []struct {
		approve bool
		exit    Exit
		status  state.Status
		there   []string
	}{{false, RolledBack, state.RolledBack, nil}, {true, Failed, state.Failed, []string{"a"}}} {
		w := newWorld()
		b := newBench(t, w, w.step("a"), question("go", noReturn), w.step("b"))
		b.fail["b"] = errNo
		b.want(b.run(RunOptions{}), Waiting, state.Waiting, "a")
		if b.load().Step("go").NoReturn {
			t.Error("closed before anybody has answered")
		}
		if err := b.answer("go", c.approve); err != nil {
			t.Fatal(err)
		}
		b.want(b.run(RunOptions{}), c.exit, c.status, c.there...)
	}
}

// An approval closes the point of no return when it is given, not when a run finds it: what it is of may be under way.
func TestAnApprovalThatNoRunHasTakenClosesToo(t *testing.T) {
	for _, c := range []struct {
		past, approve bool
		exit          Exit
		status        state.Status
		there         []string
	}{
		{false, true, RollbackIncomplete, state.Waiting, []string{"a"}},
		{true, true, OK, state.RolledBack, nil},
		{false, false, OK, state.RolledBack, nil},
	} {
		w := newWorld()
		b := newBench(t, w, w.step("a"), question("go", noReturn), w.step("b"))
		b.want(b.run(RunOptions{}), Waiting, state.Waiting, "a")
		if err := b.answer("go", c.approve); err != nil {
			t.Fatal(err)
		}
		b.want(b.rollback(RollbackOptions{PastNoReturn: c.past}), c.exit, c.status, c.there...)
	}
}

// What goes on from there is the run, as it was approved.
func TestARefusedRollbackLeavesTheApproval(t *testing.T) {
	w := newWorld()
	b := newBench(t, w, w.step("a"), question("go", noReturn), w.step("b"))
	b.want(b.run(RunOptions{}), Waiting, state.Waiting, "a")
	b.approve("go")
	b.want(b.rollback(RollbackOptions{}), RollbackIncomplete, state.Waiting, "a")
	b.want(b.run(RunOptions{}), OK, state.Succeeded, "a", "b")
}

func TestWhatStandsBehindARejectedApprovalIsNotUndone(t *testing.T) {
	b := lastRollbackWaiting(t)
	if err := b.answer("b.undo-1", false); err != nil {
		t.Fatal(err)
	}
	b.want(b.run(RunOptions{}), RollbackIncomplete, state.RollbackIncomplete, "b")
	b.want(b.rollback(RollbackOptions{}), Waiting, state.RollingBack, "b")
	b.approve("b.undo-1")
	b.want(b.rollback(RollbackOptions{}), OK, state.RolledBack)
}

// What was refused stays so until the rollback has come to its end, and others may still be asked.
func TestARefusalIsNotAskedAgainInTheSameRollback(t *testing.T) {
	for _, wait := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld()
			b := newBench(t, w, w.step("a", undoneWithApproval), w.step("b", undoneWithApproval), w.step("c"))
			b.fail["c"] = errNo
			done := make(chan Result, 1)
			go func() { done <- b.run(RunOptions{Wait: wait}) }()
			for _, c := range []struct {
				step     string
				approved bool
			}{{"b.undo-1", false}, {"a.undo-1", true}} {
				if !wait {
					b.want(<-done, Waiting, state.RollingBack, "a", "b")
				}
				time.Sleep(time.Minute)
				synctest.Wait()
				if err := b.answer(c.step, c.approved); err != nil {
					t.Fatal(err)
				}
				if !wait {
					go func() { done <- b.run(RunOptions{}) }()
				}
			}
			b.want(<-done, RollbackIncomplete, state.RollbackIncomplete, "b")
			b.want(b.rollback(RollbackOptions{}), Waiting, state.RollingBack, "b")
			b.approve("b.undo-1")
			b.want(b.rollback(RollbackOptions{}), OK, state.RolledBack)
		})
	}
}

// Waiting does not use up the rollback's timeout, and a run that waits notices the answer.
func TestAWaitingRollbackKeepsItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		b := newBench(t, w, w.step("a"), w.step("b", undoneWithApproval), w.step("c"))
		b.fail["c"] = errNo
		done := make(chan Result, 1)
		go func() { done <- b.run(RunOptions{Wait: true}) }()
		time.Sleep(time.Hour)
		synctest.Wait()
		b.approve("b.undo-1")
		b.want(<-done, RolledBack, state.RolledBack)
	})
}

func TestAWaitThatNobodyAnswersFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		b := newBench(t, w, w.step("a"), question("go", within30m), w.step("b"))
		began := time.Now()
		b.want(b.run(RunOptions{Wait: true}), RolledBack, state.RolledBack)
		if took := time.Since(began); took < 30*time.Minute || took > 31*time.Minute {
			t.Errorf("it took %s, want half an hour", took)
		}
	})
}

func TestAnInterruptedWaitGoesOnWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := lastNothing(t)
		ctx, cancel := context.WithCancelCause(t.Context())
		done := make(chan Result, 1)
		go func() {
			done <- b.call(func(x *Engine) Result { return x.Run(ctx, RunOptions{Wait: true}) })
		}()
		time.Sleep(time.Minute)
		synctest.Wait()
		cancel(ErrInterrupted)
		b.want(<-done, Interrupted, state.Waiting, "a")
		b.approve("go")
		b.want(b.run(RunOptions{}), OK, state.Succeeded, "a", "b")
	})
}

func TestADamagedAnswerIsNamedAndNothingIsDone(t *testing.T) {
	b := lastApproved(t)
	path := b.store.SidePath("approval.go." + b.load().Step("go").Asked.ID + ".json")
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	res := b.run(RunOptions{})
	if res.Exit != BadState || res.Err == nil || !strings.Contains(res.Err.Error(), path+" is damaged") {
		t.Errorf("got %d, %v; want 12 and the name of the file", res.Exit, res.Err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	b.want(b.run(RunOptions{}), Waiting, state.Waiting, "a")
	b.approve("go")
	b.want(b.run(RunOptions{}), OK, state.Succeeded, "a", "b")
}

func TestAPromptAnswers(t *testing.T) {
	for _, c := range []struct {
		name     string
		approved bool
		ok       bool
		exit     Exit
		status   state.Status
		there    []string
	}{
		{"yes", true, true, OK, state.Succeeded, []string{"a", "b"}},
		{"no", false, true, RolledBack, state.RolledBack, nil},
		{"later", false, false, Waiting, state.Waiting, []string{"a"}},
	} {
		b := lastNothing(t)
		var seen Question
		res := b.call(func(x *Engine) Result {
			x.Prompt = func(_ context.Context, q Question) (Reply, bool) {
				seen = q
				return Reply{Approved: c.approved, By: "jane"}, c.ok
			}
			return x.Run(t.Context(), RunOptions{})
		})
		b.want(res, c.exit, c.status, c.there...)
		want := Question{Step: "go", Message: "Go?", Done: []Line{{ID: "a", Text: "did it"}}, Remaining: []Line{{ID: "b", Text: "put b, gone false"}}}
		if seen.Step != want.Step || seen.Message != want.Message || !slices.Equal(seen.Done, want.Done) || !slices.Equal(seen.Remaining, want.Remaining) {
			t.Errorf("%s: was asked %+v, want %+v", c.name, seen, want)
		}
	}
}

// A question asks for one answer however often its run is killed on the way.
func TestAQuestionOutlivesAKill(t *testing.T) {
	w := newWorld()
	b := newBench(t, w, w.step("a"), question("go"), w.step("b"))
	b.run(RunOptions{})
	id := b.load().Step("go").Asked.ID
	st, err := b.store.Load()
	if err != nil {
		t.Fatal(err)
	}
	st.Run.Status = state.Running // killed on the way to where it waited
	if err := b.store.Save(st); err != nil {
		t.Fatal(err)
	}
	b.approve("go")
	if got := b.load().Step("go").Asked.ID; got != id {
		t.Errorf("the question is %s, want %s", got, id)
	}
	st, err = b.store.Load()
	if err != nil {
		t.Fatal(err)
	}
	e := st.Run.Step("go")
	if e.Answer, err = b.store.Answer(st.Run.ID, "go", e.Asked); err != nil {
		t.Fatal(err)
	}
	if err := b.store.Save(st); err != nil { // killed when it had taken the answer over
		t.Fatal(err)
	}
	if _, ok := errors.AsType[*state.AnsweredError](b.answer("go", false)); !ok {
		t.Error("an answer that was taken over can be given again")
	}
	b.kill["b"] = true
	b.want(b.run(RunOptions{}), -1, state.Running, "a", "b")
	b.want(b.run(RunOptions{}), OK, state.Succeeded, "a", "b")
}
