package engine

import (
	"testing"

	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/state"
)

func TestNoRollbackHoldsForOneCall(t *testing.T) {
	w := newWorld()
	w.fail["b"] = errNo
	b := newBench(t, w, w.step("a"), w.step("b"))
	b.want(b.run(RunOptions{NoRollback: true}), Failed, state.Failed, "a")
	open := 0
	for _, e := range b.events {
		if _, ok := e.(event.Open); ok {
			open++
		}
	}
	if open != 1 {
		t.Errorf("%d open items are listed, want 1", open)
	}
	b.want(b.run(RunOptions{NoRollback: true}), Failed, state.Failed, "a")
	b.want(b.run(RunOptions{}), RolledBack, state.RolledBack)
}

func TestNoRollbackDoesNotStopARollback(t *testing.T) {
	w := newWorld()
	w.fail["b"] = errNo
	w.kill["a.undo-1"] = true
	b := newBench(t, w, w.step("a"), w.step("b"))
	run(b)
	b.want(b.run(RunOptions{NoRollback: true}), Usage, state.RollingBack)
	b.want(run(b), RolledBack, state.RolledBack)
}
