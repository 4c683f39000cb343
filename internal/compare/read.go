package compare

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/srmigrate/srmigrate/internal/registry"
)

// pageSize is asked for; servers send what they like, mostly 1000 rows.
const pageSize = 10_000

// A reader reads all versions of one registry and is sure that they are all.
type reader struct {
	c        *registry.Client
	deleted  bool // soft-deleted ones as well
	record   func(*registry.Schema) record
	progress func(rows int)
	contexts []string // known after read
}

// A movedError tells that two looks at a registry do not fit together.
type movedError struct{ reason string }

func (e *movedError) Error() string { return e.reason }

// errOffset means that the server takes no notice of offset.
const errOffset = sentinel("the server ignores offset in GET /schemas")

// read returns every version. When what it sees does not fit together it
// begins again, once.
func (r *reader) read(ctx context.Context) (table, error) {
	t, err := r.once(ctx)
	if _, moved := errors.AsType[*movedError](err); !moved {
		return t, err
	}
	t, err = r.once(ctx)
	if _, moved := errors.AsType[*movedError](err); moved {
		return nil, fmt.Errorf("%s was read twice and did not hold still: %w", r.c.URL(), err)
	}
	return t, err
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
		return r.whole(ctx) // the server does not know what ":*:" means
	}
	if d := t.differs(names); d != "" {
		return nil, &movedError{d}
	}
	return t, nil
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

// names returns the subjects that the server names in any of the ways in which
// servers do: all contexts asked for, nothing asked for, and by context.
func (r *reader) names(ctx context.Context) ([]string, error) {
	var all []string
	for _, prefix := range []string{":*:", ""} {
		got, err := r.c.Subjects(ctx, prefix, r.deleted)
		if err != nil {
			return nil, err
		}
		for _, s := range got {
			all = append(all, bare(s))
		}
	}
	contexts, err := r.c.Contexts(ctx)
	if err != nil {
		return nil, err
	}
	r.contexts = contexts
	for _, c := range contexts {
		more, err := r.hidden(ctx, c, all)
		if err != nil {
			return nil, err
		}
		all = append(all, more...)
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}

// hidden asks a context of which no subject was named yet for its own list.
func (r *reader) hidden(ctx context.Context, context string, known []string) ([]string, error) {
	in := func(s string) bool { c, _ := SplitSubject(s); return c == context }
	if context == "." || slices.ContainsFunc(known, in) {
		return nil, nil
	}
	got, err := r.c.ContextSubjects(ctx, context, r.deleted)
	for i, s := range got {
		if c, name := SplitSubject(s); c == "." {
			got[i] = qualify(context, name)
		}
	}
	return got, err
}
