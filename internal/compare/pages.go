package compare

import (
	"context"

	"github.com/srmigrate/srmigrate/internal/registry"
)

// paged reads the listing of all contexts until a page is empty: servers cap
// pages in silence, so a short one proves nothing.
func (r *reader) paged(ctx context.Context) (table, error) {
	p := &pager{reader: r, t: table{}, sorted: true}
	for {
		page, err := r.page(ctx, registry.SchemaQuery{
			Prefix: ":*:", Deleted: r.deleted, Offset: p.offset, Limit: pageSize,
		})
		if err != nil {
			return nil, err
		}
		done, err := p.take(page)
		if err != nil {
			return nil, err
		}
		if done {
			return p.t, nil
		}
	}
}

// page reads the rows that one request brings.
func (r *reader) page(ctx context.Context, q registry.SchemaQuery) ([]row, error) {
	var page []row
	_, err := r.c.Schemas(ctx, q, func() func(*registry.Row) error {
		page = nil // a page cut in the middle comes again
		return func(v *registry.Row) error {
			s := v.Schema
			s.Schema, _ = v.Text()
			page = append(page, row{bare(s.Subject), r.record(&s)})
			return nil
		}
	})
	r.progress(len(page))
	return page, err
}
