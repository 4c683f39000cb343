package compare

import (
	"context"
	"slices"
	"sync"

	"github.com/srmigrate/srmigrate/internal/registry"
)

// A look is one side that is read again in part, from what is known of it.
type look struct {
	half
	names []string        // that the server names now
	need  map[string]bool // what to read

	mu   sync.Mutex
	got  map[string]bool // subjects that were read in this fetch
	read map[string]bool // and in all of them
}

// put leaves out what comes along: of the other side it would be compared with
// what is known from the last full pass.
func (l *look) put(subject string, versions kept) {
	if !l.need[subject] {
		return
	}
	l.mu.Lock()
	l.got[subject], l.read[subject] = true, true
	l.mu.Unlock()
	l.half.put(subject, versions)
}

// anew makes a diff begin again with what it knows.
func (d *diff) anew(o Options, source, target *registry.Client) {
	d.Options, d.result = o, newResult(source, target, o.Show)
	d.result.look = true
	d.bySource, d.byTarget, d.pairs = nil, nil, nil
	d.measure()
	d.source.c, d.target.c = source, target
	for _, s := range d.sides() {
		s.err, s.strict = nil, false
	}
}

func (d *diff) sides() [2]*side { return [2]*side{d.source, d.target} }

// readAgain reads what came and what is unsettled, of both sides at once, and
// returns the target subjects that were read on both. What one of them does not
// let be read is an error of that side, as in the first read. After an error of
// its own there is nothing to go on from.
func (d *diff) readAgain(ctx context.Context, u unsettled) (map[string]bool, error) {
	looks := [2]*look{}
	for i, s := range d.sides() {
		looks[i] = &look{half: half{d.join, i}, need: map[string]bool{}, got: map[string]bool{}, read: map[string]bool{}}
		s.sink = looks[i]
	}
	defer func() {
		for i, s := range d.sides() {
			s.sink = half{d.join, i}
			s.moved.Store(false) // a look shows no one moment anyway
		}
	}()
	d.both(func(i int, s *side) error { return s.news(ctx, looks[i], u[i]) })
	if d.failed() {
		return nil, nil
	}
	d.counterparts(looks[atSource], looks[atTarget])
	d.both(func(i int, s *side) error { return s.fetch(ctx, looks[i]) })
	if d.failed() {
		return nil, nil
	}
	if d.resolveAgain(ctx, looks); d.failed() {
		return nil, errUnresolved
	}
	return d.looked(looks), nil
}

// errUnresolved means that nobody knows any more what both sides had of some
// subjects.
const errUnresolved = sentinel("subjects that were the same could not be read again")

func (d *diff) failed() bool { return d.source.err != nil || d.target.err != nil }

// both does the same for both sides at once.
func (d *diff) both(do func(i int, s *side) error) {
	var wg sync.WaitGroup
	for i, s := range d.sides() {
		wg.Go(func() { s.err = do(i, s) })
	}
	wg.Wait()
}

// looked counts what was read.
func (d *diff) looked(looks [2]*look) map[string]bool {
	both, all := map[string]bool{}, looks[atTarget].read
	more := 0
	for subject := range looks[atSource].read {
		target, _ := d.place(subject)
		if both[target] = all[target]; !both[target] {
			more++
		}
	}
	d.result.again = len(all) + more
	return both
}

// resolveAgain reads subjects that were the same, and are not any more, on both
// sides: what is kept of them is too little to tell the difference.
func (d *diff) resolveAgain(ctx context.Context, looks [2]*look) {
	doubts := d.join.doubtful()
	if len(doubts) == 0 {
		return
	}
	for _, l := range looks {
		l.need = map[string]bool{}
	}
	for e := range doubts {
		looks[atSource].needs(e, e.source)
		looks[atTarget].needs(e, e.target)
	}
	if d.both(func(i int, s *side) error { return s.fetch(ctx, looks[i]) }); !d.failed() {
		d.join.noDoubt()
	}
}

func (j *join) noDoubt() {
	for i := range j.stripes {
		s := &j.stripes[i]
		s.mu.Lock()
		s.doubts = map[*entry]*doubt{}
		s.mu.Unlock()
	}
}

// errMuch means that so much went that a full pass is what tells best.
const errMuch = sentinel("many subjects went at once")

// news asks for the names, and finds those that came or went, or are apart. One
// that is not named any more is asked for by itself.
func (s *side) news(ctx context.Context, l *look, apart map[string]bool) (err error) {
	if l.names, err = s.names(ctx); err != nil {
		return err
	}
	for _, n := range l.names {
		if apart[n] || !l.has(n) {
			l.need[n] = true
		}
	}
	var went []string
	for known := range l.subjects() {
		if _, there := slices.BinarySearch(l.names, known); !there {
			went = append(went, known)
		}
	}
	if len(went) > most {
		return errMuch
	}
	_, err = s.drops(ctx, l, went)
	return err
}

// counterparts has read on both sides what is read on one: what is known of the
// other is as old as the last full pass.
func (d *diff) counterparts(source, target *look) {
	for n := range source.need {
		if to, scope := d.place(n); scope == compared && target.has(to) {
			target.need[to] = true
		}
	}
	for n := range target.need {
		for e := d.join.first(&entry{target: n}); e != nil; e = e.twin {
			source.needs(e, e.source)
		}
	}
}

// needs has a subject read again that is there.
func (l *look) needs(e *entry, subject string) {
	if e.seen[l.side] == l.now() {
		l.need[subject] = true
	}
}

// drops reads subjects one by one, forgets those that are gone, and says how
// many there are.
func (s *side) drops(ctx context.Context, l *look, subjects []string) (there int, err error) {
	gone, err := s.fill(ctx, subjects)
	if err != nil {
		return 0, err
	}
	for subject := range gone {
		l.drop(subject)
	}
	return len(subjects) - len(gone), nil
}

// fetch reads what is needed: in as few parts of the listing as have all of it,
// where the server lists such, else one by one.
func (s *side) fetch(ctx context.Context, l *look) error {
	l.got = map[string]bool{}
	if len(l.need) > 0 && !s.oneByOne {
		parts := l.ledger().with(l.names).cover(s.perPage, l.need)
		err := s.each(ctx, len(parts), func(ctx context.Context, i int) error { return s.part(ctx, &reading{part: parts[i]}) })
		if s.oneByOne = needsSubjects(err); err != nil && !s.oneByOne {
			return err
		}
	}
	var rest []string
	for subject := range l.need {
		if s.oneByOne || !l.got[subject] {
			rest = append(rest, subject)
		}
	}
	there, err := s.drops(ctx, l, rest)
	s.oneByOne = s.oneByOne || there > 0 // the listing does not have what is there
	return err
}
