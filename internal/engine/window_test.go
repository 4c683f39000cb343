package engine

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/srmigrate/srmigrate/internal/state"
	"github.com/srmigrate/srmigrate/runbook"
)

// windowed is a bench with three steps, of which the second hangs until its context ends, and a window from an hour
// from now until three hours from now that takes new runs for one hour.
func windowed(t *testing.T) *bench {
	w := newWorld()
	b := newBench(t, w, w.step("a"), w.step("b"), w.step("c"))
	now := time.Now()
	b.rb.Window = runbook.Window{
		NotBefore: now.Add(time.Hour), LastStart: now.Add(2 * time.Hour), NotAfter: now.Add(3 * time.Hour), OnMiss: runbook.Rollback,
	}
	b.rb.Steps[1].Step, b.rb.Steps[1].Timeout = &hanging{put{w: w, Thing: "b"}, func() {}}, 0
	return b
}

func (b *bench) reason(text string) {
	b.t.Helper()
	if got := b.ended().Reason; !strings.Contains(got, text) {
		b.t.Errorf("ended with %q, want %q in it", got, text)
	}
}

func TestNothingBeginsOutsideOfTheWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := windowed(t)
		b.want(b.run(RunOptions{}), Refused, "")
		b.reason("the window opens at 2000-01-01T01:00:00Z, in 1h; --wait waits for it")
		time.Sleep(2 * time.Hour)
		b.want(b.run(RunOptions{}), Refused, "")
		b.reason("the window takes no new run after 2000-01-01T02:00:00Z, 0s ago")
		time.Sleep(time.Hour)
		b.want(b.run(RunOptions{}), Refused, "")
		b.reason("the window closed at 2000-01-01T03:00:00Z, 0s ago; nothing begins in it any more")
	})
}

func TestWaitsForTheWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := windowed(t)
		b.want(b.run(RunOptions{Wait: true, MaxDuration: time.Minute}), Interrupted, "")
		b.rb.Steps[1].Step = b.step("b").Step
		begun := time.Now()
		b.want(b.run(RunOptions{Wait: true}), OK, state.Succeeded, "a", "b", "c")
		if waited := time.Since(begun); waited != 59*time.Minute {
			t.Errorf("waited %s", waited)
		}
	})
}

// The step that is under way when the window closes is cut short, and undone with those before it.
func TestTheEndOfTheWindowRollsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := windowed(t)
		time.Sleep(time.Hour)
		b.want(b.run(RunOptions{}), RolledBack, state.RolledBack)
		b.reason("the window closed at 2000-01-01T03:00:00Z, before b was done")
		if next := b.ended().Next; next != "" {
			t.Errorf("next is %q, which the window refuses", next)
		}
		if at := time.Now().UTC(); at.Hour() != 3 {
			t.Errorf("it ended at %s", at)
		}
		b.want(b.run(RunOptions{}), RolledBack, state.RolledBack)
		b.rb.Window = runbook.Window{OnMiss: runbook.Rollback} // another runbook: a new run
		b.rb.Steps[1].Step = b.step("b").Step
		b.want(b.run(RunOptions{}), OK, state.Succeeded, "a", "b", "c")
	})
}

func TestTheEndOfTheWindowStops(t *testing.T) {
	for name, set := range map[string]func(*bench, *RunOptions){
		"because it is to":            func(b *bench, _ *RunOptions) { b.rb.Window.OnMiss = runbook.Stop },
		"behind a point of no return": func(b *bench, _ *RunOptions) { b.rb.Steps[0].NoReturn = true },
		"with --no-rollback":          func(_ *bench, o *RunOptions) { o.NoRollback = true },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b, o := windowed(t), RunOptions{}
				set(b, &o)
				time.Sleep(time.Hour)
				b.want(b.run(o), Failed, state.Failed, "a")
				b.reason("before b was done; with a later notAfter it goes on")
				b.rb.Steps[1].Step = b.step("b").Step
				b.want(b.run(o), Failed, state.Failed, "a") // still closed
				if b.effects("b") != 0 {
					t.Error("a step ran outside of the window")
				}
				b.rb.Window.NotAfter = time.Now().Add(time.Hour)
				b.want(b.run(o), OK, state.Succeeded, "a", "b", "c")
			})
		})
	}
}

// What only another call could have finished is rolled back when that comes too late, and a rollback needs no window.
func TestARunIsResumedOutsideOfTheWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := windowed(t)
		time.Sleep(time.Hour)
		b.want(b.run(RunOptions{MaxDuration: time.Minute}), Interrupted, state.Interrupted, "a")
		b.reason("stopped: the 1m of --max-duration are over")
		if next := b.ended().Next; next != "srmigrate run b.yaml --max-duration 1m" {
			t.Errorf("next is %q", next)
		}
		b.rb.Window.NotBefore = time.Now().Add(time.Minute)
		b.want(b.run(RunOptions{}), Failed, state.Interrupted, "a")
		b.reason("this call has sent nothing, and run ")
		time.Sleep(3 * time.Hour)
		b.want(b.run(RunOptions{}), RolledBack, state.RolledBack)
	})
}

func TestARollbackNeedsNoWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := windowed(t)
		b.rb.Window.OnMiss = runbook.Stop
		time.Sleep(time.Hour)
		b.want(b.run(RunOptions{}), Failed, state.Failed, "a")
		b.want(b.rollback(RollbackOptions{}), OK, state.RolledBack)
	})
}

// A question is withdrawn when the window closes over it; an answer that comes then is of no use any more.
func TestTheWindowClosesOverAQuestion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := windowed(t)
		b.rb.Steps[1] = question("b")
		time.Sleep(time.Hour)
		b.want(b.run(RunOptions{}), Waiting, state.Waiting, "a")
		b.want(b.run(RunOptions{Wait: true}), RolledBack, state.RolledBack)
		b.reason("the window closed at 2000-01-01T03:00:00Z, before b was done")
	})
}

func TestAPlanTellsOfTheWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := windowed(t)
		plan := func() *Plan {
			p, err := b.engine().Plan(t.Context(), PlanOptions{Offline: true})
			if err != nil {
				t.Fatal(err)
			}
			return p
		}
		var said []string
		for range 4 {
			p := plan()
			said = append(said, p.Window.Says)
			if p.Window.Over != (p.Exit(false) == Refused) {
				t.Errorf("over: %v, exit %d", p.Window.Over, p.Exit(false))
			}
			time.Sleep(time.Hour)
		}
		want := []string{
			"opens at 2000-01-01T01:00:00Z, in 1h",
			"is open until 2000-01-01T03:00:00Z, for 2h; then the run is rolled back",
			"takes no new run after 2000-01-01T02:00:00Z, 0s ago",
			"closed at 2000-01-01T03:00:00Z, 0s ago; nothing begins in it any more",
		}
		if !slices.Equal(said, want) {
			t.Errorf("it said %q", said)
		}
	})
}
