package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/srmigrate/srmigrate/internal/engine"
	"github.com/srmigrate/srmigrate/internal/report"
)

func sortedNames(set map[string]bool) []string { return slices.Sorted(maps.Keys(set)) }

// tellEnd writes the summary across cells: as the object that -o json promises, as a line of a log, or as lines.
func (r *fleetRun) tellEnd(f *report.FleetSummary) error {
	if r.logFormat == "json" {
		r.logEnd(f)
	}
	if r.in.output == "json" {
		if err := f.Write(r.stdout); err != nil && !errors.Is(err, syscall.EPIPE) {
			return &exitError{engine.Failed, fmt.Errorf("the result cannot be written: %w", err)}
		}
		return nil
	}
	if r.logFormat != "json" {
		t := r.text()
		t.Live = nil
		t.Fleet(f)
	}
	return nil
}

// mostNamed is how many cells a command names.
const mostNamed = 20

// nextOf is the command that goes on with all cells; "" where those that are left are too many to be named, and nothing
// less would do.
func (r *fleetRun) nextOf(f *report.FleetSummary) string {
	anew, all := f.Anew()
	switch {
	case len(anew) == 0 || !all:
		return r.again(r.in, engine.Given{}, r.in.verb)
	case len(anew) == 1:
		return anew[0].Next
	case len(anew) > mostNamed:
		return ""
	}
	var names []string
	for _, c := range anew {
		names = append(names, c.Cell)
	}
	in := *r.in
	in.only = strings.Join(names, ",")
	return r.again(&in, engine.Given{}, r.in.verb, "--restart")
}

func (r *fleetRun) logEnd(f *report.FleetSummary) {
	out := r.stdout
	if r.in.output == "json" {
		out = r.log
	}
	level := slog.LevelError
	switch engine.Exit(f.ExitCode) {
	case engine.OK:
		level = slog.LevelInfo
	case engine.Waiting, engine.Interrupted:
		level = slog.LevelWarn
	}
	attrs := []any{slog.String("runbook", f.Runbook), slog.String("result", f.Result), slog.Int("exitCode", f.ExitCode), slog.String("reason", f.Reason), slog.Int("cells", len(f.Cells))}
	if f.Next != "" {
		attrs = append(attrs, slog.String("next", f.Next))
	}
	slog.New(r.inJSON(out)).Log(context.Background(), level, "fleet ended", attrs...)
}

// mostMarks is how many annotations GitHub shows of a step.
const mostMarks = 10

// tellPipeline marks the rows of cells that did not end well, and adds the summary to that of the job.
func (r *fleetRun) tellPipeline(f *report.FleetSummary) {
	bad := f.Unfinished()
	for i, c := range bad {
		if i == mostMarks-1 && len(bad) > mostMarks {
			r.mark("error", report.Place{File: r.inRepository(r.fleet.File)}, "fleet", fmt.Sprintf("%d more cells did not end well: see the summary", len(bad)-i))
			break
		}
		r.mark(pick(c.ExitCode == int(engine.Waiting), "notice", "error"), r.placeOf(c.Cell), "cell "+c.Cell, c.Failing()+"\n"+c.Next)
	}
	r.summarized(func() (string, error) { return report.FleetMarkdown(f), nil })
}

// placeOf is the row of a cell.
func (r *fleetRun) placeOf(name string) report.Place {
	for _, c := range r.cells {
		if c.Name == name {
			return report.Place{File: r.inRepository(c.File), Line: c.Line, Col: c.Col}
		}
	}
	return report.Place{}
}

// writeIndex puts the summary beside the folders with the reports of the cells.
func (r *fleetRun) writeIndex(f *report.FleetSummary) {
	if r.in.reports == "" {
		return
	}
	var object bytes.Buffer
	err := f.Write(&object)
	for name, text := range map[string][]byte{"fleet.json": object.Bytes(), "fleet.md": []byte(report.FleetMarkdown(f))} {
		err = errors.Join(err, writeShared(filepath.Join(r.in.reports, name), text))
	}
	if err != nil {
		r.complain("srmigrate: ", "the summary across cells could not be written: "+err.Error())
	}
}
