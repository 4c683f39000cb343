package engine

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/state"
	"github.com/srmigrate/srmigrate/runbook"
)

// failing is a run of a, b and c whose last step fails.
func failing(t *testing.T) *bench {
	w := newWorld()
	w.fail["c"] = errNo
	return newBench(t, w, w.step("a"), w.step("b"), w.step("c"))
}

func (b *bench) retries(id string) int {
	n := 0
	for _, r := range all[event.StepRetry](b) {
		if r.ID == id {
			n++
		}
	}
	return n
}

// A step that used up its attempts takes none from its undo, nor one undo step from another.
func TestEveryUndoStepHasAttemptsOfItsOwn(t *testing.T) {
	w := newWorld()
	b := newBench(t, w, w.step("a"), w.step("b"), w.step("c"))
	w.soft["c"], w.soft["b.undo-1"], w.soft["a.undo-1"] = 9, 2, 2
	b.want(run(b), RolledBack, state.RolledBack)
	for id, want := range map[string]int{"c": 2, "b.undo-1": 2, "a.undo-1": 2} {
		if got := b.retries(id); got != want {
			t.Errorf("%s was tried again %d times, want %d", id, got, want)
		}
	}
}

// An exporter that was paused and resumed again runs in the end, also where the undo of the resume, a pause, succeeds only
// after the undo of the pause.
func TestALateUndoHasTheOthersOfItsExporterLookedAtAgain(t *testing.T) {
	w := newWorld()
	w.there["running"], w.fail["c"], w.soft["b.undo-1"] = true, errNo, 4
	b := newBench(t, w, w.step("a", onExporter(false)), w.step("b", onExporter(true)), w.step("c"))
	b.want(run(b), RollbackIncomplete, state.RollbackIncomplete, "running")
	b.log = nil
	b.want(rollback(b), OK, state.RolledBack, "running")
	if want := []string{"do b.undo-1", "do a.undo-1"}; !slices.Equal(effects(b.log), want) {
		t.Errorf("effects %q, want %q", effects(b.log), want)
	}
}

// What puts back modes of a registry is looked at again behind a step that comes late and opens the registry once more.
func TestALateUndoHasTheOthersOfItsRegistryLookedAtAgain(t *testing.T) {
	w := newWorld()
	on := func(open bool) func(*runbook.Step) {
		return func(st *runbook.Step) {
			onExporter(open)(st)
			undo := st.Rollback[0].Step.(*put)
			undo.exporter, undo.waits = "", []string{"target"}
		}
	}
	w.there["running"], w.fail["c"], w.soft["b.undo-1"] = true, errNo, 4
	b := newBench(t, w, w.step("a", on(false)), w.step("b", on(true)), w.step("c"))
	b.want(run(b), RollbackIncomplete, state.RollbackIncomplete, "running")
	b.log = nil
	b.want(rollback(b), OK, state.RolledBack, "running")
	if want := []string{"do b.undo-1", "do a.undo-1"}; !slices.Equal(effects(b.log), want) {
		t.Errorf("effects %q, want %q", effects(b.log), want)
	}
}

// What used up its attempts is open, and a later call gives it new ones; what is done is not done again.
func TestALaterRollbackDoesOnlyWhatIsOpen(t *testing.T) {
	b := failing(t)
	b.soft["b.undo-1"] = 4
	b.want(run(b), RollbackIncomplete, state.RollbackIncomplete, "b")
	open := all[event.Open](b)
	if len(open) != 1 || open[0].ID != "b.undo-1" || !strings.Contains(open[0].Text, "503") || !slices.Equal(open[0].Commands, []string{"srmigrate rollback b.yaml"}) {
		t.Errorf("open: %+v, want b.undo-1, why, and what to type", open)
	}
	if next := b.ended().Next; next != "srmigrate rollback b.yaml" {
		t.Errorf("next is %q", next)
	}
	b.log = nil
	b.want(rollback(b), OK, state.RolledBack)
	if want := []string{"do b.undo-1"}; !slices.Equal(effects(b.log), want) {
		t.Errorf("effects %q, want %q", effects(b.log), want)
	}
	if got := b.retries("b.undo-1"); got != 1 {
		t.Errorf("b.undo-1 was tried again %d times, want once", got)
	}
}

