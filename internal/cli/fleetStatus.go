package cli

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/srmigrate/srmigrate/internal/engine"
	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/report"
	"github.com/srmigrate/srmigrate/internal/state"
	"github.com/srmigrate/srmigrate/runbook"
)

// fleetStatus lists how the cells of a matrix stand, from their states alone.
func (a *app) fleetStatus(in *input, fleet *runbook.Fleet, exitCode bool) error {
	cells, err := in.chosen(fleet)
	if err != nil {
		return &exitError{engine.Usage, err}
	}
	t := a.windowed()
	counts, code := map[string]int{}, engine.OK
	var waiting []string // cells without a run
	for _, c := range cells {
		own := *in
		own.cell = &c
		row := a.cellStatus(&own, fleet, c)
		if counts[row.standing]++; row.standing == notBegun {
			waiting = append(waiting, c.Name)
		}
		if (exitCode || row.standing == unreadable) && report.Worse(int(row.exit), int(code)) {
			code = row.exit
		}
		t.Row(row.standing, "cell "+c.Name, row.text)
		if row.next != "" {
			t.Command("next", row.next)
		}
	}
	t.Row("fleet", fleet.Name, counted(counts)+" of "+count(len(cells), "cell"))
	if n := len(waiting); n > 0 {
		t.Command("next", a.foretelling(in, waiting, n == len(cells)))
		t.Row("", "", "of "+count(n, "cell")+" without a run it tells what is to be done, or what keeps a run from beginning")
	}
	return endsWith(code)
}

// foretelling is the command that plans these cells, as far as they can be named.
func (a *app) foretelling(in *input, names []string, all bool) string {
	own := *in
	if !all && len(names) <= mostNamed {
		own.only = strings.Join(names, ",")
	}
	return a.again(&own, engine.Given{}, "plan")
}

// How a cell stands that has no run to tell of.
const (
	unreadable = "unreadable"
	notBegun   = "not begun"
	turnedDown = "refused"
)

type cellRow struct {
	standing, text, next string
	exit                 engine.Exit // as status of this cell alone would end
}

// cellStatus is how the run of one cell stands.
func (a *app) cellStatus(in *input, fleet *runbook.Fleet, c runbook.Cell) cellRow {
	rb, problems := fleet.Load(c)
	if rb == nil {
		in.assume(fleet.Name)
	} else if err := a.locate(in, rb); err != nil {
		return cellRow{exit: engine.BadState, standing: unreadable, text: err.Error()}
	}
	store := in.store()
	switch is := missing(store); {
	case is && rb == nil: // it may lie elsewhere
		return cellRow{exit: engine.BadState, standing: unreadable, text: problems[0].Error()}
	case is:
		return a.withoutState(in, store)
	}
	st, err := loaded(store, fleet.Name)
	if err != nil {
		return cellRow{exit: engine.BadState, standing: unreadable, text: err.Error()}
	}
	run := st.Run
	holder, held, err := store.Held()
	row := cellRow{standing: standing(run, held || err != nil), text: at(run), exit: standingExit(run)}
	switch {
	case err != nil:
		row.text = err.Error()
	case held:
		row.text = strings.TrimSuffix(row.text+"; "+holder.String(), "; ")
	default:
		row.next = a.next(in, rb, run)
	}
	row.standing = event.Words(row.standing)
	return row
}

// withoutState is how a cell stands that has no state: nothing was run, or the history beside it tells of a run that was
// refused, and why.
func (a *app) withoutState(in *input, store *state.Store) cellRow {
	lines, err := store.ReadJournal()
	if err != nil {
		return cellRow{exit: engine.BadState, standing: unreadable, text: err.Error()}
	}
	row := cellRow{exit: engine.BadState, standing: notBegun}
	last := ""
	if runs := report.Runs(lines); len(runs) > 0 {
		last = runs[len(runs)-1]
	}
	if len(lines) == 0 {
		return row
	}
	calls := report.NewEvidence(lines, last, version()).Run.Calls
	if len(calls) == 0 {
		return row
	}
	if c := calls[len(calls)-1]; c.Result == turnedDown && c.ExitCode != nil {
		row = cellRow{
			exit: engine.Exit(*c.ExitCode), standing: turnedDown, next: a.again(in, engine.Given{}, "plan"),
			text: c.Ended.UTC().Format(time.RFC3339) + ": " + c.Reason,
		}
	}
	return row
}

// at is where a run stands: why it failed, what it waits for, or the step that it has come to.
func at(run *state.Run) string {
	if f := run.Failure; f != nil {
		return "step " + f.Step + ": " + f.Error
	}
	if w := run.Waiting(); w != nil {
		return "step " + w.ID + ": " + w.Asked.Message
	}
	if run.Status == state.Succeeded || len(run.Steps) == 0 {
		return ""
	}
	last := run.Steps[len(run.Steps)-1]
	return fmt.Sprintf("step %s is %s", last.ID, last.Status)
}

// counted are words with how often they are there, the most frequent first.
func counted(counts map[string]int) string {
	words := make([]string, 0, len(counts))
	for w := range counts {
		words = append(words, w)
	}
	slices.SortFunc(words, func(a, b string) int { return cmp.Or(counts[b]-counts[a], cmp.Compare(a, b)) })
	for i, w := range words {
		words[i] = fmt.Sprintf("%d %s", counts[w], w)
	}
	return strings.Join(words, ", ")
}
