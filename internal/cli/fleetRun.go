package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/srmigrate/srmigrate/internal/engine"
	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/report"
	"github.com/srmigrate/srmigrate/runbook"
)

// fleetRun is a call that works on the cells of a matrix, each with an engine and a state of its own.
type fleetRun struct {
	*app
	in    *input
	fleet *runbook.Fleet
	cells []runbook.Cell
	desk  *report.Desk
	width int // of the names of cells
	begun time.Time
	f     work

	barred map[string]string // cells that are not run, and why
	mu     sync.Mutex
	at     map[string]bool // the cells at work
	ended  []*report.Summary
	counts map[string]int // of those that have ended
	failed bool           // one has
}

// runFleet runs f for the cells that are meant, and ends as the worst of them.
func (a *app) runFleet(ctx context.Context, in *input, fleet *runbook.Fleet, f work) error {
	r := &fleetRun{app: a, in: in, fleet: fleet, begun: time.Now(), f: f, at: map[string]bool{}, counts: map[string]int{}, barred: map[string]string{}}
	if err := r.ready(ctx); err != nil {
		return r.notReady(err)
	}
	r.ended = make([]*report.Summary, len(r.cells))
	r.desk, r.width = &report.Desk{Live: a.live()}, widest(r.cells)
	r.show()
	forEach(ctx, r.cells, in.concurrency, r.stops, func(i int, c runbook.Cell) {
		r.takes(c)
		s := r.one(ctx, c)
		r.done(i, c, s)
	})
	r.desk.Clear()
	return r.end(ctx)
}

// notReady ends with the object that -o json promises, before any cell was begun.
func (r *fleetRun) notReady(err error) error {
	if r.in.output == "json" {
		code, text := endedAs(err)
		f := &report.FleetSummary{Runbook: r.fleet.Name, Result: words[code], ExitCode: int(code)}
		f.End(time.Since(r.begun), "")
		f.Reason = r.redact(text)
		return errors.Join(err, f.Write(r.stdout))
	}
	return err
}

// ready finds the cells and everything that would keep a cell from being run, before the first is.
func (r *fleetRun) ready(ctx context.Context) (err error) {
	in := r.in
	if in.verb == "rollback" && in.only == "" && !in.all {
		names := r.fleet.Names()
		return &exitError{engine.Usage, fmt.Errorf("%s has a matrix of %s: say which are rolled back with --only, or --all; %s", in.file, count(len(names), "cell"), someOf(names))}
	}
	if r.cells, err = r.cellsOf(in, r.fleet); err != nil {
		return err
	}
	if err := checkReports(in.reports); err != nil {
		return err
	}
	if in.verb == "run" {
		if err := r.apart(ctx); err != nil {
			return err
		}
	}
	if in.ask && in.file != "-" && r.attended() {
		var names []string
		for _, c := range r.cells {
			names = append(names, c.Name)
		}
		if !r.confirmed(ctx, fmt.Sprintf("Roll back %s; %s?", count(len(r.cells), "cell"), someOf(names))) {
			return &exitError{engine.Failed, errors.New("nothing was sent: nobody confirmed it")}
		}
	}
	return nil
}

// apart sees to it that the cells do not write over each other, as far as that can be seen before any of them is run.
func (r *fleetRun) apart(ctx context.Context) error {
	found, unseen := r.meetings(ctx, r.in, r.fleet, r.cells, r.in.restart)
	if ctx.Err() != nil {
		return &exitError{engine.Interrupted, errors.New("stopped by a signal; nothing was changed")}
	}
	sink, _ := r.events(r.in)
	refused := false
	for _, f := range found {
		sink(f)
		refused = refused || f.Allowed == ""
	}
	if refused {
		return &exitError{engine.Refused, fmt.Errorf("cells of %s would write over each other; nothing was sent", r.in.file)}
	}
	return r.unsure(sink, unseen)
}

// stops says whether no further cell is begun.
func (r *fleetRun) stops() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.in.failFast && r.failed || r.in.longest > 0 && time.Since(r.begun) >= r.in.longest
}

func (r *fleetRun) takes(c runbook.Cell) {
	r.mu.Lock()
	r.at[c.Name] = true
	r.mu.Unlock()
	r.show()
}

func (r *fleetRun) done(i int, c runbook.Cell, s *report.Summary) {
	r.mu.Lock()
	delete(r.at, c.Name)
	r.ended[i] = s
	r.counts[s.Result]++
	code := engine.Exit(s.ExitCode)
	r.failed = r.failed || code != engine.OK && code != engine.Waiting
	r.mu.Unlock()
	r.show()
}

