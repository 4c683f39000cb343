package engine

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/state"
)

var errNo = errors.New("the registry says no")

func lastNone(t *testing.T) *bench {
	w := newWorld()
	return newBench(t, w, w.step("a"), w.step("b"), w.step("c"))
}

func lastKilled(t *testing.T) *bench {
	b := lastNone(t)
	b.kill["b"] = true
	b.want(b.run(RunOptions{}), -1, state.Running, "a", "b")
	return b
}

func lastInterrupted(t *testing.T) *bench {
	b := lastKilled(t)
	st, err := b.store.Load()
	if err != nil {
		t.Fatal(err)
	}
	st.Run.Status = state.Interrupted
	if err := b.store.Save(st); err != nil {
		t.Fatal(err)
	}
	return b
}

func lastStopped(t *testing.T) *bench {
	w := newWorld()
	b := newBench(t, w, w.step("a"), w.step("b", stopOnFail), w.step("c"))
	b.fail["b"] = errNo
	b.want(b.run(RunOptions{}), Failed, state.Failed, "a")
	delete(b.fail, "b")
	return b
}

func lastRollingBack(t *testing.T) *bench {
	b := lastNone(t)
	b.fail["c"] = errNo
	b.kill["b.undo-1"] = true
	b.want(b.run(RunOptions{}), -1, state.RollingBack, "a")
	return b
}

func lastRolledBack(t *testing.T) *bench {
	b := lastNone(t)
	b.fail["c"] = errNo
	b.want(b.run(RunOptions{}), RolledBack, state.RolledBack)
	delete(b.fail, "c")
	return b
}

func lastIncomplete(t *testing.T) *bench {
	b := lastNone(t)
	b.fail["c"], b.fail["b.undo-1"] = errNo, errNo
	b.want(b.run(RunOptions{}), RollbackIncomplete, state.RollbackIncomplete, "b")
	delete(b.fail, "b.undo-1")
	return b
}

func lastAbandoned(t *testing.T) *bench {
	b := lastIncomplete(t)
	delete(b.fail, "c")
	b.change(func(r *state.Run) error { return r.Abandon(state.Word{By: "ann", Because: "moved by hand"}) })
	return b
}

func lastSucceeded(t *testing.T) *bench {
	b := lastNone(t)
	b.want(b.run(RunOptions{}), OK, state.Succeeded, "a", "b", "c")
	return b
}

// Every cell of the table of commands and last runs.
func TestCommandsOnEveryKindOfLastRun(t *testing.T) {
	all := []string{"a", "b", "c"}
	for _, c := range []struct {
		name    string
		prepare func(*testing.T) *bench
		run     func(*bench) Result
		exit    Exit
		status  state.Status
		there   []string
		sends   bool // has effects of its own
	}{
		{"none, run", lastNone, run, OK, state.Succeeded, all, true},
		{"none, run --resume", lastNone, resume, BadState, "", nil, false},
		{"none, run --restart", lastNone, restart, OK, state.Succeeded, all, true},
		{"none, rollback", lastNone, rollback, BadState, "", nil, false},

		{"killed, run", lastKilled, run, OK, state.Succeeded, all, true},
		{"killed, run --resume", lastKilled, resume, OK, state.Succeeded, all, true},
		{"killed, run --restart", lastKilled, restart, Usage, state.Running, []string{"a", "b"}, false},
		{"killed, rollback", lastKilled, rollback, OK, state.RolledBack, nil, true},

		{"interrupted, run", lastInterrupted, run, OK, state.Succeeded, all, true},
		{"interrupted, run --resume", lastInterrupted, resume, OK, state.Succeeded, all, true},
		{"interrupted, run --restart", lastInterrupted, restart, Usage, state.Interrupted, []string{"a", "b"}, false},
		{"interrupted, rollback", lastInterrupted, rollback, OK, state.RolledBack, nil, true},

		{"failed, run", lastStopped, run, OK, state.Succeeded, all, true},
		{"failed, run --resume", lastStopped, resume, OK, state.Succeeded, all, true},
		{"failed, run --restart", lastStopped, restart, Usage, state.Failed, []string{"a"}, false},
		{"failed, rollback", lastStopped, rollback, OK, state.RolledBack, nil, true},

		{"rolling back, run", lastRollingBack, run, RolledBack, state.RolledBack, nil, true},
		{"rolling back, run --resume", lastRollingBack, resume, RolledBack, state.RolledBack, nil, true},
		{"rolling back, run --restart", lastRollingBack, restart, Usage, state.RollingBack, []string{"a"}, false},
		{"rolling back, rollback", lastRollingBack, rollback, OK, state.RolledBack, nil, true},

		{"rolled back, run", lastRolledBack, run, RolledBack, state.RolledBack, nil, false},
		{"rolled back, run --resume", lastRolledBack, resume, RolledBack, state.RolledBack, nil, false},
		{"rolled back, run --restart", lastRolledBack, restart, OK, state.Succeeded, all, true},
		{"rolled back, run of a changed runbook", lastRolledBack, changedRun, OK, state.Succeeded, all, true},
		{"rolled back, run --resume of a changed runbook", lastRolledBack, changedResume, RolledBack, state.RolledBack, nil, false},
		{"rolled back, rollback", lastRolledBack, rollback, OK, state.RolledBack, nil, false},

		{"incomplete, run", lastIncomplete, run, RollbackIncomplete, state.RollbackIncomplete, []string{"b"}, false},
		{"incomplete, run --resume", lastIncomplete, resume, RollbackIncomplete, state.RollbackIncomplete, []string{"b"}, false},
		{"incomplete, run --restart", lastIncomplete, restart, Usage, state.RollbackIncomplete, []string{"b"}, false},
		{"incomplete, rollback", lastIncomplete, rollback, OK, state.RolledBack, nil, true},

		{"abandoned, run", lastAbandoned, run, OK, state.Succeeded, all, true},
		{"abandoned, run --resume", lastAbandoned, resume, BadState, state.Abandoned, []string{"b"}, false},
		{"abandoned, run --restart", lastAbandoned, restart, OK, state.Succeeded, all, true},
		{"abandoned, rollback", lastAbandoned, rollback, OK, state.RolledBack, nil, true},

		{"succeeded, run", lastSucceeded, run, OK, state.Succeeded, all, false},
		{"succeeded, run --resume", lastSucceeded, resume, OK, state.Succeeded, all, false},
		{"succeeded, run --restart", lastSucceeded, restart, OK, state.Succeeded, all, true},
		{"succeeded, run with a step appended", lastSucceeded, appendedRun, OK, state.Succeeded, []string{"a", "b", "c", "d"}, true},
		{"succeeded, run --resume with a step appended", lastSucceeded, appendedResume, OK, state.Succeeded, []string{"a", "b", "c", "d"}, true},
		{"succeeded, run with a done step changed", lastSucceeded, changedRun, BadState, state.Succeeded, all, false},
		{"succeeded, rollback", lastSucceeded, rollback, OK, state.RolledBack, nil, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := c.prepare(t)
			before := slices.Clone(b.log)
			b.want(c.run(b), c.exit, c.status, c.there...)
			if sent := len(b.log) > len(before); sent != c.sends {
				t.Errorf("had effects: %v, want %v: %q", sent, c.sends, b.log[len(before):])
			}
		})
	}
}

