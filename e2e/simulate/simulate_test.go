package simulate

import (
	"fmt"
	"sync/atomic"
	"testing"
)

const (
	// family is how many schedules share a scenario, and with it the undisturbed run.
	family = 16
	// realShare is how many schedules there are to one whose state lies in real files.
	realShare = 61
	// networkShare is how many schedules there are to one whose requests go over connections.
	networkShare = 20
	// strangersShare is how many schedules there are to one in which somebody else is at work as well.
	strangersShare = 5
	// restartsShare is how many of the others there are to one in which a registry restarts with empty memory.
	restartsShare = 10
	// guideShare is how many scenarios there are to one whose registries are as the guide describes them.
	guideShare = 6
)

// scheduleOf is the schedule of a seed, once its undisturbed run is known.
func scheduleOf(seed uint64, s *scenario, base *outcome) schedule {
	c := schedule{
		scenario: s, seed: seed, plan: draw(seed, base.places), base: base, calls: true,
		real: seed%realShare == 0, network: one(chance(seed, "network"), networkShare),
	}
	c.bucket = *buckets || !c.real && bucketShare > 0 && one(chance(seed, "bucket"), bucketShare)
	c.real = c.real && !c.bucket
	return c
}

func undisturbed(t *testing.T, s *scenario) outcome {
	return schedule{scenario: s, plan: listed{}}.run(t)
}

// search runs the schedules of some seeds that share a scenario.
func search(t *testing.T, seeds []uint64, y *tally, found func(schedule, outcome)) {
	s := draft(seeds[0] / family)
	base := undisturbed(t, s)
	if base.violated() != "" {
		found(schedule{scenario: s, seed: seeds[0], plan: listed{}}, base)
		return
	}
	for _, seed := range seeds {
		c := scheduleOf(seed, s, &base)
		o := c.run(t)
		y.count(o)
		if o.violated() != "" {
			found(c, o)
		}
	}
	if err := s.loaded.untouched(); err != nil {
		t.Errorf("seeds %d to %d: %v", seeds[0], seeds[len(seeds)-1], err)
	}
}

// searchAll runs schedules until there are no more of them, or there is enough.
func searchAll(t *testing.T, first, n uint64, y *tally, enough func() bool, found func(*testing.T, schedule, outcome)) {
	var next atomic.Uint64
	last := first + n - 1
	next.Store(first / family)
	for i := range *workers {
		t.Run(fmt.Sprint("worker", i+1), func(t *testing.T) {
			t.Parallel()
			for f := next.Add(1) - 1; f <= last/family && !enough(); f = next.Add(1) - 1 {
				var seeds []uint64
				for seed := max(f*family, first); seed <= min(f*family+family-1, last); seed++ {
					seeds = append(seeds, seed)
				}
				search(t, seeds, y, func(c schedule, o outcome) { found(t, c, o) })
			}
		})
	}
}

// mostShown is how many violations of one search are shown.
const mostShown = 5

// Whatever goes wrong, the next calls bring a run to the end that it would have had, or back to what was there before.
func TestSimulate(t *testing.T) {
	if *only >= 0 {
		search(t, []uint64{uint64(*only)}, totals, func(c schedule, o outcome) { fail(t, c, o) })
		return
	}
	searchAll(t, *from, uint64(*count), totals, func() bool { return false }, fail)
}

// fail shows a violation, as short as it can be made.
func fail(t *testing.T, c schedule, o outcome) {
	if totals.violated() > mostShown {
		t.Errorf("seed %d: %s", c.seed, o.violations[0])
		return
	}
	short, so := shrink(t, c, o)
	again := ""
	if *buckets {
		again = " BUCKETS=1"
	}
	t.Errorf("seed %d violates %s; again with: make simulate SEED=%d%s\n%s", c.seed, o.violated(), c.seed, again, short.show(so))
}
