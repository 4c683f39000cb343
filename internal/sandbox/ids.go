package sandbox

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// withID returns copies of all versions that have the id of the path, in the
// context that the parameter subject names.
func (r *Registry) withID(q *request) ([]entry, error) {
	id, err := strconv.Atoi(q.arg[0])
	if err != nil {
		return nil, plain(http.StatusNotFound, "HTTP 404 Not Found")
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	users := r.usersSeenFrom(parseName(q.query.Get("subject")), id)
	if len(users) == 0 {
		return nil, refuse(40403, "Schema %d not found", id)
	}
	list := []entry{}
	for _, e := range users {
		list = append(list, *e)
	}
	slices.SortFunc(list, func(a, b entry) int {
		if c := strings.Compare(a.name.String(), b.name.String()); c != 0 {
			return c
		}
		return a.version - b.version
	})
	return list, nil
}

// usersSeenFrom looks in n's context. If n is a subject without a context that
// does not use the id there, all contexts are tried for one that does.
func (r *Registry) usersSeenFrom(n name, id int) []*entry {
	own := r.store.users(n.context, id)
	if n.isContext() || n.context != defaultContext || uses(own, n) {
		return own
	}
	for _, context := range r.store.contexts() {
		if users := r.store.users(context, id); uses(users, name{context, n.subject}) {
			return users
		}
	}
	return own
}

func uses(users []*entry, n name) bool {
	return slices.ContainsFunc(users, func(e *entry) bool { return e.name == n })
}

func (r *Registry) getID(q *request) (any, error) {
	list, err := r.withID(q)
	if err != nil {
		return nil, err
	}
	return r.shownContent(list[0]), nil
}

func (r *Registry) getIDText(q *request) (any, error) {
	list, err := r.withID(q)
	if err != nil {
		return nil, err
	}
	return rawText(list[0].content.text), nil
}

func (r *Registry) getIDSubjects(q *request) (any, error) {
	list, err := r.withID(q)
	if err != nil {
		return nil, err
	}
	names := []string{}
	for _, e := range list {
		if q.flag("deleted") || !e.deleted {
			names = append(names, e.name.String())
		}
	}
	return q.paged(slices.Compact(names))
}

func (r *Registry) getIDVersions(q *request) (any, error) {
	list, err := r.withID(q)
	if err != nil {
		return nil, err
	}
	type row struct {
		Subject string `json:"subject"`
		Version int    `json:"version"`
	}
	rows := []row{}
	for _, e := range list {
		if q.flag("deleted") || !e.deleted {
			rows = append(rows, row{e.name.String(), e.version})
		}
	}
	offset, limit, err := q.page()
	return cut(rows, offset, limit), err
}

func (q *request) paged(list []string) (any, error) {
	offset, limit, err := q.page()
	return cut(list, offset, limit), err
}

// withGUID finds a content in every context it is in, once per id.
func (r *Registry) withGUID(guid string) ([]entry, error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	var list []entry
	for _, context := range r.store.contexts() {
		sp := r.store.spaces[context]
		for _, id := range sp.ids[strings.ReplaceAll(guid, "-", "")] {
			list = append(list, *sp.users[id][0])
		}
	}
	if len(list) == 0 {
		return nil, refuse(40403, "Schema %s not found", guid)
	}
	return list, nil
}

func (r *Registry) getGUID(q *request) (any, error) {
	list, err := r.withGUID(q.arg[0])
	if err != nil {
		return nil, err
	}
	return r.shownContent(list[0]), nil
}

func (r *Registry) getGUIDIDs(q *request) (any, error) {
	list, err := r.withGUID(q.arg[0])
	if err != nil {
		return nil, err
	}
	type row struct {
		Context string `json:"context"`
		ID      int    `json:"id"`
	}
	rows := []row{}
	for _, e := range list {
		rows = append(rows, row{e.name.context, e.id})
	}
	return rows, nil
}
