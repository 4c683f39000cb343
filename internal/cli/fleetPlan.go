package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/srmigrate/srmigrate/internal/engine"
	"github.com/srmigrate/srmigrate/internal/report"
	"github.com/srmigrate/srmigrate/runbook"
)

// planFleet shows a plan of every cell that is meant, and what they come to together.
func (a *app) planFleet(ctx context.Context, f *planFlags, fleet *runbook.Fleet) error {
	cells, err := f.chosen(fleet)
	if err != nil {
		return &exitError{engine.Usage, err}
	}
	if list := fleet.Check(cells, func(runbook.Cell, *runbook.Runbook) {}); len(list) > 0 {
		a.tellProblems(list)
		return &exitError{engine.Refused, fmt.Errorf("%s in %s; nothing was sent", count(len(list), "problem"), f.file)}
	}
	fp := &report.FleetPlan{Version: engine.PlanVersion, Runbook: fleet.Name, Cells: make([]report.CellPlan, len(cells))}
	desk := new(report.Desk)
	forEach(ctx, cells, f.concurrency, func() bool { return false }, func(i int, c runbook.Cell) {
		fp.Cells[i] = a.planCell(ctx, f, fleet, c, desk)
	})
	if ctx.Err() != nil {
		return &exitError{engine.Interrupted, errors.New("stopped by a signal; nothing was changed")}
	}
	if !f.offline {
		var unseen []blindSpot
		fp.Findings, unseen = a.meetings(ctx, &f.input, fleet, cells, f.restart)
		fp.Unseen = untold(unseen, fp.Cells)
	}
	fp.Sum(f.exitCode)
	if err := a.showFleetPlan(fp, f.format); err != nil {
		return err
	}
	for i, c := range fp.Refused() {
		if i == mostMarks {
			break
		}
		a.mark("error", report.Place{File: a.inRepository(c.File), Line: c.Line}, "cell "+c.Cell, c.Verdict)
	}
	a.summarized(func() (string, error) { return report.Printable(report.FleetPlanMarkdown(fp)), nil })
	return quietly(engine.Exit(fp.ExitCode))
}

// planCell makes the plan of one cell.
func (a *app) planCell(ctx context.Context, f *planFlags, fleet *runbook.Fleet, c runbook.Cell, desk *report.Desk) report.CellPlan {
	own := *f
	own.cell = &c
	b := a.forCell(c.Name, 0, desk)
	made := report.CellPlan{Cell: c.Name, File: c.File, Line: c.Line}
	err := guarded(func() error {
		rb, problems := fleet.Load(c)
		if rb == nil {
			return &exitError{engine.Refused, problems[0]}
		}
		b.use(rb)
		if err := b.locate(&own.input, rb); err != nil {
			return err
		}
		x, err := b.planner(&own, rb)
		if err != nil {
			return err
		}
		defer closeClients(x)
		made.Plan, err = b.planWith(ctx, &own, x)
		return err
	})
	made.Redact = b.redact
	code, text := endedAs(err)
	if made.ExitCode, made.Error = int(code), text; made.Plan != nil {
		made.Plan.Instance = c.Name
	}
	return made
}

func (a *app) showFleetPlan(fp *report.FleetPlan, format string) error {
	switch format {
	case "text":
		a.windowed().FleetPlan(fp)
		return nil
	case "markdown":
		return a.print(report.Printable(report.FleetPlanMarkdown(fp)))
	}
	for i := range fp.Cells {
		c := &fp.Cells[i]
		c.Error = c.Redact(c.Error)
		if c.Plan == nil {
			continue
		}
		raw, err := json.Marshal(c.Plan)
		if err != nil {
			return &exitError{engine.Failed, err}
		}
		c.Raw = json.RawMessage(inert(c.Redact(string(raw))))
	}
	raw, err := json.MarshalIndent(fp, "", "  ")
	if err != nil {
		return &exitError{engine.Failed, err}
	}
	return a.print(string(raw) + "\n")
}
