package compare

import (
	"context"
	"fmt"

	"github.com/srmigrate/srmigrate/internal/registry"
)

// paged reads the listing of all contexts until a page is empty: servers cap
// pages in silence, so a short one proves nothing. Each page begins with the
// last row of the one before; if it does not, rows have moved in between and
// some may have slipped through.
func (r *reader) paged(ctx context.Context) (table, error) {
	t, last, received, overlap := table{}, row{}, 0, 0
	for {
		page, err := r.page(ctx, registry.SchemaQuery{
			Prefix: ":*:", Deleted: r.deleted, Offset: received - overlap, Limit: pageSize,
		})
		if err != nil {
			return nil, err
		}
		if overlap == 1 {
			if page, err = t.following(last, page); err != nil {
				return nil, err
			}
		}
		switch {
		case len(page) == 0 && overlap == 0:
			return t, nil
		case len(page) == 0:
			overlap = 0 // the end, or a server that sends one row at a time
			continue
		}
		if err := t.addPage(page); err != nil {
			return nil, err
		}
		received += len(page)
		last, overlap = page[len(page)-1], 1
	}
}

// following checks that the page begins with the last row and returns the rest.
func (t table) following(last row, page []row) ([]row, error) {
	if len(page) > 0 && page[0].is(last) {
		return page[1:], nil
	}
	if len(page) > 0 && t.hasAll(page) {
		return nil, errOffset
	}
	return nil, &movedError{fmt.Sprintf("the row of %q version %d moved between two pages of GET /schemas", last.subject, last.version)}
}

func (t table) hasAll(rows []row) bool {
	for _, r := range rows {
		if !t.has(r) {
			return false
		}
	}
	return true
}

// addPage adds a page of which no row may have been on another.
func (t table) addPage(page []row) error {
	if t.hasAll(page) {
		return errOffset
	}
	for _, r := range page {
		if t.has(r) {
			return &movedError{fmt.Sprintf("%q version %d is on two pages of GET /schemas", r.subject, r.version)}
		}
	}
	if t.add(page) < len(page) {
		return fmt.Errorf("GET /schemas lists a version twice on one page, near %q", page[0].subject)
	}
	return nil
}

// page reads the rows that one request brings.
func (r *reader) page(ctx context.Context, q registry.SchemaQuery) ([]row, error) {
	var page []row
	_, err := r.c.Schemas(ctx, q, func() func(*registry.Schema) error {
		page = nil // a page cut in the middle comes again
		return func(s *registry.Schema) error {
			page = append(page, row{bare(s.Subject), r.record(s)})
			return nil
		}
	})
	r.progress(len(page))
	return page, err
}
