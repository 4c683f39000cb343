package compare

import (
	"fmt"
	"slices"
	"strings"

	"github.com/srmigrate/srmigrate/internal/registry"
)

// A record is what is kept of a version: digests, not the text.
type record struct {
	version, id               int
	schemaType                string
	schema                    written
	references, meta, ruleset digest
}

// referencesOf digests what a version refers to. Subjects are resolved against the
// version's own context and then mapped, so that both sides speak of target subjects.
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
