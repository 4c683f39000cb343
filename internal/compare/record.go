package compare

import (
	"fmt"
	"slices"
	"strings"

	"github.com/srmigrate/srmigrate/internal/normal"
	"github.com/srmigrate/srmigrate/internal/registry"
)

// A record is what is kept of a version: digests, not the text.
type record struct {
	version, id               int
	schemaType                string
	schema                    written
	references, meta, ruleset digest
}

// recordOf digests a version. Subjects of references are resolved against the
// version's own context and then mapped, so that both sides speak of target subjects.
func recordOf(s *registry.Schema, mapSubject func(string) string) record {
	t := strings.ToUpper(s.SchemaType)
	return record{
		version: s.Version, id: s.ID, schemaType: t,
		schema:     writtenOf(t, s.Schema),
		references: referencesOf(s, mapSubject),
		meta:       digested(normal.Metadata, s.Metadata),
		ruleset:    digested(normal.Settings, s.RuleSet),
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
