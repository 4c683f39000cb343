package sandbox

import "slices"

// getSchemas pages in silence: without a limit, or with one beyond the cap,
// the answer has as many rows as the cap.
func (r *Registry) getSchemas(q *request) (any, error) {
	offset, limit, err := q.page()
	if err != nil {
		return nil, err
	}
	l := listing{
		prefix: r.schemasPrefix(q.query.Get("subjectPrefix")), deleted: q.flag("deleted"),
		latestOnly: q.flag("latestOnly"), offset: offset, limit: r.capped(limit),
	}
	rows := []shownSchema{}
	for _, e := range r.list(l) {
		rows = append(rows, r.row(e))
	}
	return rows, nil
}

func (r *Registry) schemasPrefix(s string) prefix {
	if r.has.literalPrefix {
		return prefix{name: parseName(s)}
	}
	return parsePrefix(s)
}

func (r *Registry) row(e entry) shownSchema {
	s := r.shown(e)
	if r.has.bareRows {
		s.Deleted, s.Metadata, s.RuleSet = false, nil, nil
	}
	return s
}

func (r *Registry) capped(limit int) int {
	top := r.opts.PageCap
	if top == 0 && r.has.bulkCap {
		top = 1000
	}
	if top <= 0 {
		return limit
	}
	if limit > 0 && limit <= top {
		return limit
	}
	return top
}

// listing is one page of GET /schemas; a limit up to 0 is none.
type listing struct {
	prefix              prefix
	deleted, latestOnly bool
	offset, limit       int
}

func (r *Registry) list(l listing) []entry {
	r.mu.RLock()
	defer r.mu.RUnlock()
	var rows []entry
	for _, n := range r.store.names() {
		if !l.prefix.matches(n) {
			continue
		}
		for _, e := range l.of(r.store.subjects[n]) {
			if l.offset--; l.offset < 0 {
				rows = append(rows, *e)
			}
			if l.limit > 0 && len(rows) == l.limit {
				return rows
			}
		}
	}
	return rows
}

// of picks the rows of one subject.
func (l listing) of(versions []*entry) []*entry {
	rows := versions
	if !l.deleted {
		rows = slices.DeleteFunc(slices.Clone(versions), func(e *entry) bool { return e.deleted })
	}
	if l.latestOnly && len(rows) > 1 {
		rows = rows[len(rows)-1:]
	}
	return rows
}
