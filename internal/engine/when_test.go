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

func whenAFails(st *runbook.Step) { st.When = `steps["a"].outputs.text == ""` }

// A condition that cannot be told whatever happens keeps the run from beginning.
func TestAConditionThatWillNotBeToldRefusesTheRun(t *testing.T) {
	w := newWorld()
	b := newBench(t, w, w.step("a", whenOpen), w.step("b", whenAFails))
	b.open(false)
	b.want(run(b), Refused, "")
	if st, err := b.store.Load(); st != nil || err != nil {
		t.Errorf("got a state, %v", err)
	}
}

// One that turns out so on the way fails the step.
func TestAConditionThatCannotBeToldFailsTheStep(t *testing.T) {
	w := newWorld()
	b := newBench(t, w, w.step("z"), w.step("a", func(st *runbook.Step) { st.When = `steps["z"].outputs.text == ""` }), w.step("b", whenAFails))
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

// A plan passes over what the run is going to pass over, and asks no more of it: neither for dangers, nor for an undo.
func TestAPlanKnowsWhatWillBeSkipped(t *testing.T) {
	w := newWorld()
	b := newBench(t, w, w.step("a", whenOpen, noReturn, func(st *runbook.Step) { st.Step = wary{st.Step.(*put)} }), w.step("b"))
	for _, offline := range []bool{false, true} {
		b.open(false)
		p, err := b.engine().Plan(t.Context(), PlanOptions{Offline: offline})
		if err != nil {
			t.Fatal(err)
		}
		a, after := p.Steps[0], p.Steps[1]
		if a.Standing != "skipped" || a.Done != "when is false: vars.open" || a.NoReturn || len(a.Findings)+len(a.Undo)+len(a.IfItFails) > 0 {
			t.Errorf("offline %t: got %+v", offline, a)
		}
		if want := []string{"b.undo-1"}; !slices.Equal(after.IfItFails, want) {
			t.Errorf("offline %t: if b fails, %v, want %v", offline, after.IfItFails, want)
		}
		b.open(true)
		if p, err := b.engine().Plan(t.Context(), PlanOptions{Offline: offline}); err != nil || !p.Steps[0].Todo() || !p.Steps[0].NoReturn {
			t.Errorf("offline %t: got %+v, %v", offline, p.Steps[0], err)
		}
	}
	b.want(run(b), Refused, "") // for what is found of step a
	b.open(false)
	b.want(run(b), OK, state.Succeeded, "b")
}

// What rests on earlier steps is told with what it rests on; the step is foreseen as one that runs.
func TestAPlanSaysWhatDecidesLater(t *testing.T) {
	w := newWorld()
	b := newBench(t, w, w.step("a"), w.step("b", func(st *runbook.Step) { st.When = `vars.open || steps["a"].outputs.text == ""` }))
	for open, want := range map[bool]string{false: "whether it runs: it rests on what step a puts out", true: ""} {
		b.open(open)
		p, err := b.engine().Plan(t.Context(), PlanOptions{})
		if err != nil || p.Steps[1].Later != want || !p.Steps[1].Todo() {
			t.Errorf("open %t: got %+v, %v, want %q", open, p.Steps[1], err, want)
		}
	}
}
