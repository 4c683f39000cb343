package simulate

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// tally is what a search has met.
type tally struct {
	mu         sync.Mutex
	schedules  int
	violations int
	faults     map[kind]int
	crashes    map[string]int
	began      time.Time
}

func newTally() *tally {
	y := &tally{faults: map[kind]int{stranger: 0, restart: 0}, crashes: map[string]int{}, began: time.Now()}
	for _, list := range kinds {
		for _, k := range list {
			if !k.crashes() {
				y.faults[k] = 0
			}
		}
	}
	for _, p := range points {
		y.crashes[p] = 0
	}
	return y
}

// count takes note of a schedule.
func (y *tally) count(o outcome) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.schedules++
	for _, t := range o.befell {
		if t.Kind.crashes() {
			y.crashes[t.point()]++
		} else {
			y.faults[t.Kind]++
		}
	}
	y.crashes["in-a-rollback"] += o.inRollback
}

func (y *tally) violated() int {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.violations++
	return y.violations
}

// String is what a search ends with.
func (y *tally) String() string {
	var b strings.Builder
	for _, k := range slices.Sorted(maps.Keys(y.faults)) {
		fmt.Fprintf(&b, "fault %s %d\n", k, y.faults[k])
	}
	for _, k := range slices.Sorted(maps.Keys(y.crashes)) {
		fmt.Fprintf(&b, "crash %s %d\n", k, y.crashes[k])
	}
	fmt.Fprintf(&b, "schedules %d violations %d per-second %.1f", y.schedules, y.violations, float64(y.schedules)/time.Since(y.began).Seconds())
	return b.String()
}
