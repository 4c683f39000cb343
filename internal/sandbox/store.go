package sandbox

import (
	"cmp"
	"slices"
	"sync"
)

// entry is one version of one subject.
type entry struct {
	name    name
	version int
	id      int
	content *content
	deleted bool
	ts      int64
}

// place is where a reference points to.
type place struct {
	name    name
	version int
}

// store is the state that the topic has led to, with the indexes the rules
// need. Its methods know no rules.
type store struct {
	spaces    map[string]*space
	subjects  map[name][]*entry // by version, ascending
	modes     map[name]string
	configs   map[name]Config
	referrers map[place][]*entry

	// Readers may share the registry's lock while one of them sorts.
	sorting sync.Mutex
	sorted  []name // nil when stale
}

func newStore() *store {
	s := &store{
		spaces:    map[string]*space{},
		subjects:  map[name][]*entry{},
		modes:     map[name]string{},
		configs:   map[name]Config{},
		referrers: map[place][]*entry{},
	}
	s.space(defaultContext)
	return s
}

// space returns the context's ids, and makes the context exist.
func (s *store) space(context string) *space {
	sp := s.spaces[context]
	if sp == nil {
		sp = &space{users: map[int][]*entry{}, ids: map[string][]int{}}
		s.spaces[context] = sp
	}
	return sp
}

// put adds e, in place of an entry with the same version.
func (s *store) put(e *entry) {
	if old := s.at(e.name, e.version); old != nil {
		s.drop(old)
	}
	list := s.subjects[e.name]
	if len(list) == 0 {
		s.sorted = nil
	}
	i, _ := slices.BinarySearchFunc(list, e.version, byVersion)
	s.subjects[e.name] = slices.Insert(list, i, e)
	s.space(e.name.context).add(e)
	for p := range placesOf(e) {
		s.referrers[p] = append(s.referrers[p], e)
	}
}

// drop removes e without a trace.
func (s *store) drop(e *entry) {
	s.subjects[e.name] = without(s.subjects[e.name], e)
	if len(s.subjects[e.name]) == 0 {
		delete(s.subjects, e.name)
		s.sorted = nil
	}
	s.space(e.name.context).remove(e)
	for p := range placesOf(e) {
		s.referrers[p] = without(s.referrers[p], e)
		if len(s.referrers[p]) == 0 {
			delete(s.referrers, p)
		}
	}
}

func placesOf(e *entry) map[place]bool {
	places := map[place]bool{}
	for _, ref := range e.content.references {
		places[place{referenceName(e.name, ref), ref.Version}] = true
	}
	return places
}

// at returns one version, deleted or not, or nil.
func (s *store) at(n name, version int) *entry {
	list := s.subjects[n]
	i, ok := slices.BinarySearchFunc(list, version, byVersion)
	if !ok {
		return nil
	}
	return list[i]
}

// names lists all subjects, deleted ones included, in the order of their
// qualified names.
func (s *store) names() []name {
	s.sorting.Lock()
	defer s.sorting.Unlock()
	if s.sorted != nil {
		return s.sorted
	}
	s.sorted = make([]name, 0, len(s.subjects))
	for n := range s.subjects {
		s.sorted = append(s.sorted, n)
	}
	slices.SortFunc(s.sorted, func(a, b name) int { return cmp.Compare(a.String(), b.String()) })
	return s.sorted
}

func byVersion(e *entry, version int) int { return cmp.Compare(e.version, version) }

func without(list []*entry, e *entry) []*entry {
	return slices.DeleteFunc(list, func(x *entry) bool { return x == e })
}

// users lists the versions that have an id. It makes no context exist.
func (s *store) users(context string, id int) []*entry {
	if sp := s.spaces[context]; sp != nil {
		return sp.users[id]
	}
	return nil
}
