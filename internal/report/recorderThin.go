package report

import (
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/srmigrate/srmigrate/internal/event"
)

// How densely a wait is sampled: each look at first, then one in a hundredth of the time that it has taken, so that a day
// is some eight hundred samples; and how many samples of a step are kept in any case because something turned in them.
const (
	sampleEvery = 100
	quietEvery  = 20
	mostTurns   = 100
)

// sampling is what was seen of a wait.
type sampling struct {
	kept  time.Duration       // when, in the time of the step, a sample was last kept
	last  *event.StepProgress // kept
	held  *event.StepProgress // seen since and not kept
	at    time.Time           // that one
	turns int
	count time.Time // when reads were last counted
}

// progress keeps a sample, or holds it back until another comes.
func (r *Recorder) progress(p event.StepProgress) {
	s := &r.sample
	if now := time.Now(); s.count.IsZero() {
		s.count = now
	} else if now.Sub(s.count) > 10*time.Minute {
		r.countReads()
		s.count = now
	}
	turned := s.last == nil || turn(*s.last, p)
	if turned && s.turns < mostTurns {
		s.turns++
		r.lastSample()
		r.keep(p)
		return
	}
	pause := p.Elapsed / sampleEvery
	if p.Repeated {
		pause = max(p.Elapsed/quietEvery, time.Minute)
	}
	if p.Elapsed-s.kept >= pause {
		r.keep(p)
		return
	}
	s.held, s.at = &p, time.Now()
}

// turn says whether something is otherwise that a reader of the chart looks for.
func turn(was, is event.StepProgress) bool {
	return was.State != is.State || was.Trace != is.Trace || (was.Done < was.Of) != (is.Done < is.Of)
}

func (r *Recorder) keep(p event.StepProgress) {
	r.sample.last, r.sample.held, r.sample.kept = &p, nil, p.Elapsed
	r.write(sampled(p))
}

// lastSample keeps what was held back: a line ends where the wait did, or where it turned.
func (r *Recorder) lastSample() {
	if p := r.sample.held; p != nil {
		f := sampled(*p)
		f.attrs = append(f.attrs, slog.Time("seen", r.sample.at.UTC()))
		r.sample.last, r.sample.held = p, nil
		r.write(f)
	}
}

// sampled is a progress with the text only where numbers do not tell the same.
func sampled(p event.StepProgress) fact {
	if p.State != "" || p.Of > 0 {
		p.Text = ""
	}
	return facts(p)
}

// often is something that may happen over and over in a step.
type often struct {
	count int
	out   int       // not kept since
	kept  time.Time // the last that was
	first time.Time
}

// mostOften is how many of a kind are kept of a step before they are thinned out.
const mostOften = 50

// seldom keeps what may come thousands of times in a long wait: all at first, then some, with the number of the others.
func (r *Recorder) seldom(e event.Event) {
	f := facts(e)
	if o := r.repeated(f.event); o != nil {
		r.write(f.count("leftOut", o.out))
		o.out = 0
	}
}

// repeated counts; nil says that this one is left out.
func (r *Recorder) repeated(kind string) *often {
	now := time.Now()
	if r.often == nil {
		r.often = map[string]*often{}
	}
	o := r.often[kind]
	if o == nil {
		o = &often{first: now}
		r.often[kind] = o
	}
	o.count++
	if o.count > mostOften && now.Sub(o.kept) < max(now.Sub(o.first)/sampleEvery, time.Minute) {
		o.out++
		return nil
	}
	o.kept = now
	return o
}

// leftOut tells at the end of a step how much of what repeated itself was not kept.
func (r *Recorder) leftOut() {
	for _, kind := range slices.Sorted(maps.Keys(r.often)) {
		if o := r.often[kind]; o.out > 0 {
			r.write(info("left out").text("step", r.step).text("kind", kind).count("count", o.out))
			o.out = 0
		}
	}
}
