package compare_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// A world is what a registry holds, as what is meant by it: texts are written
// from it, and two texts of one meaning are one schema.
type world struct {
	versions []*version
	configs  map[string]string // place → level
	modes    map[string]string
}

// A version is one of a subject.
type version struct {
	context, name string
	number, id    int
	gone          bool
	meaning
	spelling int // of several ways to write it
}

// A meaning is what has to arrive.
type meaning struct {
	schema   model
	refs     []ref
	owner    string   // metadata
	tags     []string // metadata, a set
	rules    []string // in order
	brokenBy string   // a text that nobody can read ends with this
}

// A model is a schema of any type.
type model struct {
	kind   string // AVRO, JSON, PROTOBUF
	name   string
	doc    string
	fields []field
	bulk   int // bytes of documentation more
}

type field struct{ name, kind string }

// A ref names a version by the place where it is.
type ref struct {
	name, context, subject string
	version                int
}

func (v *version) subject() string { return qualified(v.context, v.name) }

func qualified(context, name string) string {
	if context == "." {
		return name
	}
	return ":" + context + ":" + name
}

func (v *version) clone() *version {
	c := *v
	c.schema.fields = slices.Clone(v.schema.fields)
	c.refs, c.tags, c.rules = slices.Clone(v.refs), slices.Clone(v.tags), slices.Clone(v.rules)
	return &c
}

func (w *world) sort() {
	slices.SortFunc(w.versions, func(a, b *version) int {
		return cmp.Or(strings.Compare(a.subject(), b.subject()), a.number-b.number)
	})
}

// live are the versions that count, or that do not.
func (w *world) live(gone bool) []*version {
	return slices.DeleteFunc(slices.Clone(w.versions), func(v *version) bool { return v.gone != gone })
}

func (w *world) find(subject string, number int) *version {
	for _, v := range w.versions {
		if v.subject() == subject && v.number == number {
			return v
		}
	}
	return nil
}

func pick[T any](r *rand.Rand, all ...T) T { return all[r.IntN(len(all))] }

func chance(r *rand.Rand, percent int) bool { return r.IntN(100) < percent }

// someWorld makes one with some of all that registries hold.
func someWorld(r *rand.Rand) *world {
	w := &world{configs: map[string]string{}, modes: map[string]string{}}
	names := []string{
		"orders", "orders-value", "Orders", "a/b", "a%2Fb", "a b", "a+b", "x:y", "what?", "no#1", "über-日本", "\"quoted\"", "..", "orders2", "a&b=c", "100%",
	}
	for _, context := range []string{".", ".a", ".a.b", ".ü"} {
		if !chance(r, 60) {
			continue
		}
		id := r.IntN(3)
		for _, i := range r.Perm(len(names))[:1+r.IntN(5)] {
			w.subject(r, context, names[i], &id)
		}
		if chance(r, 30) {
			w.configs[pick(r, placeOf(context), w.versions[0].subject())] = pick(r, "NONE", "FULL")
			w.modes[pick(r, placeOf(context), w.versions[0].subject())] = pick(r, "READONLY", "IMPORT")
		}
	}
	w.sort()
	return w
}

func placeOf(context string) string {
	if context == "." {
		return ""
	}
	return ":" + context + ":"
}

// subject adds one with gaps between its versions, and some soft-deleted.
func (w *world) subject(r *rand.Rand, context, name string, id *int) {
	number := 0
	kind := pick(r, "AVRO", "AVRO", "JSON", "PROTOBUF")
	for range 1 + r.IntN(4) {
		number += 1 + r.IntN(5)/3*2
		*id++
		v := &version{context: context, name: name, number: number, id: *id, gone: chance(r, 15)}
		v.meaning = w.meaning(r, kind)
		if chance(r, 10) && len(w.versions) > 0 {
			other := pick(r, w.versions...)
			if other.context == context { // one schema under two subjects has one id
				v.meaning, v.id = other.clone().meaning, other.id
			}
		}
		w.versions = append(w.versions, v)
	}
}

func (w *world) meaning(r *rand.Rand, kind string) meaning {
	m := meaning{schema: someModel(r, kind)}
	for range r.IntN(3) {
		if len(w.versions) > 0 && chance(r, 40) {
			to := pick(r, w.versions...)
			m.refs = append(m.refs, ref{fmt.Sprintf("r%d.proto", len(m.refs)), to.context, to.name, to.number})
		}
	}
	if chance(r, 25) {
		m.owner, m.tags = pick(r, "a", "b", ""), pick(r, nil, []string{"PII"}, []string{"A", "B", "C"})
	}
	if chance(r, 20) {
		m.rules = pick(r, []string{"x"}, []string{"x", "y"})
	}
	if chance(r, 3) {
		m.brokenBy = pick(r, "(", "((")
	}
	return m
}

func someModel(r *rand.Rand, kind string) model {
	m := model{kind: kind, name: fmt.Sprintf("N%d", r.IntN(1000)), doc: pick(r, "", "says", "é \"x\" \\ /")}
	for i := range 1 + r.IntN(4) {
		m.fields = append(m.fields, field{fmt.Sprintf("f%d", i), pick(r, "int", "string", "bool")})
	}
	if r.IntN(2000) == 0 {
		m.bulk = 1 << 20
	}
	return m
}
