package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/srmigrate/srmigrate/internal/engine"
	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/registry"
	"github.com/srmigrate/srmigrate/internal/report"
	"github.com/srmigrate/srmigrate/internal/state"
	"github.com/srmigrate/srmigrate/runbook"
)

func (a *app) runCmd() *cobra.Command {
	var in input
	var o engine.RunOptions
	c := &cobra.Command{
		Use:   "run FILE",
		Short: "Run a runbook or a plan of one, or go on with its last run",
		Long: `Run brings a runbook to its end. It goes on with a run that was interrupted, killed or
stopped, and finishes a rollback that was cut short; it never repeats a step that is done.
FILE may be a plan that was kept with plan --out: a new run then begins only if nothing that
the plan rests on has moved since, else it exits 9.

Where a step asks for approval it exits 6, and goes on when it is called after srmigrate
approve. On a terminal, unless CI is set, it puts the question to whoever sits there; with
--wait it stays until there is an answer.`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			in.file, in.verb, in.longest, in.restart = args[0], c.Name(), o.MaxDuration, o.Restart
			return a.engine(c.Context(), &in, func(ctx context.Context, a *app, in *input, x *engine.Engine) engine.Result {
				o := o
				o.MaxDuration = in.longest
				if len(o.Approve) > 0 {
					who, err := a.answerer(o.By)
					if err != nil {
						return engine.Result{Exit: engine.Usage, Err: err}
					}
					o.By = who
				}
				x.Prompt = a.prompter(in, o.By)
				if a.planned != nil {
					o.Planned, o.Replan = a.planned.Fingerprint, a.planAgain(in, o.Restart)
				}
				return x.Run(ctx, o)
			})
		},
	}
	in.varFlag(c)
	in.stateFlag(c)
	in.outputFlag(c)
	a.logFlags(c, &in)
	in.quietFlag(c)
	a.ciFlag(c)
	reportFlag(c, &in)
	metricsFlag(c, &in)
	in.fleetFlags(c)
	c.Flags().BoolVar(&o.Resume, "resume", false, "only go on with an earlier run, never begin a new one")
	c.Flags().BoolVar(&o.Restart, "restart", false, "begin a new run although the last one is finished or rolled back")
	c.Flags().BoolVar(&o.NoRollback, "no-rollback", false, "stop when a step fails and leave what was done in place; the rollback command undoes it later")
	c.Flags().StringArrayVar(&o.Approve, "approve", nil, "approve this `step` if the last run waits there; in advance it does nothing; may be repeated")
	byFlag(c, &o.By)
	waitFlag(c, &o.Wait)
	strictFlag(c, &o.Strict)
	durationFlag(c, &o.MaxDuration)
	c.MarkFlagsMutuallyExclusive("resume", "restart")
	c.MarkFlagsMutuallyExclusive("approve", "restart")
	return c
}

func (a *app) rollbackCmd() *cobra.Command {
	var in input
	var o engine.RollbackOptions
	var by string
	var yes bool
	c := &cobra.Command{
		Use:   "rollback FILE",
		Short: "Put back what the last run of a runbook did",
		Long: `Rollback undoes what the last run did, the last step first, whether the run has failed, waits,
or has succeeded. With --dry-run it tells what that would be, and sends nothing. On a terminal,
unless CI is set, it tells that and asks before it begins; one that was cut short goes on
without asking.

It stops behind a point of no return. --past-no-return goes past it: what clients have
registered on the target since is not carried back to the source.`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			in.file, in.verb, in.longest = args[0], c.Name(), o.MaxDuration
			in.ask = !yes && !o.DryRun
			return a.engine(c.Context(), &in, func(ctx context.Context, a *app, in *input, x *engine.Engine) engine.Result {
				o := o
				o.MaxDuration = in.longest
				x.Prompt = a.prompter(in, by)
				if in.file != "-" && !yes && a.attended() {
					o.Confirm = func(question string) bool { return a.confirmed(ctx, question) }
				}
				return x.Rollback(ctx, o)
			})
		},
	}
	in.varFlag(c)
	in.stateFlag(c)
	in.outputFlag(c)
	a.logFlags(c, &in)
	in.quietFlag(c)
	a.ciFlag(c)
	reportFlag(c, &in)
	metricsFlag(c, &in)
	in.fleetFlags(c)
	c.Flags().BoolVar(&in.all, "all", false, "of a runbook with a matrix, roll back every cell")
	c.MarkFlagsMutuallyExclusive("all", "only")
	c.Flags().BoolVar(&o.PastNoReturn, "past-no-return", false, "also undo what lies before a point of no return")
	c.Flags().BoolVar(&o.DryRun, "dry-run", false, "tell what would be undone, and send nothing")
	c.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask, on a terminal either")
	byFlag(c, &by)
	waitFlag(c, &o.Wait)
	durationFlag(c, &o.MaxDuration)
	return c
}

