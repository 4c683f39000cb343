package compare

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/srmigrate/srmigrate/internal/registry"
)

// A record is what is kept of a version: digests, not the text.
type record struct {
	version, id                       int
	schemaType                        string
	schema, references, meta, ruleset digest
}

// recordOf digests a version. Subjects of references are resolved against the
// version's own context and then mapped, so that both sides speak of target subjects.
func recordOf(s *registry.Schema, mapSubject func(string) string) record {
	t := strings.ToUpper(s.SchemaType)
	return record{
		version: s.Version, id: s.ID, schemaType: t,
		schema:     sum(canonicalSchema(t, s.Schema)),
		references: referencesOf(s, mapSubject),
		meta:       settingsOf(s.Metadata, pruneMetadata),
		ruleset:    settingsOf(s.RuleSet, prune),
	}
}

func referencesOf(s *registry.Schema, mapSubject func(string) string) digest {
	if len(s.References) == 0 {
		return digest{}
	}
	context, _ := SplitSubject(s.Subject)
	var refs []string
	for _, r := range s.References {
		subject := r.Subject
		if !strings.HasPrefix(subject, ":") {
			subject = qualify(context, subject)
		}
		refs = append(refs, fmt.Sprintf("%q %q %d", r.Name, mapSubject(bare(subject)), r.Version))
	}
	slices.Sort(refs)
	return sum([]byte(strings.Join(refs, "\n")))
}

// settingsOf digests metadata or rules; absent and empty are the same.
func settingsOf(raw json.RawMessage, edit func(value) value) digest {
	if len(raw) == 0 {
		return digest{}
	}
	c, err := canonicalJSON(raw, edit)
	switch {
	case err != nil:
		return sum(raw)
	case string(c) == "{}" || string(c) == "[]" || string(c) == "null":
		return digest{}
	}
	return sum(c)
}

// prune drops empty members and sorts lists of strings, which are sets.
func prune(v value) value {
	v.members = slices.DeleteFunc(v.members, func(m member) bool { return m.value.empty() })
	isText := func(i value) bool { return i.kind == 0 && strings.HasPrefix(i.text, `"`) }
	if !slices.ContainsFunc(v.items, func(i value) bool { return !isText(i) }) {
		slices.SortFunc(v.items, func(a, b value) int { return strings.Compare(a.text, b.text) })
	}
	return v
}

// pruneMetadata also drops the version that servers note in the properties by
// themselves.
func pruneMetadata(v value) value {
	for i, m := range v.members {
		if m.key == `"properties"` {
			v.members[i].value.members = slices.DeleteFunc(m.value.members, func(p member) bool {
				return p.key == `"confluent:version"`
			})
		}
	}
	return prune(v)
}
