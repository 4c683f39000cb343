package steps

import "time"

// paceSpan is how far back the rate of a copy looks: long enough to even out polls, short enough to follow a change.
const paceSpan = time.Minute

// pace is how fast versions arrive on the target.
type pace struct{ samples []sample }

type sample struct {
	at   time.Time
	done int
}

// saw notes how many versions are there.
func (p *pace) saw(at time.Time, done int) {
	p.samples = append(p.samples, sample{at, done})
	for len(p.samples) > 2 && at.Sub(p.samples[0].at) > paceSpan {
		p.samples = p.samples[1:]
	}
}

// rate is versions per second; 0 while nothing can be said.
func (p *pace) rate() float64 {
	if len(p.samples) < 2 {
		return 0
	}
	first, last := p.samples[0], p.samples[len(p.samples)-1]
	took := last.at.Sub(first.at).Seconds()
	if took <= 0 || last.done <= first.done {
		return 0
	}
	return float64(last.done-first.done) / took
}

// left is how long the rest takes at this rate; 0 while nothing can be said.
func (p *pace) left(of int) time.Duration {
	rate := p.rate()
	if rate == 0 {
		return 0
	}
	rest := of - p.samples[len(p.samples)-1].done
	return time.Duration(float64(rest) / rate * float64(time.Second))
}