// durationFlag is for jobs that are ended from outside after some time.
func durationFlag(c *cobra.Command, d *time.Duration) {
	c.Flags().Var((*positive)(d), "max-duration", "after this `time`, such as 50m, save, stop and exit 7, as after a signal; the same command goes on")
}

// positive is a time that is longer than none.
type positive time.Duration

func (p *positive) String() string { return "" } // that there is no end is no value to show
func (p *positive) Type() string   { return "duration" }

func (p *positive) Set(s string) error {
	d, err := time.ParseDuration(s)
	if err != nil || d <= 0 {
		return errors.New("it is a duration longer than zero, such as 50m or 1h30m")
	}
	*p = positive(d)
	return nil
}

func reportFlag(c *cobra.Command, in *input) {
	c.Flags().StringVar(&in.reports, "report", "", "at the end of the call write report.html, report.xml (JUnit), report.md and report.json into this `folder`")
}

func waitFlag(c *cobra.Command, wait *bool) {
	c.Flags().BoolVar(wait, "wait", false, "where a step asks for approval, wait for the answer instead of exiting 6")
}

func strictFlag(c *cobra.Command, strict *bool) {
	c.Flags().BoolVar(strict, "strict", false, "take every warning that the runbook does not allow for an error: exit 3")
}

// quietFlag is for commands that work on a run.
func (in *input) quietFlag(c *cobra.Command) {
	c.Flags().BoolVarP(&in.quiet, "quiet", "q", false, "tell only what somebody may have to act on, and the result")
	c.MarkFlagsMutuallyExclusive("quiet", "verbose")
}

// work is what a call does with an engine, of the runbook or of one of its cells.
type work func(ctx context.Context, a *app, in *input, x *engine.Engine) engine.Result

// engine lets f work on the runbook, or on each cell of it, and ends with what the caller asked for.
func (a *app) engine(ctx context.Context, in *input, f work) error {
	if fleet := a.many(in, false); fleet != nil {
		return a.runFleet(ctx, in, fleet, f)
	}
	lines, plan := a.events(in)
	if in.output != "json" {
		return a.drive(ctx, in, lines, plan, f)
	}
	sum := report.NewSummary()
	return a.summarize(sum, a.drive(ctx, in, func(e event.Event) { sum.Sink(e); lines(e) }, plan, f))
}

// hint says where the state lies, for whoever sees to it that the next job of a pipeline finds it.
func (a *app) hint(show event.Sink, store *state.Store) {
	if ci, _ := a.getenv("CI"); ci != "" && !strings.HasPrefix(store.Path(), "s3://") {
		show(event.Noticed{ID: "state", Severity: event.Info, About: "state", Text: fmt.Sprintf(
			"it is kept on the disk of this job, in %s: let the pipeline keep the folder for the next one, or keep it in a bucket with --state s3://BUCKET/FOLDER/", filepath.Dir(store.Path()))})
	}
}

// drive loads the runbook and calls f.
func (a *app) drive(ctx context.Context, in *input, sink event.Sink, plan func(*engine.Plan), f work) error {
	if err := checkReports(in.reports); err != nil {
		return err
	}
	rb, err := a.load(in, false)
	if err != nil {
		return err
	}
	return a.driven(ctx, in, rb, sink, plan, f)
}

