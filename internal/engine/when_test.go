package engine

import (
	"slices"
	"testing"

	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/state"
	"github.com/srmigrate/srmigrate/runbook"
)

func whenOpen(st *runbook.Step) { st.When = "vars.open" }

func (b *bench) open(is bool) { b.rb.Vars = map[string]any{"open": is} }

func (b *bench) skipped() (list []string) {
	for _, e := range b.events {
		if e, ok := e.(event.StepSkipped); ok {
			list = append(list, e.ID+": "+e.Text)
		}
	}
	return list
}

func TestAStepWhoseConditionIsFalseIsSkippedForGood(t *testing.T) {
	w := newWorld()
	w.fail["c"] = errNo
	b := newBench(t, w, w.step("a"), w.step("b", whenOpen, noReturn), w.step("c", stopOnFail))
	b.open(false)
	b.want(run(b), Failed, state.Failed, "a")
	if want := []string{"b: when is false: vars.open"}; !slices.Equal(b.skipped(), want) {
		t.Errorf("skipped %q, want %q", b.skipped(), want)
	}
	delete(w.fail, "c")
	b.open(true)
	b.want(run(b), OK, state.Succeeded, "a", "c")
	b.want(b.rollback(RollbackOptions{}), OK, state.RolledBack)
	if slices.Contains(b.log, "record b") || b.effects("b.undo-1") > 0 {
		t.Errorf("the skipped step was begun or undone: %q", b.log)
	}
}

func TestAConditionIsNotLookedAtAgain(t *testing.T) {
	w := newWorld()
	w.dies["a"] = true
	b := newBench(t, w, w.step("a", whenOpen))
	b.open(true)
	run(b) // dies before the intent is saved
	b.open(false)
	b.want(run(b), OK, state.Succeeded, "a")
}

func TestAConditionThatWasEditedIsLookedAtAgain(t *testing.T) {
	w := newWorld()
	w.dies["a"] = true
	b := newBench(t, w, w.step("a", whenOpen))
	b.open(true)
	run(b)
	b.rb.Steps[0].When, b.rb.Steps[0].Digest = "!vars.open", "another"
	b.want(run(b), OK, state.Succeeded)
}

func TestASkippedStepIsFrozen(t *testing.T) {
	w := newWorld()
	b := newBench(t, w, w.step("a", whenOpen), w.step("b"))
	b.open(false)
	b.want(run(b), OK, state.Succeeded, "b")
	b.rb.Steps[0].Digest = "another"
	b.want(run(b), BadState, state.Succeeded, "b")
}

func TestAConditionThatCannotBeToldFailsTheStep(t *testing.T) {
	w := newWorld()
	b := newBench(t, w, w.step("a", whenOpen), w.step("b", func(st *runbook.Step) { st.When = `steps["a"].outputs.text == ""` }))
	b.open(false)
	b.want(run(b), RolledBack, state.RolledBack)
	st, err := b.store.Load()
	if err != nil {
		t.Fatal(err)
	}
	want := `whether it has to run cannot be told: when: step "a" was skipped, so it put out nothing`
	if got := st.Run.Failure; got == nil || got.Error != want {
		t.Errorf("got %v, want %s", got, want)
	}
}
