package cli

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
	"github.com/srmigrate/srmigrate/internal/engine"
	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/registry"
	"github.com/srmigrate/srmigrate/internal/report"
	"github.com/srmigrate/srmigrate/internal/state"
	"github.com/srmigrate/srmigrate/runbook"
)

// statusView is what status looks at.
type statusView struct {
	*app
	in      *input
	rb      *runbook.Runbook
	clients map[string]*registry.Client
	store   *state.Store
}

func (a *app) statusCmd() *cobra.Command {
	var in input
	var w watching
	var exitCode bool
	c := &cobra.Command{
		Use:   "status FILE",
		Short: "Show how the last run stands, and the registries' modes and exporters now",
		Long: `Status shows how the last run stands step by step, why, what is open and what to type next, and
what modes and exporters the registries have now.

Of a runbook with a matrix it lists the cells, and asks no registry; --only NAME shows one.

Exit codes: 0, with --exit-code what the run ended with, or would end with if it were called now and nothing had changed;
12 when there is no state.`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			in.file, in.verb = args[0], "status --watch"
			if fleet := a.many(&in, true); fleet != nil && !w.on {
				return a.fleetStatus(&in, fleet, exitCode)
			}
			v, err := a.statusView(&in)
			if err != nil {
				return err
			}
			if w.on {
				return v.watch(c.Context(), w)
			}
			run, err := v.show(c.Context(), a.stdout)
			if err == nil && exitCode {
				err = endsWith(standingExit(run))
			}
			return err
		},
	}
	in.varFlag(c)
	in.stateFlag(c)
	a.logFlags(c, &in)
	w.flags(c)
	c.Flags().BoolVar(&exitCode, "exit-code", false, "end with the exit code of the run, or of the cell that is worst off: 0 only when all have succeeded")
	c.MarkFlagsMutuallyExclusive("exit-code", "watch")
	return c
}

func (a *app) statusView(in *input) (*statusView, error) {
	rb, err := a.load(in, false)
	if err != nil {
		return nil, err
	}
	clients, err := a.clients(rb, in.verbose, false)
	if err != nil {
		return nil, &exitError{engine.Refused, err}
	}
	return &statusView{a, in, rb, clients, in.store()}, nil
}

// show writes how things stand; run is nil where there is no state, which is the error.
func (v *statusView) show(ctx context.Context, out io.Writer) (run *state.Run, err error) {
	t := &report.Text{Out: out, Redact: v.redact}
	st, missing := loaded(v.store, "")
	next := ""
	if st != nil {
		if err := v.store.Match(st, v.rb.Name); err != nil {
			return nil, &exitError{engine.BadState, err}
		}
		run = st.Run
		next = v.statusOfRun(t, v.in, v.rb, run, v.store)
	}
	for _, r := range v.rb.Registries {
		statusOfRegistry(ctx, t, v.clients[r.Name])
	}
	if next != "" {
		t.Command("next", next)
	}
	return run, missing
}

// statusOfRun says how the run stands, step by step, why, and what is open. It returns what to type next, "" for nothing.
func (a *app) statusOfRun(t *report.Text, in *input, rb *runbook.Runbook, run *state.Run, store *state.Store) string {
	holder, held, err := store.Held()
	t.Row("run", run.ID, fmt.Sprintf("%s, begun %s, state %s", standing(run, held || err != nil), run.Started.Format(time.RFC3339), store.Path()))
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
	a.statusOfQuestion(t, in, rb, run, store)
	if w := run.Abandoned; w != nil {
		t.Row("abandoned", "", fmt.Sprintf("by %s: %s", w.By, w.Because))
	}
	if held {
		return ""
	}
	return a.next(in, rb, run)
}

// standingExit is how the run stands, as a call of run would end that finds it so.
func standingExit(run *state.Run) engine.Exit {
	code, known := map[state.Status]engine.Exit{
		state.Succeeded: engine.OK, state.Waiting: engine.Waiting, state.Failed: engine.Failed, state.RolledBack: engine.RolledBack,
		state.RollbackIncomplete: engine.RollbackIncomplete, state.Abandoned: engine.BadState,
	}[run.Status]
	switch {
	case run.Waiting() != nil:
		code = engine.Waiting
	case !known:
		code = engine.Interrupted // at work, or cut short
	}
	return code
}

// endsWith is the end of a call that has said everything.
func endsWith(code engine.Exit) error {
	if code == engine.OK {
		return nil
	}
	return &exitError{code, nil}
}

// standing is the status in words. A run at work that no process works on was killed, a rollback was that or stopped.
func standing(run *state.Run, held bool) string {
	s := run.Status
	switch {
	case run.Waiting() != nil && s == state.RollingBack:
		return "rolling back, waiting"
	case run.Waiting() != nil:
		return string(state.Waiting)
	case s == state.Running && !held:
		return "killed while running"
	case s == state.RollingBack && !held:
		return "cut short while rolling back"
	}
	return event.Words(string(s))
}

// next is the command that goes on from where the run stands, "" when there is nothing to go on with. rb is nil where it
// was not read.
func (a *app) next(in *input, rb *runbook.Runbook, run *state.Run) string {
	g := engine.GivenTo(run, rb)
	switch run.Status {
	case state.Running, state.Waiting, state.Interrupted, state.Failed, state.Abandoned:
		return a.again(in, g, "run")
	case state.RollingBack, state.RollbackIncomplete:
		return a.again(in, g, "rollback")
	case state.RolledBack:
		return a.again(in, g, "run", "--restart")
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
		statusOfStep(t, settled(run, e), "")
	}
	for _, e := range run.Steps {
		if !known[e.ID] {
			statusOfStep(t, settled(run, e), "not in the runbook any more")
		}
	}
}

// settled is a step as it is shown: nobody works any more on one that was under way when its run was rolled back.
func settled(run *state.Run, e *state.Step) *state.Step {
	if e.Status != state.StepRunning || !run.Over() && run.Status != state.RollbackIncomplete {
		return e
	}
	shown := *e
	shown.Status = "cut short"
	return &shown
}

func statusOfStep(t *report.Text, e *state.Step, text string) {
	said, _ := e.Outputs["text"].(string)
	if e.When != nil && !e.When.Holds {
		said = e.When.String()
	}
	if e.Error != "" && !e.Finished() {
		said = e.Error
	}
	if e.Status == state.StepWaiting {
		said = e.Asked.Message
	}
	if text != "" && said != "" {
		text += "; "
	}
	t.Row(string(e.Status), fmt.Sprintf("%s (%s)", e.ID, e.Type), text+said)
}

// statusOfUndo shows the rollback, and what of it is open with the commands that would do it.
func statusOfUndo(t *report.Text, run *state.Run) {
	for _, e := range run.Undo {
		if e.Finished() || e.Status == state.StepWaiting {
			statusOfStep(t, e, "")
		} else {
			t.Row(string(e.Status), fmt.Sprintf("%s (%s)", e.ID, e.Type), "")
			t.Sink(event.Open{ID: e.ID, Text: cmp.Or(e.Error, string(e.Status)), Commands: e.ByHand})
		}
	}
}
