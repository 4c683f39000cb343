package report

import (
	"fmt"
	"strings"

	"github.com/srmigrate/srmigrate/internal/compare"
	"github.com/srmigrate/srmigrate/internal/registry"
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
		path = e.Method + " " + registry.Route(bare)
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
