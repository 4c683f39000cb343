package compare

import (
	"context"
	"strings"

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
	to := func(subject string) string { t, _ := m.Map(subject); return t }
	s, t := contentSide(source, newHolder(to)), contentSide(target, newHolder(sameName))
	t.holder.references = map[Key][]Key{}
	readBoth(ctx, s, t)
	switch {
	case s.err != nil:
		return nil, s.err
	case t.err != nil:
		return nil, t.err
	}
	here, there := s.sink.(*tableSink).t, t.sink.(*tableSink).t
	origins := map[string]string{}
	for _, subject := range here.subjects() {
		if to, covered := m.Map(subject); covered {
			origins[to] = subject
		}
	}
	return beside(here, there, origins, t.holder.references), nil
}

// contentSide is a side of which all is kept.
func contentSide(c *registry.Client, h *holder) *side {
	return &side{reader: reader{c: c, deleted: true, holder: h, sink: &tableSink{}}}
}

// beside pairs the versions of the target with those of the source.
func beside(here, there table, origins map[string]string, references map[Key][]Key) []Copy {
	var all []Copy
	for _, gone := range []bool{false, true} {
		for _, subject := range there.subjects() {
			for _, v := range there[subject] {
				if v.gone != gone {
					continue
				}
				c := Copy{Key: Key{subject, v.version}, Deleted: gone, Source: origins[subject]}
				c.References = references[c.Key]
				from, ok := here.get(c.Source, v.version)
				if c.There = ok; ok {
					c.Differs = from.differences(v.record())
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

// Listed gives every version of a registry, soft-deleted ones too, sorted, with what each refers to.
func Listed(ctx context.Context, c *registry.Client) ([]Copy, error) {
	s := contentSide(c, newHolder(sameName))
	s.holder.references = map[Key][]Key{}
	if readBoth(ctx, s); s.err != nil {
		return nil, s.err
	}
	return beside(nil, s.sink.(*tableSink).t, nil, s.holder.references), nil
}
