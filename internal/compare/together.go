package compare

import (
	"context"
	"fmt"
	"slices"

	"github.com/srmigrate/srmigrate/internal/registry"
)

// An Arrival is a version of a source where a mapping puts it: a few dozen bytes.
type Arrival struct {
	from, to Key
	rec      record
}

// Outline reads all versions of a source that a mapping covers, soft-deleted
// ones included, as far as they go into these contexts of the target.
func Outline(ctx context.Context, source *registry.Client, m Mapping, contexts []string) ([]Arrival, error) {
	if err := m.check(); err != nil {
		return nil, err
	}
	here, err := contentReader(source, func(subject string) string { t, _ := m.Map(subject); return t }).table(ctx)
	if err != nil {
		return nil, err
	}
	var list []Arrival
	for _, subject := range here.subjects() {
		to, covered := m.Map(subject)
		if c, _ := SplitSubject(to); !covered || !slices.Contains(contexts, c) {
			continue
		}
		for _, v := range records(here[subject]) {
			list = append(list, Arrival{Key{subject, v.version}, Key{to, v.version}, v})
		}
	}
	return list, nil
}

// A Together finds what meets when several sources are copied into one target:
// the same id of a context with other content, and the same number of a subject
// with other content or another id. The zero Together is ready for use.
type Together struct {
	ids      map[idKey]stood
	versions map[Key]stood
	found    map[string]*Meeting // by context
}

// stood is the first version at a place, and whose it is.
type stood struct {
	by   string
	from Key
	rec  record
}

// A Meeting is what meets in one context of the target.
type Meeting struct {
	Context  string
	Sources  []string // whose versions they are, in the order in which they were added
	Count    int      // ids and numbers that are taken twice
	Examples []string // the first of them, in words
}

// mostExamples is how many a person reads.
const mostExamples = 3

// Add adds the versions of a source under a name.
func (t *Together) Add(name string, list []Arrival) {
	if t.ids == nil {
		t.ids, t.versions, t.found = map[idKey]stood{}, map[Key]stood{}, map[string]*Meeting{}
	}
	for _, p := range list {
		context, _ := SplitSubject(p.to.Subject)
		own := stood{name, p.from, p.rec}
		first, taken := t.versions[p.to]
		switch {
		case !taken:
			t.versions[p.to] = own
		case first.rec.other(p.rec) || first.rec.id != p.rec.id:
			t.meet(context, first, own, fmt.Sprintf("%s version %d", p.to.Subject, p.to.Version))
		}
		k := idKey{context, p.rec.id}
		first, taken = t.ids[k]
		switch {
		case !taken:
			t.ids[k] = own
		case first.by != name && first.rec.other(p.rec):
			t.meet(context, first, own, fmt.Sprintf("id %d", p.rec.id))
		}
	}
}

// other reports whether two versions have other content.
func (r record) other(t record) bool { return len(r.losses(t)) > 0 || len(t.losses(r)) > 0 }

func (t *Together) meet(context string, a, b stood, what string) {
	if a.by == b.by {
		return // of one source by itself its own plan tells
	}
	m := t.found[context]
	if m == nil {
		m = &Meeting{Context: context}
		t.found[context] = m
	}
	for _, name := range []string{a.by, b.by} {
		if !slices.Contains(m.Sources, name) {
			m.Sources = append(m.Sources, name)
		}
	}
	if m.Count++; len(m.Examples) < mostExamples {
		m.Examples = append(m.Examples, fmt.Sprintf("%s (%s: %s version %d; %s: %s version %d)", what, a.by, a.from.Subject, a.from.Version, b.by, b.from.Subject, b.from.Version))
	}
}

// Meetings are the contexts in which something meets, by name.
func (t *Together) Meetings() []Meeting {
	var list []Meeting
	for _, m := range t.found {
		list = append(list, *m)
	}
	slices.SortFunc(list, func(a, b Meeting) int {
		if a.Context < b.Context {
			return -1
		}
		return 1
	})
	return list
}
