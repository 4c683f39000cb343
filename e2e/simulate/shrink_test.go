package simulate

import (
	"slices"
	"testing"
)

// mostTries bounds how long a violation is made shorter.
const mostTries = 400

// shrinking looks for a shorter schedule that violates the same.
type shrinking struct {
	t     *testing.T
	want  string
	tries int
}

// shrink leaves out troubles, steps and what was there before, one by one, as long as the same invariant is violated.
func shrink(t *testing.T, c schedule, o outcome) (schedule, outcome) {
	sh := &shrinking{t: t, want: o.violated()}
	c, o = sh.accept(c, o, c.scenario, o.befell)
	for again := true; again && sh.tries < mostTries; {
		again = false
		for i := len(o.befell) - 1; i >= 0; i-- {
			if less, lo, ok := sh.try(c, c.scenario, slices.Delete(slices.Clone(o.befell), i, i+1)); ok {
				c, o, again = less, lo, true
				i = min(i, len(o.befell))
			}
		}
		for i := len(c.act) - 1; i >= 0 && len(c.act) > 1; i-- {
			if less, lo, ok := sh.try(c, c.withoutAct(i), o.befell); ok {
				c, o, again = less, lo, true
			}
		}
		for i := len(c.content) - 1; i >= 0; i-- {
			if less, lo, ok := sh.try(c, c.withoutContent(i), o.befell); ok {
				c, o, again = less, lo, true
			}
		}
	}
	return c, o
}

// accept writes down what was drawn, so that a part of it can be left out; where that does not violate the same, because
// it hangs on the order in which things happen at the same time, the drawn one stays.
func (sh *shrinking) accept(c schedule, o outcome, s *scenario, befell []trouble) (schedule, outcome) {
	if less, lo, ok := sh.try(c, s, befell); ok {
		return less, lo
	}
	sh.tries = mostTries
	return c, o
}

func (sh *shrinking) try(c schedule, s *scenario, befell []trouble) (schedule, outcome, bool) {
	if sh.tries++; sh.tries > mostTries {
		return c, outcome{}, false
	}
	c.scenario, c.plan = s, list(befell)
	if c.base != nil {
		base := undisturbed(sh.t, s)
		if base.violated() != "" {
			return c, outcome{}, false
		}
		c.base = &base
	}
	o := c.run(sh.t)
	return c, o, o.violated() == sh.want
}

func (s *scenario) withoutAct(i int) *scenario {
	less := *s
	less.act = slices.Delete(slices.Clone(s.act), i, i+1)
	return &less
}

func (s *scenario) withoutContent(i int) *scenario {
	less := *s
	less.content = slices.Delete(slices.Clone(s.content), i, i+1)
	return &less
}
