package compare

import (
	"context"
	"errors"
	"slices"
)

// A reading is what is known of a part that was read.
type reading struct {
	part
	rows        int
	first, last row
	loose       bool   // its rows are in no order
	versions    []held // of a part that is one subject alone
	smaller     []*reading
}

// longTail is how many pages of a few rows each may follow one another.
const longTail = 10

// part reads one part. Where rows shift between its pages it begins anew.
func (r *reader) part(ctx context.Context, d *reading) (err error) {
	for range rounds {
		switch {
		case d.alone:
			return r.alone(ctx, d)
		case d.loose:
			return r.loosely(ctx, d)
		case d.smaller != nil:
			return r.parts(ctx, d.smaller)
		}
		err = r.pages(ctx, d)
		if errors.Is(err, errOrder) {
			d.loose = true
			return r.loosely(ctx, d)
		}
		if !isMoved(err) {
			return err
		}
		r.shifted()
		if err := r.split(ctx, d); err != nil {
			return err
		}
	}
	return err
}

// split cuts a part into such as need a page each: between their rows nothing
// can move.
func (r *reader) split(ctx context.Context, d *reading) error {
	if r.perPage.rows == 0 {
		return nil
	}
	names, err := r.c.Subjects(ctx, d.query().Prefix, r.deleted)
	if err != nil {
		return err
	}
	names = slices.DeleteFunc(names, func(s string) bool { return !d.covers(bare(s)) })
	each := r.perPage
	each.asking = 0
	if parts := cutUp(names, each); len(parts) > 1 {
		for _, p := range parts {
			p.byPath = d.byPath
			d.smaller = append(d.smaller, &reading{part: p})
		}
	}
	return nil
}

// shifted notes that a part had to be read anew; that it was is all that a read
// needs that wants a moment of quiet.
func (r *reader) shifted() {
	if !r.strict {
		r.moved.Store(true)
	}
}

// parts reads parts one after the other.
func (r *reader) parts(ctx context.Context, list []*reading) error {
	for _, d := range list {
		if err := r.part(ctx, d); err != nil {
			return err
		}
	}
	return nil
}

// alone reads a part that is one subject.
func (r *reader) alone(ctx context.Context, d *reading) error {
	subject := qualify(d.context, d.prefix)
	versions, err := r.subject(ctx, subject)
	if err != nil && !isMoved(err) {
		return err
	}
	if d.versions = versions; len(versions) == 0 {
		r.sink.drop(subject)
		return nil
	}
	r.sink.put(subject, kept{list: versions})
	r.course.read(len(versions), 1)
	r.course.finish()
	return nil
}

// pages reads a part in order, until a page is shorter than the server makes
// them. Each begins with the last row of the one before.
func (r *reader) pages(ctx context.Context, d *reading) error {
	g, tail := &gatherer{part: d.part, sink: r.sink}, 0
	for tail < longTail {
		var next *gatherer
		seam := g.rows > 0 && r.longest.Load() > 1
		n, err := r.rows(ctx, d.part, g.rows-one(seam), func() func(row) error {
			next = g.clone()
			return next.from(seam)
		})
		if err != nil {
			return err
		}
		fresh := next.rows - g.rows
		if seam && n == 0 {
			return shiftedAt(g.last)
		}
		r.course.read(-one(seam), -one(seam)) // it was there before
		if g = next; fresh == 0 || !r.short.Load() && n < int(r.longest.Load()) {
			break
		}
		if tail++; 10*fresh >= int(r.longest.Load()) {
			tail = 0
		}
	}
	if tail == longTail {
		r.shifted() // it grows as fast as it is read: what was there at first is read
	}
	g.flush()
	d.rows, d.first, d.last = g.rows, g.first, g.last
	return nil
}

// from takes the rows of a page, which begins with the last row if there is a seam.
func (g *gatherer) from(seam bool) func(row) error {
	return func(v row) error {
		switch {
		case !seam:
			return g.add(v)
		case v.is(g.last):
			seam = false
			return nil
		case v.is(g.first):
			return errOffset
		}
		return shiftedAt(g.last)
	}
}

// loosely reads a part that is in no order until a page is empty. What of it is
// already known by then is kept in memory: the rows of a subject may be anywhere.
func (r *reader) loosely(ctx context.Context, d *reading) error {
	t, d2 := table{}, reading{part: d.part, loose: true}
	for {
		var page []row
		n, err := r.rows(ctx, d.part, d2.rows, func() func(row) error {
			page = nil
			return func(v row) error {
				if !d.covers(v.subject) {
					return errPrefix
				}
				page = append(page, v)
				return nil
			}
		})
		if err != nil {
			return err
		}
		if n == 0 {
			break
		}
		switch fresh := t.add(page); {
		case fresh == 0:
			return errOffset
		case fresh < n:
			return errLost
		}
		d2.rows += n
	}
	for subject, versions := range t {
		r.sink.put(subject, kept{list: versions})
	}
	*d = d2
	return nil
}

// hasMoved asks for the end of a part that was read.
func (r *reader) hasMoved(ctx context.Context, d *reading) (bool, error) {
	if d.alone {
		same, err := r.hasVersions(ctx, qualify(d.context, d.prefix), d.versions)
		return !same, err
	}
	for _, part := range d.smaller {
		if moved, err := r.hasMoved(ctx, part); moved || err != nil {
			return moved, err
		}
	}
	if d.smaller != nil {
		return false, nil
	}
	var page []row
	_, err := r.peek(ctx, d.part, max(0, d.rows-1), func() func(row) error {
		page = nil
		return func(v row) error { page = append(page[:min(1, len(page))], v); return nil }
	})
	switch {
	case err != nil:
		return false, err
	case d.rows == 0 || len(page) == 0:
		return d.rows != len(page), nil
	case d.loose:
		return len(page) != 1, nil
	case !page[0].is(d.last) && page[0].is(d.first):
		return false, errOffset
	case len(page) > 1:
		if page[0].is(d.last) {
			r.short.Store(true) // perhaps what was taken for the end was none
		}
		return true, nil
	case !page[0].alike(d.last.held):
		return true, nil
	case r.longest.Load() > 1:
		return false, nil
	}
	n, err := r.peek(ctx, d.part, d.rows, func() func(row) error { return func(row) error { return nil } })
	return n > 0, err
}

func one(is bool) int {
	if is {
		return 1
	}
	return 0
}
