package sandbox

import (
	"slices"
	"strconv"
)

// pick returns the version that a path names: a number, "latest" or "-1".
// Callers hold mu.
func (r *Registry) pick(n name, which string, deleted bool) (*entry, error) {
	number, err := versionNumber(which)
	if err != nil {
		return nil, err
	}
	if number < 0 {
		return r.pickLatest(n)
	}
	if r.store.latest(n, deleted) == nil {
		return nil, subjectNotFound(n)
	}
	e := r.store.at(n, number)
	if e == nil || e.deleted && !deleted {
		return nil, versionNotFound(number)
	}
	return e, nil
}

func (r *Registry) pickLatest(n name) (*entry, error) {
	if e := r.store.latest(n, false); e != nil {
		return e, nil
	}
	return nil, subjectNotFound(n)
}

// versionNumber is -1 for the latest version.
func versionNumber(s string) (int, error) {
	if s == "latest" || s == "-1" {
		return -1, nil
	}
	v, err := strconv.Atoi(s)
	if err != nil || v <= 0 || v > 1<<31-1 {
		return 0, refuse(42202, "The specified version '%s' is not a valid version id. "+
			"Allowed values are between [1, 2^31-1] and the string \"latest\"", s)
	}
	return v, nil
}

// anywhere tries n and then, if it has no context of its own, the subjects of
// the same name in all contexts. That is how registries answer for one version
// and for a lookup: a subject may be found where nobody asked for it.
func (r *Registry) anywhere(n name, get func(name) (*entry, error)) (*entry, error) {
	e, err := get(n)
	if err == nil || n.context != defaultContext {
		return e, err
	}
	for _, context := range r.store.contexts() {
		if e, otherErr := get(name{context, n.subject}); otherErr == nil {
			return e, nil
		}
	}
	return nil, err
}

// lookup finds a schema in a subject by its content.
func (r *Registry) lookup(n name, s submission, normalize, deleted bool) (entry, error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	c, err := s.content(normalize || r.normalizes(n), r.has.metadata)
	if err != nil {
		return entry{}, err
	}
	e, err := r.anywhere(n, func(n name) (*entry, error) {
		if r.store.latest(n, deleted) == nil {
			return nil, subjectNotFound(n)
		}
		if e := r.store.find(n, c.key, deleted); e != nil {
			return e, nil
		}
		return nil, schemaNotFound()
	})
	if err != nil {
		return entry{}, err
	}
	return *e, nil
}

// one returns a copy of one version.
func (r *Registry) one(n name, which string, deleted bool) (entry, error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	e, err := r.anywhere(n, func(n name) (*entry, error) { return r.pick(n, which, deleted) })
	if err != nil {
		return entry{}, err
	}
	return *e, nil
}

// referencedBy lists the ids of the schemas that refer to a version.
func (r *Registry) referencedBy(n name, which string, deleted bool) ([]int, error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	e, err := r.anywhere(n, func(n name) (*entry, error) { return r.pick(n, which, true) })
	if err != nil {
		return nil, err
	}
	ids := []int{}
	for _, by := range r.store.referrers[place{e.name, e.version}] {
		if deleted || !by.deleted {
			ids = append(ids, by.id)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids), nil
}

// contexts lists all contexts, the default one first.
func (s *store) contexts() []string {
	list := []string{}
	for c := range s.spaces {
		if c != defaultContext {
			list = append(list, c)
		}
	}
	slices.Sort(list)
	return slices.Insert(list, 0, defaultContext)
}
