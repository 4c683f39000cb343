package compare

import (
	"cmp"
	"iter"
	"maps"
	"slices"
	"strings"
)

// A sink gets what a reader reads, a subject at a time. It is safe for
// concurrent use.
type sink interface {
	begin()                            // all anew: nothing is there yet
	put(subject string, versions kept) // in the place of what was there of it
	// lend returns what the other side has of a subject, if it is still there as
	// it was sent, to who reads this side's into the bulk.
	lend(subject string, to *bulk) kept
	drop(subject string)
	has(subject string) bool
	subjects() iter.Seq[string] // that are there, in any order
}

// A table holds the versions of one side by subject, each subject's in order.
type table map[string][]held

type row struct {
	subject string
	held
	bulk *bulk // that it is in
}

func (r row) is(o row) bool { return r.subject == o.subject && r.version == o.version }

// compare orders rows as servers list them.
func (r row) compare(o row) int {
	return cmp.Or(strings.Compare(r.subject, o.subject), r.version-o.version)
}

func byVersion(v held, version int) int { return v.version - version }

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
			t[r.subject] = slices.Insert(versions, i, r.held)
			added++
		}
	}
	return added
}

func (t table) subjects() []string { return slices.Sorted(maps.Keys(t)) }

func (t table) get(subject string, version int) (record, bool) { return get(t[subject], version) }

func get(vs []held, version int) (record, bool) {
	if i, ok := slices.BinarySearchFunc(vs, version, byVersion); ok {
		return vs[i].record(), true
	}
	return record{}, false
}
