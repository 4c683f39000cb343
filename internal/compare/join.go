package compare

import (
	"hash/maphash"
	"iter"
	"sync"
	"sync/atomic"
	"time"
)

// The sides of a join.
const (
	atSource = iota
	atTarget
)

// A join brings the subjects of both sides together as they are read, in
// whatever order that is. Where both have the same versions it keeps a digest;
// the rest it keeps until it is told of at the end, in order. It needs memory
// for the subjects' names, for what one side is ahead of the other, and for what
// differs.
type join struct {
	place func(subject string) (target string, scope scope) // of a source subject
	keep  bool                                              // also what is the same
	hold  [2]*holder

	pass    [2]atomic.Uint32 // of reading; what an earlier one found does not count
	whole   atomic.Int64     // bytes of whole versions that are being kept
	given   [2]atomic.Int64  // subjects of each side so far
	ended   [2]atomic.Bool   // nothing more of a side will come
	came    [2]chan struct{} // tells that some did
	seed    maphash.Seed
	stripes [64]stripe // by target subject, so that sides and pages seldom wait for each other
}

type stripe struct {
	mu      sync.Mutex
	entries map[string]*entry // by target subject
	left    map[string]*entry // source subjects that are not compared
	doubts  map[*entry]*doubt
	names   packer
}

// A scope says whether a source subject is compared.
type scope uint8

const (
	compared scope = iota
	outside        // no pattern of the mapping covers it
	filtered       // it was not asked for
)

// An entry is a subject of the target, with what becomes it.
type entry struct {
	target, source string
	scope          scope
	seen           [2]uint8 // the last pass in which it was there
	// same says that both sides had the same, so many live and gone versions;
	// they are not kept.
	same       bool
	live, gone int32
	sums       [2]mark
	kept       *[2]kept // versions of both sides
	twin       *entry   // another source subject that becomes the same one
}

// A doubt is about a subject that was the same and is not any more: what was
// kept of it is too little to tell the difference. The sums are of what was
// seen last.
type doubt struct{ sums [2]mark }

// enough is how many bytes of whole versions a join keeps before it holds up the
// side that is ahead. Beyond twice as much it makes digests of them, for which it
// has no need where both sides are the same.
const enough = 4 << 20

// holdUp is how long a side is held up for a subject at most. It is short, so that
// no server takes a reader that has to wait for one that is gone.
const holdUp = 20 * time.Millisecond

func newJoin(place func(string) (string, scope), keep bool, source, target *holder) *join {
	j := &join{place: place, keep: keep, hold: [2]*holder{source, target}, seed: maphash.MakeSeed()}
	target.seed, target.bulks = source.seed, source.bulks
	j.came = [2]chan struct{}{make(chan struct{}, 1), make(chan struct{}, 1)}
	for i := range j.stripes {
		j.stripes[i].entries, j.stripes[i].left = map[string]*entry{}, map[string]*entry{}
		j.stripes[i].doubts = map[*entry]*doubt{}
	}
	return j
}

// A half is one side of a join, for a reader to fill.
type half struct {
	*join
	side int
}

func (h half) begin() { h.pass[h.side].Add(1) }

func (h half) now() uint8 { return uint8(h.pass[h.side].Load()) } //nolint:gosec // there are a few

func (h half) put(subject string, versions kept) {
	h.take(subject, versions)
	h.given[h.side].Add(1)
	select {
	case h.came[h.side] <- struct{}{}:
	default:
	}
	h.wait()
}

// wait lets the other side catch up where much is kept for it.
func (h half) wait() {
	other := 1 - h.side
	if h.whole.Load() <= enough || h.given[h.side].Load() <= h.given[other].Load() || h.ended[other].Load() {
		return
	}
	late := time.NewTimer(holdUp)
	defer late.Stop()
	select {
	case <-h.came[other]:
	case <-late.C:
	}
}

// end tells that nothing more of a side will come.
func (h half) end() {
	h.ended[h.side].Store(true)
	select {
	case h.came[h.side] <- struct{}{}:
	default:
	}
}

func (h half) take(subject string, versions kept) {
	s := h.spotOf(subject, versions)
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.find(h.side, true)
	e.seen[h.side] = h.now()
	switch {
	case e.scope != compared:
		e.live, e.gone = counts(versions.list)
		return
	case e.same:
		if now := h.hold[h.side].markOf(versions.list); now != e.sums[h.side] {
			s.doubt(e).sums[h.side] = now
		}
		return
	case e.kept == nil:
		e.kept = &[2]kept{}
	}
	h.whole.Add(versions.size() - e.kept[h.side].size())
	e.kept[h.side] = versions
	h.meet(e)
}

func (h half) lend(subject string, to *bulk) kept {
	s := h.at(h.side, subject)
	to.spot = s
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.find(h.side, false)
	to.spot.entry = s.entry
	if e == nil || e.kept == nil || e.kept[1-h.side].bulk == nil {
		return kept{}
	}
	k := e.kept[1-h.side]
	to.like = k.bulk
	k.bulk.lent.Add(1)
	return k
}

// spotOf is where a subject is, as it was found when its first row came.
func (h half) spotOf(subject string, versions kept) spot {
	if b := versions.bulk; b != nil && b.spot.stripe != nil && b.spot.subject == subject {
		return b.spot
	}
	return h.at(h.side, subject)
}

func (h half) drop(subject string) {
	s := h.at(h.side, subject)
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.find(h.side, false); e != nil {
		e.seen[h.side] = 0
	}
}

func (h half) has(subject string) bool {
	s := h.at(h.side, subject)
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.find(h.side, false)
	return e != nil && e.seen[h.side] == h.now()
}

// known returns the subject as it is kept.
func (h half) known(subject string) string {
	s := h.at(h.side, subject)
	s.mu.Lock()
	defer s.mu.Unlock()
	switch e := s.find(h.side, false); {
	case e == nil:
		return ""
	case h.side == atTarget:
		return e.target
	default:
		return e.source
	}
}

func (h half) subjects() iter.Seq[string] {
	return func(yield func(string) bool) {
		for e := range h.all() {
			name := e.target
			if h.side == atSource {
				name = e.source
			}
			if e.seen[h.side] == h.now() && !yield(name) {
				return
			}
		}
	}
}

// all gives every entry, in no order.
func (j *join) all() iter.Seq[*entry] {
	return func(yield func(*entry) bool) {
		for i := range j.stripes {
			if !j.stripes[i].all(yield) {
				return
			}
		}
	}
}

func (s *stripe) all(yield func(*entry) bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, entries := range []map[string]*entry{s.entries, s.left} {
		for _, e := range entries {
			for ; e != nil; e = e.twin {
				if !yield(e) {
					return false
				}
			}
		}
	}
	return true
}

// first returns the entry that the target's versions are kept with.
func (j *join) first(e *entry) *entry {
	s := j.at(atTarget, e.target)
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.entries[s.target]
}

// doubt notes that a subject has to be read again on both sides.
func (s *stripe) doubt(e *entry) *doubt {
	if s.doubts[e] == nil {
		s.doubts[e] = &doubt{e.sums}
	}
	return s.doubts[e]
}
