package sandbox

import "slices"

func (r *Registry) getSubjects(q *request) (any, error) {
	offset, limit, err := q.page()
	if err != nil {
		return nil, err
	}
	list := r.listSubjects(r.subjectsPrefix(q), q.visibility(r.has.deletedOnly))
	if r.has.subjectPages {
		list = cut(list, offset, limit)
	}
	return list, nil
}

// subjectsPrefix is the prefix of GET /subjects, whose default is another one
// than that of GET /schemas.
func (r *Registry) subjectsPrefix(q *request) prefix {
	if !q.query.Has("subjectPrefix") && r.has.allContextsListed {
		return prefix{everywhere: true}
	}
	return parsePrefix(q.query.Get("subjectPrefix"))
}

// visibility says which versions a listing shows.
type visibility struct{ deleted, deletedOnly bool }

func (q *request) visibility(canDeletedOnly bool) visibility {
	return visibility{q.flag("deleted"), canDeletedOnly && q.flag("deletedOnly")}
}

func (v visibility) shows(e *entry) bool {
	if v.deletedOnly {
		return e.deleted
	}
	return v.deleted || !e.deleted
}

// showsSubject minds that a subject is deleted only if all its versions are.
func (v visibility) showsSubject(versions []*entry) bool {
	live := slices.ContainsFunc(versions, func(e *entry) bool { return !e.deleted })
	if v.deletedOnly {
		return !live
	}
	return v.deleted || live
}

func (r *Registry) listSubjects(p prefix, v visibility) []string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	list := []string{}
	for _, n := range r.store.names() {
		if p.matches(n) && v.showsSubject(r.store.subjects[n]) {
			list = append(list, n.String())
		}
	}
	return list
}

func (r *Registry) getVersions(q *request) (any, error) {
	n, err := r.subject(q)
	if err != nil {
		return nil, err
	}
	offset, limit, err := q.page()
	if err != nil {
		return nil, err
	}
	list := r.listVersions(n, q.visibility(r.has.deletedOnly))
	if len(list) == 0 {
		return nil, subjectNotFound(n)
	}
	if r.has.subjectPages {
		list = cut(list, offset, limit)
	}
	return list, nil
}

func (r *Registry) listVersions(n name, v visibility) []int {
	r.mu.RLock()
	defer r.mu.RUnlock()
	list := []int{}
	for _, e := range r.store.subjects[n] {
		if v.shows(e) {
			list = append(list, e.version)
		}
	}
	return list
}

func (r *Registry) getVersion(q *request) (any, error) {
	n, err := r.subject(q)
	if err != nil {
		return nil, err
	}
	e, err := r.one(n, q.arg[1], q.flag("deleted"))
	if err != nil {
		return nil, err
	}
	return r.shown(e), nil
}

func (r *Registry) getVersionText(q *request) (any, error) {
	n, err := r.subject(q)
	if err != nil {
		return nil, err
	}
	e, err := r.one(n, q.arg[1], q.flag("deleted"))
	if err != nil {
		return nil, err
	}
	return rawText(e.content.text), nil
}

func (r *Registry) getReferencedBy(q *request) (any, error) {
	n, err := r.subject(q)
	if err != nil {
		return nil, err
	}
	return r.referencedBy(n, q.arg[1], q.flag("deleted"))
}
