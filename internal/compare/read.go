package compare

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync/atomic"

	"github.com/srmigrate/srmigrate/internal/registry"
)

// A reader reads all versions of one registry, also of one that is being
// written to. Each row of what it gives the sink was there at some moment of
// the read, and no version that was there all the time is missing. It is a
// picture of one moment only if moved is not set.
//
// It asks for everything at once. Where the server sends only a page, as most
// do, it cuts the listing into parts by how subjects begin: a server builds and
// sorts all that a request is about, so that paging through everything by offset
// costs it the square of its size.
type reader struct {
	c       *registry.Client
	deleted bool // soft-deleted ones as well
	holder  *holder
	sink    sink
	course  *course // is told how far it has come
	// still has an entry for each read until one succeeds: whether the registry
	// has to hold still for it. Otherwise the read makes up for what moves.
	still []bool

	strict     bool             // of the read under way: its entry of still
	listed     map[string][]int // what subjects read one by one had; nil where nobody asks
	moved      atomic.Bool      // something had to be made up for
	contexts   []string         // known after read
	everywhere bool             // GET /subjects knows ":*:"
	longest    atomic.Int64     // page so far
	short      atomic.Bool      // the server also sends shorter pages in the middle
	perPage    pageful          // of a server that sends no more than a page
	oneByOne   bool             // the server has no listing of only some subjects
}

// ErrMoved is what an error is of a registry that changed while it was read. It
// may be read once it changes less.
var ErrMoved = errors.New("the registry changed while it was read")

// A movedError tells that two looks at a registry do not fit together.
type movedError struct{ reason string }

func (e *movedError) Is(target error) bool { return target == ErrMoved }

func (e *movedError) Error() string {
	return "changed too fast while it was read (" + e.reason + ")"
}

// read gives every version to the sink. It reads again, if it may, when what it
// sees does not fit together. Whoever does not say what may move gets two
// strict reads.
func (r *reader) read(ctx context.Context) (err error) {
	still := r.still
	if len(still) == 0 {
		still = []bool{true, true}
	}
	for _, r.strict = range still {
		r.sink.begin()
		r.course.pass()
		err = r.once(ctx)
		if !isMoved(err) {
			return err
		}
	}
	return err
}

// move notes that something changed; it is an error where nothing may.
func (r *reader) move(reason string) error {
	if r.strict {
		return &movedError{reason}
	}
	r.moved.Store(true)
	return nil
}

// odd is the error for what no change explains. It may be gone in the next read.
func (r *reader) odd(reason string) error {
	if r.strict {
		return &movedError{reason}
	}
	return errors.New(reason)
}

// once asks for everything and, by what comes, for the rest.
func (r *reader) once(ctx context.Context) error {
	g, err := r.list(ctx, part{everything: true})
	switch {
	case isMissing(err):
		return r.bySubject(ctx)
	case isPicky(err):
		return r.plain(ctx)
	case err != nil && !errors.Is(err, errOrder):
		return err
	}
	end := r.end(ctx, g, err)
	names, errNames := r.names(ctx)
	r.course.knows(len(names), false)
	whole := <-end
	switch {
	case errNames != nil:
		return errNames
	case err != nil:
		return r.inParts(ctx, names, []part{{everything: true}})
	case g.rows == 0 && len(names) > 0:
		return r.late(ctx, names)
	}
	return r.complete(ctx, g, names, whole)
}

// A lastOne says whether a listing has all versions of its last subject.
type lastOne struct {
	known, whole bool
	err          error
}

// end asks for the versions of the last subject of a listing that is likely all
// there is, beside whatever else has to be asked.
func (r *reader) end(ctx context.Context, g *gatherer, err error) <-chan lastOne {
	end := make(chan lastOne, 1)
	if err != nil || g.rows%roundPage == 0 {
		end <- lastOne{}
		return end
	}
	go func() {
		whole, err := r.hasVersions(ctx, g.last.subject, g.versions)
		end <- lastOne{true, whole, err}
	}()
	return end
}

// roundPage divides the number of rows of a page where an administrator, or the
// server, has a limit to it.
const roundPage = 100

// late reads on where the listing was empty and yet there are subjects. They
// may have come in between, if the server knows at all what ":*:" means.
func (r *reader) late(ctx context.Context, names []string) error {
	if !r.everywhere {
		return r.plain(ctx)
	}
	g, err := r.list(ctx, part{everything: true})
	switch {
	case errors.Is(err, errOrder):
		return r.inParts(ctx, names, []part{{everything: true}})
	case err != nil:
		return err
	case g.rows == 0:
		return r.plain(ctx)
	}
	if err := r.move(fmt.Sprintf("GET /schemas listed nothing, then %d versions", g.rows)); err != nil {
		return err
	}
	if names, err = r.names(ctx); err != nil {
		return err
	}
	return r.complete(ctx, g, names, lastOne{})
}