func run(b *bench) Result      { return b.run(RunOptions{}) }
func resume(b *bench) Result   { return b.run(RunOptions{Resume: true}) }
func restart(b *bench) Result  { return b.run(RunOptions{Restart: true}) }
func rollback(b *bench) Result { return b.rollback(RollbackOptions{}) }

func changedRun(b *bench) Result    { return b.edit(RunOptions{}) }
func changedResume(b *bench) Result { return b.edit(RunOptions{Resume: true}) }

func (b *bench) edit(o RunOptions) Result {
	b.rb = book(b.step("a", changed), b.step("b"), b.step("c"))
	return b.run(o)
}

func appendedRun(b *bench) Result    { return b.append(RunOptions{}) }
func appendedResume(b *bench) Result { return b.append(RunOptions{Resume: true}) }

func (b *bench) append(o RunOptions) Result {
	b.rb = book(b.step("a"), b.step("b"), b.step("c"), b.step("d"))
	return b.run(o)
}

func TestARolledBackRunNamesRestart(t *testing.T) {
	b := lastRolledBack(t)
	b.run(RunOptions{})
	if next := b.ended().Next; next != "srmigrate run b.yaml --restart" {
		t.Errorf("next is %q", next)
	}
}

func TestAnIncompleteRollbackListsWhatIsOpen(t *testing.T) {
	b := lastIncomplete(t)
	b.run(RunOptions{})
	var open []string
	for _, e := range b.events {
		if o, ok := e.(event.Open); ok {
			open = append(open, o.ID)
		}
	}
	if !slices.Equal(open, []string{"b.undo-1"}) {
		t.Errorf("open: %q, want b.undo-1", open)
	}
}

func TestARollbackGoesOnWithoutWhatWasAccepted(t *testing.T) {
	b := lastIncomplete(t)
	b.fail["b.undo-1"] = errNo
	b.change(func(r *state.Run) error {
		return r.Accept([]string{"b.undo-1"}, state.Word{By: "ann", Because: "it may stay"})
	})
	b.want(rollback(b), OK, state.RolledBack, "b")
	var kept []string
	for _, e := range b.events {
		if k, ok := e.(event.Kept); ok {
			kept = append(kept, k.Step+": "+k.Text)
		}
	}
	if !slices.Contains(kept, "b: b.undo-1 was accepted as it is by ann: it may stay") {
		t.Errorf("kept %q, want what was accepted, by whom and why", kept)
	}
}

func TestTheOldRunGoesIntoTheHistory(t *testing.T) {
	b := lastRolledBack(t)
	b.run(RunOptions{Restart: true})
	st, err := b.store.Load()
	if err != nil {
		t.Fatal(err)
	}
	if len(st.History) != 1 || st.History[0].Status != state.RolledBack {
		t.Errorf("history is %+v, want the rolled-back run", st.History)
	}
	old, err := state.NewStore(b.store.SidePath("run."+st.History[0].ID+".json"), "test", state.OS{}).Load()
	if err != nil || old == nil || old.Run.Status != state.RolledBack || old.Run.Step("b") == nil {
		t.Errorf("the old run is kept as %+v, %v; want all of it", old, err)
	}
}

func TestAChangedDoneStepIsNamed(t *testing.T) {
	b := lastSucceeded(t)
	res := b.edit(RunOptions{})
	if res.Err == nil || !strings.Contains(res.Err.Error(), "step a") || !strings.Contains(res.Err.Error(), "b.yaml:10") {
		t.Errorf("error %v does not name step a and its line", res.Err)
	}
}
