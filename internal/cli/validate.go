package cli

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"

	"github.com/spf13/cobra"
	"github.com/srmigrate/srmigrate/internal/engine"
	"github.com/srmigrate/srmigrate/internal/report"
	"github.com/srmigrate/srmigrate/runbook"
)

func (a *app) validateCmd() *cobra.Command {
	var in input
	var strict bool
	c := &cobra.Command{
		Use:   "validate FILE...",
		Short: "Check runbooks without network and credentials",
		Long: `Validate reports every problem of every file, each with its place. A file may be - for
standard input. Without network and credentials it cannot see what the registries hold.

It also warns of what is dangerous, by the code of a page in docs/lint, unless the runbook
allows it. Warnings change the exit code only with --strict.`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			o, err := a.options(&in, true)
			if i := slices.Index(args, "-"); i >= 0 && slices.Contains(args[i+1:], "-") {
				err = errors.New("- is standard input, which can be read only once")
			}
			if err != nil {
				return &exitError{engine.Usage, err}
			}
			return a.validate(args, o, strict)
		},
	}
	in.varFlag(c)
	strictFlag(c, &strict)
	a.ciFlag(c)
	return c
}

// validate checks one file after the other. One that cannot be read does not keep the others from being checked.
func (a *app) validate(files []string, o runbook.Options, strict bool) error {
	exit, bad, problems := engine.OK, 0, 0
	for _, file := range files {
		says, n, err := a.validateOne(file, o, strict)
		switch {
		case err != nil:
			exit = engine.Usage
			a.complain("srmigrate: ", err.Error())
		case n > 0:
			bad, problems = bad+1, problems+n
		default:
			a.text().Row("valid", file, says)
		}
	}
	if bad == 0 {
		return quietly(exit)
	}
	where := files[0]
	if len(files) > 1 {
		where = fmt.Sprintf("%d of %s", bad, count(len(files), "file"))
	}
	return &exitError{max(exit, engine.Refused), fmt.Errorf("%s in %s; nothing was sent", count(problems, "problem"), where)}
}

// validateOne says what the runbook has, or how many problems.
func (a *app) validateOne(file string, o runbook.Options, strict bool) (says string, problems int, err error) {
	fleet, list, err := a.open(file, &o)
	switch {
	case err != nil:
		return "", 0, err
	case fleet != nil:
		return a.validateFleet(fleet, strict)
	}
	var rb *runbook.Runbook
	if len(list) == 0 {
		rb, list = runbook.Load(a.file, a.raw, o)
	}
	a.tellProblems(list)
	if a.use(rb); rb == nil {
		return "", len(list), nil
	}
	return count(len(rb.Steps), "step") + warnings(rb), a.tell(rb, strict), nil
}

// tell writes the runbook's findings to stderr, and returns how many of them are errors.
func (a *app) tell(rb *runbook.Runbook, strict bool) (wrong int) {
	return a.tellFindings(rb.Findings, strict)
}

func (a *app) tellFindings(found []runbook.Finding, strict bool) (wrong int) {
	for _, f := range found {
		if strict {
			f.Severity = "error"
		}
		level := slog.LevelWarn
		switch {
		case f.Allowed != "":
			level = slog.LevelInfo
		case f.Severity == "error":
			level, wrong = slog.LevelError, wrong+1
		}
		a.say(level, "", f.Error(), slog.String("code", f.Code), slog.Int("line", f.Line), slog.Int("column", f.Col),
			slog.String("step", f.Step), slog.String("registry", f.Registry), slog.String("channel", f.Channel))
		if f.Allowed == "" {
			a.mark(f.Severity, report.Place{File: a.inRepository(f.File), Line: f.Line, Col: f.Col}, f.Code, f.Text+"\n"+f.Remedy)
		}
	}
	return wrong
}

func warnings(rb *runbook.Runbook) string { return warningsOf(rb.Findings) }

func warningsOf(found []runbook.Finding) string {
	n := 0
	for _, f := range found {
		if f.Allowed == "" {
			n++
		}
	}
	if n == 0 {
		return ""
	}
	return ", " + count(n, "warning")
}

// quietly ends with an exit code about which everything has been said.
func quietly(exit engine.Exit) error {
	if exit == engine.OK {
		return nil
	}
	return &exitError{exit, nil}
}
