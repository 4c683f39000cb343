package cli

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/srmigrate/srmigrate/internal/state"
)

// leases are the locks in buckets that this call has, or is about to take: one that has to end at once cannot give them
// back, and says until when they stand. A call that cannot end so has none, which is nil.
type leases struct {
	mu  sync.Mutex
	all []*leasedLock
}

// leasedLock is one of them.
type leasedLock struct {
	name string
	most time.Duration // that it stands
	lock state.Leased  // nil while it is being taken
}

// until is when it ends at the latest; false when it stands no more.
func (l *leasedLock) until(now time.Time) (time.Time, bool) {
	if l.lock == nil {
		return now.Add(l.most), true
	}
	return l.lock.Until()
}

// noting is a backend whose locks are noted.
type noting struct {
	state.Backend
	leases *leases
	most   time.Duration
}

func (n noting) Lock(name string, h state.Holder) (state.Lock, error) {
	e := n.leases.begin(name, n.most)
	l, err := n.Backend.Lock(name, h)
	leased, _ := l.(state.Leased)
	n.leases.know(e, leased)
	return l, err
}

func (s *leases) begin(name string, most time.Duration) *leasedLock {
	e := &leasedLock{name: name, most: most}
	if s == nil {
		return e
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = slices.DeleteFunc(s.all, func(e *leasedLock) bool { _, stands := e.until(time.Now()); return !stands })
	s.all = append(s.all, e)
	return e
}

// know notes what became of a lock that was being taken; nil: it was not.
func (s *leases) know(e *leasedLock, lock state.Leased) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if e.lock = lock; lock == nil {
		s.all = slices.DeleteFunc(s.all, func(other *leasedLock) bool { return other == e })
	}
}

// left says which locks stand, and until when; "" for none.
func (s *leases) left() string {
	if s == nil {
		return ""
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var names []string
	var last time.Time
	now := time.Now()
	for _, e := range s.all {
		if end, stands := e.until(now); stands && end.After(now) {
			names = append(names, e.name)
			if end.After(last) {
				last = end
			}
		}
	}
	switch len(names) {
	case 0:
		return ""
	case 1:
		return fmt.Sprintf("lock %s was not given back: its lease", names[0]) + ends(now, last)
	}
	return fmt.Sprintf("%d locks were not given back, %s and others: the last lease", len(names), names[0]) + ends(now, last)
}

func ends(now, at time.Time) string {
	return fmt.Sprintf(" ends by itself at %s at the latest, in %s; the next call waits for that, or srmigrate state unlock breaks it, once this process is gone",
		at.UTC().Format(time.RFC3339), (at.Sub(now) + time.Second).Truncate(time.Second))
}