// complete finds out how much of it the first page was. In a listing that is in
// order only the end can be missing: subjects behind the last one, and versions
// of that one.
func (r *reader) complete(ctx context.Context, g *gatherer, names []string, end lastOne) error {
	cut, err := r.isCut(ctx, g, names, end)
	if err != nil {
		return err
	}
	if cut {
		r.perPage = pageful{g.rows, g.subjects, askingCosts}
		r.course.read(-g.rows, -g.subjects) // they come again
		return r.inParts(ctx, names, cutUp(names, r.perPage))
	}
	g.flush()
	return r.settle(ctx, names)
}

// isCut reports whether there is more behind the page.
func (r *reader) isCut(ctx context.Context, g *gatherer, names []string, end lastOne) (bool, error) {
	if g.rows == 0 {
		return false, nil
	}
	i, _ := slices.BinarySearch(names, g.last.subject)
	behind := len(names) - i
	if behind > 0 && names[i] == g.last.subject {
		behind--
	}
	if behind > few {
		return true, nil
	}
	if behind > 0 { // they may be new
		n, err := r.peek(ctx, g.part, g.rows, func() func(row) error { return func(row) error { return nil } })
		return n > 0, err
	}
	if _, named := slices.BinarySearch(names, g.last.subject); !named {
		return false, nil // it is gone
	}
	if end.known {
		return !end.whole, end.err
	}
	same, err := r.hasVersions(ctx, g.last.subject, g.versions)
	return !same, err
}

// hasVersions reports whether the server lists just these versions of a subject.
func (r *reader) hasVersions(ctx context.Context, subject string, versions []held) (bool, error) {
	vs, err := r.c.Versions(ctx, subject, r.deleted)
	if err != nil && !registry.NotFound(err) {
		return false, err
	}
	slices.Sort(vs)
	return slices.EqualFunc(vs, versions, func(v int, h held) bool { return v == h.version }), nil
}

// few subjects behind the end of a page may have come after it.
const few = 20

// list reads what the server lists of a part in one answer.
func (r *reader) list(ctx context.Context, p part) (*gatherer, error) {
	var g *gatherer
	_, err := r.rows(ctx, p, 0, func() func(row) error {
		g = &gatherer{part: p, sink: r.sink}
		return g.add
	})
	return g, err
}

// rows asks for a page of a part and gives its rows to what begin returns, anew
// with each attempt.
func (r *reader) rows(ctx context.Context, p part, offset int, begin func() func(row) error) (int, error) {
	count := pageCount{course: r.course}
	n, err := r.paged(ctx, p, offset, &count, begin)
	if err != nil {
		count.begin()
		return n, err
	}
	count.flush()
	r.course.finish()
	return n, nil
}

// peek is rows for some that were read already, or are not kept.
func (r *reader) peek(ctx context.Context, p part, offset int, begin func() func(row) error) (int, error) {
	return r.paged(ctx, p, offset, &pageCount{}, begin)
}

func (r *reader) paged(ctx context.Context, p part, offset int, count *pageCount, begin func() func(row) error) (int, error) {
	q, page := p.query(), page{reader: r, namer: namer{part: p}}
	q.Deleted, q.Offset, q.Expect = r.deleted, offset, page.expect
	n, err := r.c.Schemas(ctx, q, func() func(*registry.Row) error {
		each := begin()
		page.last = ""
		count.begin()
		return func(v *registry.Row) error {
			count.add(v.Subject)
			return each(page.row(v))
		}
	})
	for {
		longest := r.longest.Load()
		if int64(n) <= longest || r.longest.CompareAndSwap(longest, int64(n)) {
			return n, err
		}
	}
}

func isMoved(err error) bool {
	_, moved := errors.AsType[*movedError](err)
	return moved
}

// isMissing reports whether the server has no GET /schemas.
func isMissing(err error) bool {
	e, ok := errors.AsType[*registry.Error](err)
	return ok && slices.Contains([]int{http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusNotImplemented}, e.Status)
}

// isPicky reports whether the server refuses the parameters.
func isPicky(err error) bool {
	e, ok := errors.AsType[*registry.Error](err)
	return ok && (e.Status == http.StatusBadRequest || e.Status == http.StatusUnprocessableEntity)
}
