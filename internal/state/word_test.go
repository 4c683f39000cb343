package state

import (
	"strings"
	"testing"
)

func incomplete() *Run {
	return &Run{ID: "r", Status: RollbackIncomplete, Undo: []*Step{
		{ID: "a.undo-1", Status: StepSucceeded}, {ID: "b.undo-1", Status: StepFailed}, {ID: "c.undo-1", Status: StepBlocked},
	}}
}

func TestWhatIsAcceptedCountsAsDone(t *testing.T) {
	r, w := incomplete(), Word{By: "ann", Because: "done in the console", At: noon}
	if err := r.Accept([]string{"b.undo-1"}, w); err != nil {
		t.Fatal(err)
	}
	if open := r.Open(); len(open) != 1 || open[0].ID != "c.undo-1" {
		t.Errorf("open: got %v, want c.undo-1 alone", open)
	}
	e := r.Undo[1]
	if text, _ := e.Outputs["text"].(string); !e.Finished() || e.Accepted == nil || !strings.Contains(text, "ann: done in the console") {
		t.Errorf("got %+v, want it finished, with who and why", e)
	}
}

func TestNothingIsAcceptedWhereOneIsNotOpen(t *testing.T) {
	for _, ids := range [][]string{{"b.undo-1", "a.undo-1"}, {"b.undo-1", "nothing"}} {
		r := incomplete()
		if err := r.Accept(ids, Word{}); err == nil || !strings.Contains(err.Error(), "open: b.undo-1, c.undo-1") {
			t.Errorf("%v: got %v, want what is open", ids, err)
		}
		if len(r.Open()) != 2 {
			t.Errorf("%v: got %d open, want both as before", ids, len(r.Open()))
		}
	}
}

func TestOnlyWhatIsNotOverIsAbandoned(t *testing.T) {
	for _, s := range runStatuses {
		r := &Run{ID: "r", Status: s}
		err := r.Abandon(Word{By: "ann", Because: "moved by hand", At: noon})
		over := s == Succeeded || s == RolledBack || s == Abandoned
		if (err != nil) != over {
			t.Errorf("%s: got %v, want an error: %v", s, err, over)
		}
		if err == nil && (r.Status != Abandoned || r.Abandoned == nil) {
			t.Errorf("%s: got %+v, want it abandoned by ann", s, r)
		}
	}
}
