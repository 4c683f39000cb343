package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/srmigrate/srmigrate/internal/engine"
	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/report"
	"github.com/srmigrate/srmigrate/runbook"
)

// planFlags are the choices of plan.
type planFlags struct {
	input
	offline  bool
	restart  bool
	exitCode bool
	strict   bool
	format   string
	out      string
	show     bool
}

func (a *app) planCmd() *cobra.Command {
	var f planFlags
	c := &cobra.Command{
		Use:   "plan FILE",
		Short: "Show what run would do, without changing anything",
		Long: `Plan looks at the registries and at the state, and shows step by step what is there now,
what will be, what puts it back, what cannot be put back, and what is dangerous. It only
reads: every request but GET and HEAD is refused before it leaves.

Exit codes: 0, with --exit-code 10 when there is something to do, 3 with a finding that
would stop the run, 11 when not everything could be looked at.

A plan that is kept with --out is for review: "srmigrate run plan.json" runs the runbook in
it, and refuses with exit code 9 when what the plan rests on has moved since.`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			f.file, f.verb = args[0], "plan --out"
			if f.show {
				return a.showAgain(&f)
			}
			if fleet := a.many(&f.input, f.offline); fleet != nil && f.out == "" {
				return a.planFleet(c.Context(), &f, fleet)
			}
			return a.plan(c.Context(), &f)
		},
	}
	f.varFlag(c)
	f.stateFlag(c)
	f.fleetConcurrency(c)
	a.logFlags(c, &f.input)
	choiceVar(c, &f.format, "output", "o", "how the plan is shown; markdown is for a comment on a pull request", "text", "markdown", "json")
	c.Flags().BoolVar(&f.offline, "offline", false, "ask no registry: show what the runbook alone tells; needs no credentials")
	c.Flags().BoolVar(&f.restart, "restart", false, "show what run --restart would do: a new run although the last one is finished or rolled back")
	strictFlag(c, &f.strict)
	c.Flags().BoolVar(&f.exitCode, "exit-code", false, "exit 10 when there is something to do")
	c.Flags().StringVar(&f.out, "out", "", "keep the plan in this `file`, for run")
	c.Flags().BoolVar(&f.show, "show", false, "show a plan that was kept, FILE, as it was made")
	a.ciFlag(c)
	c.MarkFlagsMutuallyExclusive("out", "offline", "show")
	return c
}

func (a *app) plan(ctx context.Context, f *planFlags) error {
	if err := placed(f.out); err != nil {
		return err
	}
	rb, err := a.load(&f.input, f.offline)
	if err != nil {
		return err
	}
	x, err := a.planner(f, rb)
	if err != nil {
		return err
	}
	p, err := a.planWith(ctx, f, x)
	if err != nil {
		return err
	}
	if f.out != "" {
		if err := a.keepPlan(f, rb, p); err != nil {
			return err
		}
	}
	return a.endPlan(f, p)
}

// planWith makes the plan of a call.
func (a *app) planWith(ctx context.Context, f *planFlags, x *engine.Engine) (*engine.Plan, error) {
	p, err := x.Plan(ctx, engine.PlanOptions{Offline: f.offline, Strict: f.strict, Restart: f.restart})
	if ctx.Err() != nil {
		return nil, &exitError{engine.Interrupted, fmt.Errorf("stopped by a signal; nothing was changed")}
	}
	if _, ok := errors.AsType[*engine.Unfinished](err); ok {
		return nil, &exitError{engine.Usage, err}
	}
	if err != nil {
		return nil, &exitError{engine.BadState, err}
	}
	p.Instance = f.own()
	return p, nil
}

// planner is the engine of a plan.
func (a *app) planner(f *planFlags, rb *runbook.Runbook) (*engine.Engine, error) {
	silent := func(event.Event) {}
	if f.offline {
		return a.blindEngine(&f.input, rb, a.addresses(rb), silent), nil
	}
	return a.newEngine(&f.input, rb, silent)
}

// endPlan shows a plan, and ends as it says.
func (a *app) endPlan(f *planFlags, p *engine.Plan) error {
	if err := a.showPlan(p, f.format); err != nil {
		return err
	}
	for _, found := range p.AllFindings() {
		if found.Allowed == "" {
			a.mark(found.Severity, a.place(found.Step, found.Registry), found.Code, found.Text+"\n"+found.Remedy)
		}
	}
	a.summarized(func() (string, error) { return report.Printable(a.redactor.Redact(report.PlanMarkdown(p))), nil })
	if code := p.Exit(f.exitCode); code != engine.OK {
		return &exitError{code: code}
	}
	return nil
}

func (a *app) showPlan(p *engine.Plan, format string) error {
	switch format {
	case "text":
		a.windowed().Plan(p)
		return nil
	case "markdown":
		return a.print(report.Printable(a.redactor.Redact(report.PlanMarkdown(p))))
	}
	raw, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return &exitError{engine.Failed, err}
	}
	return a.print(inert(a.redactor.Redact(string(raw))) + "\n")
}
