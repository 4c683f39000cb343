package cli

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/srmigrate/srmigrate/internal/engine"
	"github.com/srmigrate/srmigrate/internal/report"
	"github.com/srmigrate/srmigrate/runbook"
)

// How many cells are worked on at a time.
const (
	usualConcurrency = 4
	mostConcurrency  = 256
)

// fleetFlags are for commands that work on the cells of a matrix.
func (in *input) fleetFlags(c *cobra.Command) {
	in.fleetConcurrency(c)
	c.Flags().BoolVar(&in.failFast, "fail-fast", false, "of a runbook with a matrix, begin no further cell once one has failed; those at work go on to their end")
}

func (in *input) fleetConcurrency(c *cobra.Command) {
	c.Flags().Var((*cellsAtATime)(&in.concurrency), "concurrency", fmt.Sprintf("of a runbook with a matrix, work on so many `cells` at a time (default %d)", usualConcurrency))
}

type cellsAtATime int

func (n *cellsAtATime) String() string { return "" } // 0 is no value to show
func (n *cellsAtATime) Type() string   { return "int" }

func (n *cellsAtATime) Set(s string) error {
	i, err := strconv.Atoi(s)
	if err != nil || i < 1 || i > mostConcurrency {
		return fmt.Errorf("it is a number from 1 to %d", mostConcurrency)
	}
	*n = cellsAtATime(i)
	return nil
}

// cellsOf are the cells that the call means, all of them sound; the error says why it ends here.
func (a *app) cellsOf(in *input, fleet *runbook.Fleet) ([]runbook.Cell, error) {
	cells, err := in.chosen(fleet)
	if err != nil {
		return nil, &exitError{engine.Usage, err}
	}
	list := fleet.Check(cells, func(runbook.Cell, *runbook.Runbook) {})
	if a.tellProblems(list); len(list) > 0 {
		return nil, &exitError{engine.Refused, fmt.Errorf("%s in %s; nothing was sent", count(len(list), "problem"), in.file)}
	}
	return cells, nil
}

// forCell is the part of the call that works on one cell. Its lines go over the desk, behind the cell's name.
func (a *app) forCell(name string, width int, desk *report.Desk) *app {
	prefix := ""
	if a.logFormat != "json" {
		prefix = fmt.Sprintf("%-*s | ", width, name)
	}
	b := *a
	b.cell, b.ci = name, "off" // steps of several cells cannot be folded, and annotations are few
	b.stdout, b.log = desk.Writer(a.stdout, prefix), desk.Writer(a.log, prefix)
	b.stderr = b.harmless(b.log)
	b.requests, b.runbook, b.redactor, b.observe, b.ahead, b.raw = nil, nil, nil, nil, nil, a.raw
	return &b
}

// widest is the length that names are filled up to.
func widest(cells []runbook.Cell) int {
	most := 0
	for _, c := range cells {
		most = max(most, utf8.RuneCountInString(c.Name))
	}
	return min(most, 24)
}

// forEach calls f for every cell, for so many at a time, in order. It begins no further one once stop says so, and returns
// when all that were begun have ended.
func forEach(ctx context.Context, cells []runbook.Cell, atATime int, stop func() bool, f func(i int, c runbook.Cell)) {
	if atATime == 0 {
		atATime = usualConcurrency
	}
	slots := make(chan struct{}, atATime)
	var wg sync.WaitGroup
	defer wg.Wait()
	for i, c := range cells {
		select {
		case slots <- struct{}{}:
		case <-ctx.Done():
			return
		}
		if ctx.Err() != nil || stop() {
			return
		}
		wg.Go(func() {
			defer func() { <-slots }()
			f(i, c)
		})
	}
}

// endedAs is the exit code of an error, and what it says.
func endedAs(err error) (code engine.Exit, text string) {
	if err == nil {
		return engine.OK, ""
	}
	if e, ok := errors.AsType[*exitError](err); ok {
		return e.code, e.Error()
	}
	return engine.Failed, err.Error()
}
