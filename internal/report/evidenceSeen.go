package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/srmigrate/srmigrate/internal/compare"
	"github.com/srmigrate/srmigrate/internal/state"
)

// sample takes in one look at a copy.
func (b *builder) sample(e entry) {
	if e.State == "" && e.Of == 0 {
		return // it waits for a person, or counts something else
	}
	b.looked(e.Step, Sample{e.when(), e.State, e.Offset, e.Versions, e.Of, e.Trace})
}

func (b *builder) looked(step string, s Sample) {
	i, ok := b.waits[step]
	if !ok {
		i = len(b.Waits)
		b.waits[step] = i
		b.Waits = append(b.Waits, WaitFacts{Step: step, Samples: []Sample{}})
	}
	w := &b.Waits[i]
	if s.Of == 0 && len(w.Samples) > 0 { // a look that could not count
		last := w.Samples[len(w.Samples)-1]
		s.Copied, s.Of = last.Copied, last.Of
	}
	w.Samples = append(w.Samples, s)
	if w.CaughtUp.IsZero() && s.Of > 0 && s.Copied >= s.Of {
		w.CaughtUp = s.At
	}
}

// compare takes in a comparison. That of a wait is its last look.
func (b *builder) compare(e entry) {
	c := CompareFacts{
		Step: e.Step, At: e.At, Verdict: e.Verdict, Text: e.Text, Source: e.Source, Target: e.Target,
		Subjects: e.Subjects, All: e.AllSubjects, Versions: e.Versions, Missing: e.Missing, Extra: e.Extra, Changed: e.Changed,
		Other: e.Other, ExtraSubjects: e.ExtraSubjects, Reported: e.Reported,
		Contexts: copied(e.Contexts), Hints: copied(e.Hints), Differences: append([]DifferenceFact{}, e.Differences...),
	}
	if i, ok := b.waits[e.Step]; ok && e.Verdict != compare.Unknown {
		last := b.Waits[i].Samples[len(b.Waits[i].Samples)-1]
		b.looked(e.Step, Sample{At: e.At, State: last.State, Offset: last.Offset, Copied: e.Versions - e.Missing, Of: e.Versions})
	}
	b.Compares = append(b.Compares, c)
}

// mode takes in that a place's mode is another one than before.
func (b *builder) mode(e entry) {
	key := e.Registry + " " + e.Place
	i, ok := b.modes[key]
	if !ok {
		i = len(b.Modes)
		b.modes[key] = i
		before := e.Was
		if e.First && len(b.Run.Calls) <= 1 {
			before = e.Mode // a later call has not seen how it was
		}
		b.Modes = append(b.Modes, ModeFacts{Registry: e.Registry, Place: e.Place, Before: before, After: before, Changes: []ModeChange{}})
	}
	m := &b.Modes[i]
	if e.Mode == m.After && !e.ByRun {
		return
	}
	m.After = e.Mode
	m.Changes = append(m.Changes, ModeChange{e.At, e.Step, e.Mode, e.ByRun})
}

// requests counts.
func (b *builder) requests(e entry) {
	count, path := 1, e.Route
	if e.Event == "request" {
		if e.Method == "GET" || e.Method == "HEAD" {
			return // it is among the reads that are counted
		}
		bare, _, _ := strings.Cut(e.Path, "?")
		path = e.Method + " " + route(bare)
		b.Requests.Writes++
		if e.Error != "" {
			b.Requests.Refused++
		}
	} else {
		count = e.Count
		b.Requests.Reads += count
	}
	if s := b.steps[e.Step]; s != nil {
		if e.Event == "request" {
			s.Writes++
		} else {
			s.Reads += count
		}
	}
	key := fmt.Sprint(e.Registry, " ", path, " ", e.Status)
	r := b.routes[key]
	if r == nil {
		r = &RouteFacts{Registry: e.Registry, Route: path, Status: e.Status}
		b.routes[key] = r
	}
	r.Count += count
	r.Seconds += e.Took
	r.Most = max(r.Most, e.Most, pickNumber(e.Event == "request", e.Took))
}

func pickNumber(yes bool, n float64) float64 {
	if yes {
		return n
	}
	return 0
}

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
