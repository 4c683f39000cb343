package cli

import (
	"fmt"
	"time"

	"github.com/srmigrate/srmigrate/internal/report"
	"github.com/srmigrate/srmigrate/internal/state"
	"github.com/srmigrate/srmigrate/runbook"
	"github.com/srmigrate/srmigrate/steps"
)

// statusOfQuestion says what the run waits for, since when and how long, and what to type; or the answer that the run
// has not taken over yet.
func (a *app) statusOfQuestion(t *report.Text, in *input, rb *runbook.Runbook, run *state.Run, store *state.Store) {
	e := run.Waiting()
	if e == nil {
		return
	}
	t.Row("asked", e.ID, e.Asked.Since.Format(time.RFC3339)+left(e.Asked.Since, timeoutOf(rb, e.ID)))
	answer, err := store.Answer(run.ID, e.ID, e.Asked)
	switch {
	case err != nil:
		t.Row("warning", e.ID, err.Error())
	case answer != nil:
		t.Row("answered", e.ID, answer.String())
	default:
		t.Command("", "$ "+a.again(in, steps.Approving, e.ID, "--by", "WHO"))
		t.Command("", "$ "+a.again(in, steps.Rejecting, e.ID, "--by", "WHO"))
	}
}

func left(since time.Time, timeout time.Duration) string {
	if timeout == 0 {
		return ""
	}
	at := since.Add(timeout)
	if d := time.Until(at); d > 0 {
		return fmt.Sprintf(", %s left", d.Round(time.Second))
	}
	return ", too late since " + at.Format(time.RFC3339)
}

// timeoutOf is how long a step of the runbook, or an undo step, may take; 0 when that is not known.
func timeoutOf(rb *runbook.Runbook, id string) time.Duration {
	for _, st := range rb.Steps {
		for _, one := range append([]runbook.Step{st}, st.Rollback...) {
			if one.ID == id {
				return one.Timeout
			}
		}
	}
	return 0
}
