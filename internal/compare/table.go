package compare

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A table holds the versions of one side by subject, each subject's in order.
type table map[string][]record

type row struct {
	subject string
	record
}

func (r row) is(o row) bool { return r.subject == o.subject && r.version == o.version }

// compare orders rows as servers list them.
func (r row) compare(o row) int {
	return cmp.Or(strings.Compare(r.subject, o.subject), r.version-o.version)
}

func byVersion(r record, version int) int { return r.version - version }

func (t table) has(r row) bool {
	_, ok := slices.BinarySearchFunc(t[r.subject], r.version, byVersion)
	return ok
}

// add puts the rows in and returns how many of them were not there yet.
func (t table) add(rows []row) int {
	added := 0
	for _, r := range rows {
		versions := t[r.subject]
		if i, ok := slices.BinarySearchFunc(versions, r.version, byVersion); !ok {
			t[r.subject] = slices.Insert(versions, i, r.record)
			added++
		}
	}
	return added
}

func (t table) subjects() []string { return slices.Sorted(maps.Keys(t)) }

func (t table) versions() int {
	n := 0
	for _, vs := range t {
		n += len(vs)
	}
	return n
}

// differs says how the subjects differ from those of the other listing, or
// nothing if they do not.
func (t table) differs(names []string) string {
	apart := t.apart(names)
	if len(apart) == 0 {
		return ""
	}
	return fmt.Sprintf("GET /schemas listed %d subjects, then GET /subjects %d; %q is in one of them only", len(t), len(names), apart[0])
}

// apart returns the subjects that are here or among the names, but not both.
func (t table) apart(names []string) []string {
	var all []string
	for _, n := range names {
		if _, ok := t[n]; !ok {
			all = append(all, n)
		}
	}
	for s := range t {
		if _, ok := slices.BinarySearch(names, s); !ok {
			all = append(all, s)
		}
	}
	return all
}

func (t table) hasAll(rows []row) bool {
	return !slices.ContainsFunc(rows, func(r row) bool { return !t.has(r) })
}

// without returns the versions of t that are not in o.
func (t table) without(o table) table {
	rest := table{}
	for s, vs := range t {
		for _, v := range vs {
			if r := (row{s, v}); !o.has(r) {
				rest[s] = append(rest[s], v)
			}
		}
	}
	return rest
}

func (t table) get(subject string, version int) (record, bool) {
	vs := t[subject]
	if i, ok := slices.BinarySearchFunc(vs, version, byVersion); ok {
		return vs[i], true
	}
	return record{}, false
}