// Whoever is killed in a rollback is followed by a call that ends it, whichever verb it has, and repeats nothing.
func TestAKilledRollbackGoesOnWhereItWas(t *testing.T) {
	for verb, call := range map[string]func(*bench) Result{"run": run, "rollback": rollback} {
		for _, id := range []string{"a.undo-1", "b.undo-1"} {
			b := failing(t)
			b.kill[id] = true
			if res := run(b); res.Exit != -1 {
				t.Fatalf("%s: exit %d, want it killed", id, res.Exit)
			}
			exit := map[string]Exit{"run": RolledBack, "rollback": OK}[verb]
			b.want(call(b), exit, state.RolledBack)
			if want := []string{"do a", "do b", "do b.undo-1", "do a.undo-1"}; !slices.Equal(effects(b.log), want) {
				t.Errorf("killed in %s, then %s: effects %q, want %q", id, verb, effects(b.log), want)
			}
		}
	}
}

// A lost answer of an undo step is looked up, as of any other.
func TestALostAnswerOfAnUndoStepIsLookedUp(t *testing.T) {
	b := failing(t)
	b.lost["b.undo-1"] = 1
	b.want(run(b), RolledBack, state.RolledBack)
	if n := b.effects("b.undo-1"); n != 1 {
		t.Errorf("b.undo-1 had its effect %d times, want once", n)
	}
}

// rollbackTimeout bounds the whole; what it left is open, and the next call has its time anew.
func TestARollbackThatTakesTooLongLeavesItemsOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := failing(t)
		good := b.rb.Steps[1].Rollback[0].Step
		b.rb.Steps[1].Rollback[0].Step = &hanging{put: put{w: b.world, Thing: "b", Gone: true}, reached: func() {}}
		b.rb.Steps[1].Rollback[0].Timeout, b.rb.RollbackTimeout = time.Hour, time.Minute
		began := time.Now()
		b.want(run(b), RollbackIncomplete, state.RollbackIncomplete, "a", "b")
		if took := time.Since(began); took > 2*time.Minute {
			t.Errorf("it took %s, want about a minute", took)
		}
		var open []string
		for _, o := range all[event.Open](b) {
			open = append(open, fmt.Sprint(o.ID, " ", strings.Contains(o.Text, "the rollback's timeout of 1m0s passed")))
		}
		if want := []string{"b.undo-1 true", "a.undo-1 true"}; !slices.Equal(open, want) {
			t.Errorf("open %q, want %q", open, want)
		}
		b.rb.Steps[1].Rollback[0].Step = good
		b.want(rollback(b), OK, state.RolledBack)
	})
}

// onFailure: stop and --no-rollback leave everything, and name the command that undoes it.
func TestWhatWasStoppedIsUndoneOnRequest(t *testing.T) {
	for name, call := range map[string]func(*bench) Result{
		"onFailure: stop": func(b *bench) Result { stopOnFail(&b.rb.Steps[2]); return run(b) },
		"--no-rollback":   func(b *bench) Result { return b.run(RunOptions{NoRollback: true}) },
	} {
		b := failing(t)
		b.want(call(b), Failed, state.Failed, "a", "b")
		open := all[event.Open](b)
		if len(open) != 2 {
			t.Errorf("%s: open %+v, want two items", name, open)
		}
		for _, o := range open {
			if !slices.Equal(o.Commands, []string{"srmigrate rollback b.yaml"}) {
				t.Errorf("%s: %s: commands %q", name, o.ID, o.Commands)
			}
		}
		b.want(rollback(b), OK, state.RolledBack)
	}
}
