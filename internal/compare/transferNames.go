package compare

import (
	"strings"

	"github.com/srmigrate/srmigrate/internal/registry"
)

// resolved is the subject that a reference of a schema in a context means.
func resolved(context, subject string) string {
	if !strings.HasPrefix(subject, ":") {
		return qualify(context, subject)
	}
	return bare(subject)
}

// references are the versions that a schema of the source will refer to on the
// target; version 0 is the latest one.
func (m Mapping) references(from string, list []registry.Reference) []Key {
	context, _ := SplitSubject(from)
	var keys []Key
	for _, r := range list {
		to, _ := m.Map(resolved(context, r.Subject))
		keys = append(keys, Key{to, max(r.Version, 0)})
	}
	return keys
}

// renamed is a schema as it is sent to the target: under its name there, and
// with references that mean there what they meant before. One that does so
// anyway stays as it is written.
func (m Mapping) renamed(s registry.Schema, from, to string) *registry.Schema {
	here, _ := SplitSubject(from)
	there, _ := SplitSubject(to)
	s.Subject = to
	list := make([]registry.Reference, 0, len(s.References))
	for _, r := range s.References {
		image, _ := m.Map(resolved(here, r.Subject))
		if resolved(there, r.Subject) != image {
			r.Subject = referring(there, image, strings.HasPrefix(r.Subject, ":"))
		}
		list = append(list, r)
	}
	s.References = list
	return &s
}

// referring writes a subject as a schema of a context refers to it.
func referring(context, subject string, qualified bool) string {
	in, name := SplitSubject(subject)
	switch {
	case in == context && !qualified:
		return name
	case in == ".":
		return ":.:" + name // without a context it would be taken for one of the schema's own
	}
	return subject
}
