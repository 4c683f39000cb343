package steps

import "time"

// paceSpan is how far back the rate of a copy looks: long enough to even out polls, short enough to follow a change.
const paceSpan = time.Minute

// pace is how fast versions arrive on the target.
type pace struct {
	samples     []sample
	first, grew sample // of the whole wait: the first look, and the last that found more
}

type sample struct {
	at   time.Time
	done int
}

// saw notes how many versions are there.
func (p *pace) saw(at time.Time, done int) {
	if now := (sample{at, done}); p.first.at.IsZero() {
		p.first, p.grew = now, now
	} else if done > p.grew.done {
		p.grew = now
	}
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

// perMinute is how many versions arrived in a minute of the whole wait; 0 where too little was seen to tell.
func (p *pace) perMinute() int {
	took := p.grew.at.Sub(p.first.at)
	if took < 10*time.Second {
		return 0
	}
	return int(float64(p.grew.done-p.first.done) / took.Minutes())
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