// driven calls f for a runbook that has been read. What happens is kept beside the state.
func (a *app) driven(ctx context.Context, in *input, rb *runbook.Runbook, sink event.Sink, plan func(*engine.Plan), f work) (err error) {
	show := in.sink(sink)
	h := a.newHistory(in, rb, in.store())
	kept, count, end := a.measuring(ctx, in, rb, h.sink(show))
	defer end()
	a.observe, a.permit = func(x registry.Exchange) { h.rec.Exchange(x); count(x) }, h.store.Fresh
	res := a.telling(ctx, in, rb, kept, func(sink event.Sink, say func(context.Context, string, string, string) error) engine.Result {
		var x *engine.Engine
		if x, err = a.newEngine(in, rb, sink); err != nil {
			return engine.Result{}
		}
		defer closeClients(x)
		x.Notify, x.Store = say, h.store // which knows what of the history is to be kept before a save
		if in.verb == "run" && !in.passing && a.cell == "" {
			a.hint(show, x.Store) // and not into the history: nothing is locked yet
		}
		x.ShowPlan = func(p *engine.Plan) {
			h.rec.Plan(p)
			if plan != nil {
				plan(p)
			}
		}
		return f(ctx, a, in, x)
	})
	if err != nil {
		return err
	}
	if h.happened {
		a.writeReports(in, rb.Name, h.run)
		a.summarized(func() (string, error) {
			e, err := a.evidence(in, rb.Name, h.run)
			if err != nil {
				return "", err
			}
			text, err := report.Render(e, "markdown")
			return string(text), err
		})
	}
	if res.Exit == engine.OK && res.Err == nil {
		return nil
	}
	return &exitError{res.Exit, res.Err}
}

// closeClients lets connections go that nothing will be asked over any more.
func closeClients(x *engine.Engine) {
	for _, clients := range []map[string]*registry.Client{x.Clients, x.Readers} {
		for _, c := range clients {
			c.Close()
		}
	}
}

// newEngine is an engine for the runbook and its state.
func (a *app) newEngine(in *input, rb *runbook.Runbook, sink event.Sink) (*engine.Engine, error) {
	clients, err := a.clients(rb, in.verbose, false)
	if err != nil {
		return nil, &exitError{engine.Refused, err}
	}
	readers, err := a.clients(rb, in.verbose, true)
	if err != nil {
		return nil, &exitError{engine.Refused, err}
	}
	x := a.blindEngine(in, rb, clients, sink)
	x.Readers = readers
	return x, nil
}

// blindEngine is an engine whose registries are asked through these clients, or not at all.
func (a *app) blindEngine(in *input, rb *runbook.Runbook, clients map[string]*registry.Client, sink event.Sink) *engine.Engine {
	x := &engine.Engine{
		Runbook: rb, Store: in.store(), Clients: clients, Emit: sink, Redact: a.redactor.Redact,
		Command: func(g engine.Given, verb string, flags ...string) string { return a.again(in, g, verb, flags...) },
		Invoked: a.invoked(), VarsFile: in.varsFile,
	}
	x.Elsewhere = func(o state.Other, verb string) string { return a.elsewhere(in, rb, o, verb) }
	a.befriend(x, in)
	return x
}

// addresses are clients that only say where registries are, as far as that is known here: what it takes to ask them,
// such as certificates, need not be there.
func (a *app) addresses(rb *runbook.Runbook) map[string]*registry.Client {
	clients := map[string]*registry.Client{}
	for _, r := range rb.Registries {
		c, err := registry.New(registry.Config{Name: r.Name, URL: r.URL, Redactor: a.redactor, Logger: a.logger(false), ReadOnly: true})
		if err == nil { // otherwise its URL is a var without a value
			clients[r.Name] = c
		}
	}
	return clients
}

// clients makes one client per registry; readOnly ones cannot change anything.
func (a *app) clients(rb *runbook.Runbook, verbose, readOnly bool) (map[string]*registry.Client, error) {
	clients := map[string]*registry.Client{}
	for _, r := range rb.Registries {
		config := r.Config()
		config.Redactor, config.Logger, config.ReadOnly, config.Observe = a.redactor, a.logger(verbose), readOnly, a.observe
		config.Permit = a.permit
		c, err := registry.New(config)
		if err != nil {
			return nil, err
		}
		clients[r.Name] = c
	}
	return clients, nil
}
