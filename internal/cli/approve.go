package cli

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"github.com/srmigrate/srmigrate/internal/engine"
	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/report"
	"github.com/srmigrate/srmigrate/internal/state"
	"github.com/srmigrate/srmigrate/runbook"
	"github.com/srmigrate/srmigrate/steps"
)

func (a *app) approveCmd() *cobra.Command {
	return a.answerCmd(steps.Approving, "Approve what a run waits for", `Approve shows what the run asks at STEP, what was done before it and what remains, and says
yes to it. The next call of run goes on; one with --wait does so at once. An approval is of
what it shows: it is void when the remaining steps are edited before the run has gone on.
Approving in advance does nothing and exits 2, as does a second answer: the first one counts.
No registry is asked, and no credentials are needed.`, true)
}

func (a *app) rejectCmd() *cobra.Command {
	return a.answerCmd(steps.Rejecting, "Say no to what a run waits for", `Reject fails the step at which the run waits, when run is called next; what happens then is
up to its onFailure. Rejecting in advance does nothing and exits 2.`, false)
}

func (a *app) answerCmd(verb, short, long string, yes bool) *cobra.Command {
	var in input
	r := engine.Reply{Approved: yes}
	c := &cobra.Command{
		Use: verb + " FILE STEP", Short: short, Long: long, Args: cobra.ExactArgs(2),
		RunE: func(_ *cobra.Command, args []string) error {
			var err error
			if r.By, err = a.answerer(r.By); err != nil {
				return &exitError{engine.Usage, err}
			}
			in.file, in.verb = args[0], verb
			return a.answer(&in, args[1], r)
		},
	}
	in.varFlag(c)
	in.stateFlag(c)
	byFlag(c, &r.By)
	c.Flags().StringVar(&r.Comment, "comment", "", "why, for the state and the log")
	return c
}

func byFlag(c *cobra.Command, by *string) {
	c.Flags().StringVar(by, "by", "", "`who` answers; on a terminal the user of this machine if not given")
}

// answer shows what a run asks and answers it.
func (a *app) answer(in *input, step string, r engine.Reply) error {
	rb, err := a.load(in, true)
	if err != nil {
		return err
	}
	store := in.store()
	x := a.answering(in, rb, store)
	q, err := x.Question(step)
	if err != nil {
		return uncounted(err)
	}
	t := a.text()
	showQuestion(t, q)
	if err := x.Reply(q, r); err != nil {
		return uncounted(err)
	}
	t.Row(decided(r), step, "by "+r.By+consequence(q, r))
	if _, held, err := store.Held(); err != nil || !held {
		t.Command("next", a.again(in, q.Given, "run"))
	}
	return nil
}

// answering is an engine that knows questions and answers, and no registry.
func (a *app) answering(in *input, rb *runbook.Runbook, store *state.Store) *engine.Engine {
	return &engine.Engine{
		Runbook: rb, Store: store, Emit: func(event.Event) {}, Redact: a.redactor.Redact,
		Command: func(g engine.Given, verb string, flags ...string) string { return a.again(in, g, verb, flags...) },
	}
}

// consequence is said of a rejection: what is to be typed next looks like going on.
func consequence(q engine.Question, r engine.Reply) string {
	switch {
	case r.Approved:
		return ""
	case q.Undoing:
		return "; the rollback goes on without it"
	case q.Otherwise.RollsBack:
		return "; the next run rolls back"
	}
	return "; the next run stops here"
}

func decided(r engine.Reply) string {
	if r.Approved {
		return string(state.Approved)
	}
	return string(state.Rejected)
}

// uncounted is an answer that does not count.
func uncounted(err error) error {
	if _, ok := errors.AsType[*state.Error](err); ok {
		return &exitError{engine.BadState, err}
	}
	return &exitError{engine.Usage, err}
}

// showQuestion shows all that an answer is to.
func showQuestion(t *report.Text, q engine.Question) {
	for _, d := range q.Done {
		t.Row("done", d.ID, d.Text)
	}
	t.Row("question", q.Step, q.Message)
	if q.NoReturn {
		t.Row("no return", q.Step, "behind an approval nothing is rolled back by itself")
	}
	for _, l := range q.Remaining {
		if l.Anyway {
			t.Row("anyway", l.ID, l.Text+"; a rejection does not hold this back")
		} else {
			t.Row("then", l.ID, l.Text)
		}
	}
	t.Row("else", q.Step, q.Otherwise.Text)
	asked := q.Since.Format(time.RFC3339)
	if !q.Until.IsZero() {
		asked += fmt.Sprintf("; without an answer it fails at %s", q.Until.Format(time.RFC3339))
	}
	t.Row("asked", q.Step, asked)
}
