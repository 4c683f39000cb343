package compare

import (
	"fmt"
	"slices"
)

// A pager puts the pages of one listing together. Each page begins with the
// last row of the one before; if it does not, rows have moved in between. In a
// listing that is in order a page may then begin with any known row: all up to
// the last known one was read before, and what follows on the page follows on
// the server. For a listing in another order there is no making up.
type pager struct {
	*reader
	t           table
	sorted      bool // so far, by subject and version
	first, last row  // of the first page, of the last one
	top         row  // the last one in order
	offset      int  // of the next page
	seam        bool // that page should begin with last
	longest     int  // page so far
	back        int  // how far the last step back went, if no page fitted since
	backs       int  // steps back
	useful      int  // pages that went beyond top
	idle        int  // pages that would have, had rows not moved
	tail        int  // pages of very few rows that went beyond top, one after the other
}

// A listing is worth so many steps back, and so many idle pages, more than it
// has useful ones, and a tail that grows while it is read so many pages.
const (
	patience = 30
	longTail = 10
)

// take adds a page, or steps back if there may be rows between it and those
// before. It reports whether it was the end.
func (p *pager) take(page []row) (done bool, err error) {
	p.sorted = p.sorted && slices.IsSortedFunc(page, row.compare)
	p.longest = max(p.longest, len(page))
	switch {
	case len(page) == 0 && !p.seam:
		return true, nil
	case p.asExpected(page):
		return p.add(page)
	}
	if err := p.explain(page); err != nil {
		return false, err
	}
	switch {
	case len(page) == 0 && p.offset == 0:
		return true, nil
	case len(page) > 0 && (p.offset == 0 || p.t.has(page[0])):
		return p.addMoved(page)
	}
	return false, p.stepBack()
}

// asExpected reports whether the page begins with the last row, if it should,
// and has no other row that is known.
func (p *pager) asExpected(page []row) bool {
	if p.seam {
		if len(page) == 0 || !page[0].is(p.last) {
			return false
		}
		page = page[1:]
	}
	return !slices.ContainsFunc(page, p.t.has)
}

// explain returns why a page that is not as expected cannot be made up for.
func (p *pager) explain(page []row) error {
	moved := fmt.Sprintf("the row of %q version %d moved between two pages of GET /schemas", p.last.subject, p.last.version)
	switch {
	case len(page) > 0 && p.ignored(page):
		return errOffset
	case p.sorted:
		return p.move(moved)
	case p.seam && (len(page) == 0 || !page[0].is(p.last)):
		return p.odd(moved + ", which are not in order")
	case p.seam:
		page = page[1:]
	}
	twice := page[slices.IndexFunc(page, p.t.has)]
	return p.odd(fmt.Sprintf("%q version %d is on two pages of GET /schemas", twice.subject, twice.version))
}

// ignored reports whether this is the first page again, or looks so.
func (p *pager) ignored(page []row) bool {
	if p.sorted {
		return p.offset > 0 && page[0].is(p.first)
	}
	return p.t.hasAll(page)
}

// add takes a page that is as expected.
func (p *pager) add(page []row) (done bool, err error) {
	fresh := page
	if p.seam {
		fresh = page[1:]
	}
	if p.t.add(fresh) < len(fresh) {
		return false, fmt.Errorf("GET /schemas lists a version twice on one page, near %q", page[0].subject)
	}
	p.beyond(page)
	p.next(page)
	return p.endless(), nil
}

// addMoved takes a page with rows that are known. If it does not go beyond them
// and is shorter than the server makes pages, the listing ended with it.
func (p *pager) addMoved(page []row) (done bool, err error) {
	p.t.add(page)
	if !p.beyond(page) {
		if len(page) < p.longest {
			return true, nil
		}
		if p.idle++; p.idle > patience+p.useful {
			return false, p.tooFast()
		}
	}
	p.next(page)
	return p.endless(), nil
}

// beyond reports whether the page goes beyond all before, and counts it.
func (p *pager) beyond(page []row) bool {
	last := page[len(page)-1]
	if p.useful > 0 && last.compare(p.top) <= 0 {
		return false
	}
	p.top = last
	p.useful++
	if p.tail++; len(page) > 1+p.longest/10 {
		p.tail = 0
	}
	return true
}

// endless reports whether the listing grows at its end about as fast as it is
// read. What is left is then little, and the subjects that are not in the table
// are read by themselves, that of the last row among them.
func (p *pager) endless() bool {
	if p.strict || !p.sorted || p.tail < longTail {
		return false
	}
	delete(p.t, p.top.subject)
	return true
}

// next goes on behind the page.
func (p *pager) next(page []row) {
	if p.offset == 0 {
		p.first = page[0]
	}
	p.last, p.back = page[len(page)-1], 0
	if len(page) == 1 && p.seam {
		p.offset++ // the end, or a server that sends one row at a time
		p.seam = false
		return
	}
	p.offset += len(page) - 1
	p.seam = true
}

// stepBack looks for a known row, further and further in front.
func (p *pager) stepBack() error {
	if p.backs++; p.backs > patience+p.useful {
		return p.tooFast()
	}
	p.back = max(2, p.longest/10, 4*p.back)
	p.offset, p.seam = max(0, p.offset-p.back), true
	return nil
}

func (p *pager) tooFast() error {
	return &movedError{fmt.Sprintf("rows moved between the pages of GET /schemas all the time, last near %q", p.last.subject)}
}
