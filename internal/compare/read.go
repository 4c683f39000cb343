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

// pageSize is asked for; servers send what they like, mostly 1000 rows.
const pageSize = 10_000

// A reader reads all versions of one registry, also of one that is being
// written to. Each row of what it returns was there at some moment of the read,
// and no version that was there all the time is missing. It is a picture of one
// moment only if moved is not set.
type reader struct {
	c        *registry.Client
	deleted  bool // soft-deleted ones as well
	record   func(*registry.Schema) record
	progress func(rows int)
	// still has an entry for each read until one succeeds: whether the registry
	// has to hold still for it. Otherwise the read makes up for what moves.
	still []bool

	strict     bool        // of the read under way: its entry of still
	moved      atomic.Bool // something had to be made up for
	contexts   []string    // known after read
	everywhere bool        // GET /subjects knows ":*:"
}

// A movedError tells that two looks at a registry do not fit together.
type movedError struct{ reason string }

func (e *movedError) Error() string {
	return "changed too fast while it was read (" + e.reason + ")"
}

// errOffset means that the server takes no notice of offset.
const errOffset = sentinel("the server ignores offset in GET /schemas")

// read returns every version. It reads again, if it may, when what it sees does
// not fit together. Whoever does not say what may move gets two strict reads.
func (r *reader) read(ctx context.Context) (t table, err error) {
	still := r.still
	if len(still) == 0 {
		still = []bool{true, true}
	}
	for _, r.strict = range still {
		t, err = r.once(ctx)
		if _, moved := errors.AsType[*movedError](err); !moved {
			return t, err
		}
	}
	return nil, err
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

// once takes the listing in pages where the server has it, the whole of it
// where the server has no pages, and else one subject after the other.
func (r *reader) once(ctx context.Context) (table, error) {
	t, err := r.paged(ctx)
	switch {
	case isMissing(err):
		return r.bySubject(ctx)
	case errors.Is(err, errOffset) || isPicky(err):
		return r.whole(ctx)
	case err != nil:
		return nil, err
	}
	names, err := r.names(ctx)
	if err != nil {
		return nil, err
	}
	if len(t) == 0 && len(names) > 0 {
		return r.late(ctx)
	}
	return t, r.settle(ctx, t, names, t.differs(names))
}

// late reads on where the listing was empty and yet there are subjects. They
// may have come in between, if the server knows at all what ":*:" means.
func (r *reader) late(ctx context.Context) (table, error) {
	var t table
	var err error
	if r.everywhere {
		t, err = r.paged(ctx)
	}
	if errors.Is(err, errOffset) || err == nil && len(t) == 0 {
		return r.whole(ctx)
	}
	if err == nil {
		err = r.move(fmt.Sprintf("GET /schemas listed no subjects, then %d", len(t)))
	}
	if err != nil {
		return nil, err
	}
	names, err := r.names(ctx)
	if err != nil {
		return nil, err
	}
	return t, r.settle(ctx, t, names, t.differs(names))
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
