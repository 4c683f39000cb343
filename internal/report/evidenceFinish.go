package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/srmigrate/srmigrate/internal/state"
)

// finish puts together what is known once everything was read.
func (b *builder) finish() {
	for id, o := range b.open { // it waits for a person, and nobody has answered
		b.steps[id].Spans = append(b.steps[id].Spans, Span{o.from, b.last, "waiting"})
	}
	b.Steps = b.list(b.order)
	if b.because == "" && b.saved != nil && b.saved.Failure != nil {
		b.because = "step " + b.saved.Failure.Step + " failed"
	}
	if len(b.undo) > 0 {
		b.Rollback = &RollbackFacts{Because: b.because, Began: b.backAt, Steps: b.list(b.undo)}
	}
	b.Modes = slices.DeleteFunc(b.Modes, func(m ModeFacts) bool { return len(m.Changes) == 0 })
	slices.SortFunc(b.Modes, func(x, y ModeFacts) int {
		return cmp.Or(strings.Compare(x.Registry, y.Registry), strings.Compare(x.Place, y.Place))
	})
	b.Requests.ByRoute = []RouteFacts{}
	for _, r := range b.routes {
		r.Seconds = milli(r.Seconds)
		b.Requests.ByRoute = append(b.Requests.ByRoute, *r)
	}
	slices.SortFunc(b.Requests.ByRoute, func(x, y RouteFacts) int {
		return cmp.Or(strings.Compare(x.Registry, y.Registry), strings.Compare(x.Route, y.Route), cmp.Compare(x.Status, y.Status))
	})
	b.status()
	b.gaps()
	b.left()
	b.Verdict = b.judge()
}

// status is how the run stands, and when it began and ended.
func (b *builder) status() {
	r := &b.Run
	if b.saved != nil {
		r.Status = string(b.saved.Status)
		r.Proof, r.Moved = or(b.saved.Proof, r.Proof), or(b.saved.Moved, r.Moved)
		r.Ended = b.saved.Updated
	} else if n := len(r.Calls); n > 0 {
		r.Status = or(r.Calls[n-1].Result, "not begun")
	}
	if n := len(r.Calls); n > 0 {
		if r.Started.IsZero() {
			r.Started = r.Calls[0].Began
		}
		if last := r.Calls[n-1].Ended; last.After(r.Ended) {
			r.Ended = last
		}
	}
	if !r.Ended.Before(r.Started) {
		r.Seconds = milli(r.Ended.Sub(r.Started).Seconds())
	}
}

// gaps says what a reader must not take for the whole history.
func (b *builder) gaps() {
	calls := b.Run.Calls
	switch {
	case len(calls) == 0:
		b.Gaps = append(b.Gaps, "there is no history of this run beside its state: requests, retries and what was seen while waiting are not known")
		return
	case b.saved != nil && b.Plan == nil:
		b.Gaps = append(b.Gaps, "the history does not reach back to the beginning of the run: what happened before "+
			calls[0].Began.Format("2006-01-02 15:04:05")+" UTC is known from the state alone")
	}
	for i, c := range calls {
		switch {
		case c.ExitCode == nil && (i < len(calls)-1 || !b.held):
			b.Gaps = append(b.Gaps, fmt.Sprintf("the call of %s UTC has not told how it ended: it was killed, and what it did last may be missing",
				c.Began.Format("2006-01-02 15:04:05")))
		case c.Cut > 0:
			b.Gaps = append(b.Gaps, fmt.Sprintf("the call before that of %s UTC was cut off in the middle of a line of %d bytes",
				c.Began.Format("2006-01-02 15:04:05"), c.Cut))
		}
	}
}

// left is what is for a person to do.
func (b *builder) left() {
	b.Open = append(b.Open, b.opens...)
	if b.saved == nil || len(b.saved.Open()) == 0 || b.saved.Over() {
		if b.saved != nil && b.saved.Over() {
			b.Open = []OpenFact{}
		}
		return
	}
	if b.saved.Status != state.RollbackIncomplete && b.saved.Status != state.RollingBack {
		return
	}
	b.Open = []OpenFact{}
	for _, s := range b.saved.Open() {
		list := copied(s.ByHand)
		if len(list) == 0 && b.next != "" {
			list = append(list, b.next)
		}
		b.Open = append(b.Open, OpenFact{s.ID, or(s.Error, string(s.Status)), list})
	}
}

func milli(seconds float64) float64 { return float64(int64(seconds*1000+0.5)) / 1000 }
