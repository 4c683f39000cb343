package cli

import (
	"fmt"
	"time"

	"github.com/srmigrate/srmigrate/internal/report"
	"github.com/srmigrate/srmigrate/internal/state"
	"github.com/srmigrate/srmigrate/steps"
)

// statusOfQuestion says what the run waits for, since when and how long, and what to type; or the answer that the run
// has not taken over yet.
func (a *app) statusOfQuestion(t *report.Text, in *input, run *state.Run, store *state.Store) {
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
		t.Command("", "$ "+a.again(in, steps.Approving, e.ID, "--by", "WHO"))
		t.Command("", "$ "+a.again(in, steps.Rejecting, e.ID, "--by", "WHO"))
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
