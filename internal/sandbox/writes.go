package sandbox

func (r *Registry) postVersion(q *request) (any, error) {
	n, err := r.subject(q)
	if err != nil {
		return nil, err
	}
	var s submission
	if err := q.body(&s); err != nil {
		return nil, err
	}
	e, err := r.register(n, s, q.flag("normalize"), exporterOrigin(q.Request))
	if err != nil {
		return nil, err
	}
	return r.shownRegistered(e), nil
}

func (r *Registry) postLookup(q *request) (any, error) {
	n, err := r.subject(q)
	if err != nil {
		return nil, err
	}
	var s submission
	if err := q.body(&s); err != nil {
		return nil, err
	}
	e, err := r.lookup(n, s, q.flag("normalize"), q.flag("deleted"))
	if err != nil {
		return nil, err
	}
	return r.shown(e), nil
}

func (r *Registry) delSubject(q *request) (any, error) {
	n, err := r.subject(q)
	if err != nil {
		return nil, err
	}
	return r.deleteSubject(n, q.flag("permanent"), exporterOrigin(q.Request))
}

func (r *Registry) delVersion(q *request) (any, error) {
	n, err := r.subject(q)
	if err != nil {
		return nil, err
	}
	return r.deleteVersion(n, q.arg[1], q.flag("permanent"), exporterOrigin(q.Request))
}