// show puts counts into the live line.
func (r *fleetRun) show() {
	r.mu.Lock()
	over := 0
	for _, n := range r.counts {
		over += n
	}
	f := &report.FleetSummary{Counts: r.counts}
	text := fmt.Sprintf("%d of %s over; at work: %s", over, count(len(r.cells), "cell"), strings.Join(sortedNames(r.at), ", "))
	if over > 0 {
		text = f.Parts() + "; " + text
	}
	r.mu.Unlock()
	r.desk.Show(text)
}

// untouched says whether a cell has no state at all. Where that cannot be told, whoever works on the cell says why.
func (a *app) untouched(in *input, fleet *runbook.Fleet, c runbook.Cell) bool {
	rb, _ := fleet.Load(c)
	return rb != nil && a.locate(in, rb) == nil && missing(in.store())
}

// one works on one cell, and returns how that ended.
func (r *fleetRun) one(ctx context.Context, c runbook.Cell) *report.Summary {
	b, in := r.forCell(c.Name, r.width, r.desk), r.inputOf(c)
	sum := report.NewSummary()
	if in.verb == "rollback" && b.untouched(in, r.fleet, c) {
		sum.Runbook, sum.Result, sum.Reason = r.fleet.Name, report.NotBegun, "nothing was run"
		return sum
	}
	err := guarded(func() error {
		if why := r.barred[c.Name]; why != "" {
			return &exitError{engine.Refused, errors.New(why + "; nothing was sent")}
		}
		if err := checkReports(in.reports); err != nil {
			return err
		}
		rb, problems := r.fleet.Load(c) // again: what it takes to run all cells would be much to hold
		if rb == nil {
			b.tellProblems(problems)
			return &exitError{engine.Refused, fmt.Errorf("%s in %s; nothing was sent", count(len(problems), "problem"), in.file)}
		}
		b.use(rb)
		if err := b.locate(in, rb); err != nil {
			return err
		}
		lines, plan := b.events(in)
		return b.driven(ctx, in, rb, func(e event.Event) { sum.Sink(e); lines(e) }, plan, r.f)
	})
	code, text := endedAs(err)
	if text != "" {
		b.complain("srmigrate: ", text)
	}
	sum.Runbook = r.fleet.Name
	sum.End(int(code), words[code], text)
	if sum.Next == "" && code != engine.OK {
		sum.Next = b.again(in, engine.Given{}, in.verb)
	}
	sum.Redacted(b.redact)
	if r.in.output != "json" && r.in.reports == "" {
		sum.Slim()
	}
	return sum
}

// inputOf is the command line as it would be for this cell alone.
func (r *fleetRun) inputOf(c runbook.Cell) *input {
	in := *r.in
	in.cell, in.all, in.failFast, in.concurrency = &c, false, false, 0
	if in.longest > 0 {
		in.longest = max(in.longest-time.Since(r.begun), time.Millisecond)
	}
	if in.reports != "" {
		in.reports = filepath.Join(in.reports, c.Name)
	}
	if in.metrics != "" {
		ext := filepath.Ext(in.metrics)
		in.metrics = strings.TrimSuffix(in.metrics, ext) + "." + c.Name + ext
	}
	return &in
}

// end tells how it all ended.
func (r *fleetRun) end(ctx context.Context) error {
	f := &report.FleetSummary{Runbook: r.fleet.Name}
	for i, c := range r.cells {
		s := r.ended[i]
		if s == nil {
			s = report.NewSummary()
			s.Runbook, s.Result, s.ExitCode, s.Reason = r.fleet.Name, report.NotBegun, int(engine.Interrupted), r.why(ctx)
		}
		f.Add(c.Name, s)
	}
	f.End(time.Since(r.begun), r.nextOf(f))
	r.tellPipeline(f)
	r.writeIndex(f)
	if err := r.tellEnd(f); err != nil {
		return err
	}
	return quietly(engine.Exit(f.ExitCode))
}

// why is the reason for which a cell was not begun.
func (r *fleetRun) why(ctx context.Context) string {
	switch {
	case ctx.Err() != nil:
		return "not begun: the call was stopped by a signal"
	case r.in.failFast && r.failed:
		return "not begun: another cell failed (--fail-fast)"
	}
	return "not begun: --max-duration was over"
}
