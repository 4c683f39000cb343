package cli

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"github.com/srmigrate/srmigrate/internal/engine"
	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/report"
	"github.com/srmigrate/srmigrate/internal/state"
	"github.com/srmigrate/srmigrate/runbook"
)

func (a *app) statusCmd() *cobra.Command {
	var in input
	c := &cobra.Command{
		Use:   "status FILE",
		Short: "Show how the last run stands, and the registries' modes and exporters now",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			in.file = args[0]
			return a.status(c.Context(), &in)
		},
	}
	in.varFlag(c)
	in.stateFlag(c)
	a.logFlags(c, &in)
	return c
}

func (a *app) status(ctx context.Context, in *input) error {
	rb, err := a.load(in, false)
	if err != nil {
		return err
	}
	clients, err := a.clients(rb, in.verbose)
	if err != nil {
		return &exitError{engine.Refused, err}
	}
	store, t := in.store(rb.Name), a.text()
	st, missing := loaded(store, "")
	if st != nil {
		if err := store.Match(st, rb.Name); err != nil {
			return &exitError{engine.BadState, err}
		}
		a.statusOfRun(t, in, rb, st.Run, store)
	}
	for _, r := range rb.Registries {
		statusOfRegistry(ctx, t, clients[r.Name])
	}
	return missing
}

// statusOfRun says how the run stands, step by step, why, what is open and what to type next.
func (a *app) statusOfRun(t *report.Text, in *input, rb *runbook.Runbook, run *state.Run, store *state.Store) {
	holder, held, err := store.Held()
	t.Row("run", run.ID, fmt.Sprintf("%s, begun %s, state %s", standing(run.Status, held || err != nil), run.Started.Format(time.RFC3339), store.Path()))
	if held {
		t.Row("locked", "", holder.String())
	}
	if err != nil {
		t.Row("warning", "", err.Error())
	}
	statusOfSteps(t, rb, run)
	if f := run.Failure; f != nil {
		t.Row("failure", f.Step, f.Error)
	}
	statusOfUndo(t, run)
	if w := run.Abandoned; w != nil {
		t.Row("abandoned", "", fmt.Sprintf("by %s: %s", w.By, w.Because))
	}
	if next := a.next(in, run.Status); next != "" && !held {
		t.Command("next", next)
	}
}

// standing is the status in words. A run at work that no process works on was killed.
func standing(s state.Status, held bool) string {
	switch {
	case s == state.Running && !held:
		return "killed while running"
	case s == state.RollingBack && !held:
		return "killed while rolling back"
	}
	return string(s)
}

// next is the command that goes on from where the run stands, "" when there is nothing to go on with.
func (a *app) next(in *input, s state.Status) string {
	switch s {
	case state.Running, state.Interrupted, state.Failed, state.Abandoned:
		return a.again(in, "run")
	case state.RollingBack, state.RollbackIncomplete:
		return a.again(in, "rollback")
	case state.RolledBack:
		return a.again(in, "run", "--restart")
	}
	return ""
}

// statusOfSteps shows the runbook's steps, then those that the run began and the runbook does not have any more.
func statusOfSteps(t *report.Text, rb *runbook.Runbook, run *state.Run) {
	known := map[string]bool{}
	for _, s := range rb.Steps {
		known[s.ID] = true
		e := run.Step(s.ID)
		if e == nil {
			e = &state.Step{ID: s.ID, Type: s.Type, Status: state.StepPending}
		}
		statusOfStep(t, e, "")
	}
	for _, e := range run.Steps {
		if !known[e.ID] {
			statusOfStep(t, e, "not in the runbook any more")
		}
	}
}

func statusOfStep(t *report.Text, e *state.Step, text string) {
	said, _ := e.Outputs["text"].(string)
	if e.Error != "" && !e.Finished() {
		said = e.Error
	}
	if text != "" && said != "" {
		text += "; "
	}
	t.Row(string(e.Status), fmt.Sprintf("%s (%s)", e.ID, e.Type), text+said)
}

// statusOfUndo shows the rollback, and what of it is open with the commands that would do it.
func statusOfUndo(t *report.Text, run *state.Run) {
	for _, e := range run.Undo {
		if e.Finished() {
			statusOfStep(t, e, "")
		} else {
			t.Row(string(e.Status), fmt.Sprintf("%s (%s)", e.ID, e.Type), "")
			t.Sink(event.Open{ID: e.ID, Text: cmp.Or(e.Error, string(e.Status)), Commands: e.ByHand})
		}
	}
}
