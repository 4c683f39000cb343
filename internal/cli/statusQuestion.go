package cli

import (
	"fmt"
	"time"

	"github.com/srmigrate/srmigrate/internal/engine"
	"github.com/srmigrate/srmigrate/internal/report"
	"github.com/srmigrate/srmigrate/internal/state"
	"github.com/srmigrate/srmigrate/runbook"
	"github.com/srmigrate/srmigrate/steps"
)

// statusOfQuestion says what the run waits for, since when and how long, what a no does, and what to type; or the answer that the run
// has not taken over yet.
func (a *app) statusOfQuestion(t *report.Text, in *input, rb *runbook.Runbook, run *state.Run, store *state.Store) {
	e := run.Waiting()
	if e == nil {
		return
	}
	t.Row("asked", e.ID, e.Asked.Since.Format(time.RFC3339)+left(e.Asked.Until))
	answer, err := store.Answer(run.ID, e.ID, e.Asked)
	switch {
	case err != nil:
		t.Row("warning", e.ID, err.Error())
	case answer != nil:
		t.Row("answered", e.ID, answer.String())
	default:
		a.statusOfNo(t, in, rb, e, store)
		g := engine.GivenByHand(run, rb)
		t.Command("", "$ "+a.again(in, g, steps.Approving, e.ID, "--by", "WHO"))
		t.Command("", "$ "+a.again(in, g, steps.Rejecting, e.ID, "--by", "WHO"))
	}
}

// statusOfNo says what a rejection would do, or why there is nothing to answer any more.
func (a *app) statusOfNo(t *report.Text, in *input, rb *runbook.Runbook, e *state.Step, store *state.Store) {
	if q, err := a.answering(in, rb, store).Question(e.ID); err != nil {
		t.Row("warning", e.ID, err.Error())
	} else {
		t.Row("else", e.ID, q.Otherwise.Text)
	}
}

func left(until time.Time) string {
	if until.IsZero() {
		return ""
	}
	if d := time.Until(until); d > 0 {
		return fmt.Sprintf(", %s left", d.Round(time.Second))
	}
	return ", too late since " + until.Format(time.RFC3339)
}
