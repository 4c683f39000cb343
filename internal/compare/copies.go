package compare

import (
	"context"
	"strings"
	"sync"

	"github.com/srmigrate/srmigrate/internal/registry"
)

// A Copy is a version of the target, beside what the source has for it.
type Copy struct {
	Key
	Deleted    bool     // soft-deleted
	Source     string   // the subject that becomes this one, "" when none does
	There      bool     // the source has the version, soft-deleted or not
	Differs    []string // the kinds in which the two differ
	References []Key    // on the target
}

// Copies gives every version of the target, soft-deleted ones too, sorted.
func Copies(ctx context.Context, source, target *registry.Client, m Mapping) ([]Copy, error) {
	if err := m.check(); err != nil {
		return nil, err
	}
	var mu sync.Mutex
	references := map[Key][]Key{}
	to := func(subject string) string { t, _ := m.Map(subject); return t }
	s := &side{client: source, deleted: true, progress: func(int) {}, record: func(v *registry.Schema) record { return recordOf(v, to) }}
	t := &side{client: target, deleted: true, progress: func(int) {}, record: func(v *registry.Schema) record {
		mu.Lock()
		defer mu.Unlock()
		references[Key{bare(v.Subject), v.Version}] = referred(v)
		return recordOf(v, func(subject string) string { return subject })
	}}
	readBoth(ctx, s, t)
	switch {
	case s.err != nil:
		return nil, s.err
	case t.err != nil:
		return nil, t.err
	}
	origins := map[string]string{}
	for _, table := range []table{s.gone, s.live} {
		for _, subject := range table.subjects() {
			if to, covered := m.Map(subject); covered {
				origins[to] = subject
			}
		}
	}
	return beside(s, t, origins, references), nil
}

// beside pairs the versions of the target with those of the source.
func beside(s, t *side, origins map[string]string, references map[Key][]Key) []Copy {
	var all []Copy
	for _, part := range []struct {
		table
		deleted bool
	}{{t.live, false}, {t.gone, true}} {
		for _, subject := range part.subjects() {
			for _, v := range part.table[subject] {
				c := Copy{Key: Key{subject, v.version}, Deleted: part.deleted, Source: origins[subject]}
				c.References = references[c.Key]
				from, ok := s.live.get(c.Source, v.version)
				if !ok {
					from, ok = s.gone.get(c.Source, v.version)
				}
				if c.There = ok; ok {
					c.Differs = from.differences(v)
				}
				all = append(all, c)
			}
		}
	}
	return all
}

// referred lists what a version refers to.
func referred(s *registry.Schema) []Key {
	context, _ := SplitSubject(s.Subject)
	var keys []Key
	for _, r := range s.References {
		subject := r.Subject
		if !strings.HasPrefix(subject, ":") {
			subject = qualify(context, subject)
		}
		keys = append(keys, Key{bare(subject), r.Version})
	}
	return keys
}
