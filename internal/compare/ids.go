package compare

import (
	"context"

	"github.com/srmigrate/srmigrate/internal/registry"
)

// Content is what an id stands for. Two are equal when the schemas are, with
// what they refer to, whatever the contexts.
type Content struct{ record record }

// IDs gives, by context, the ids of a registry with what they stand for, those
// of soft-deleted versions too: they are taken all the same. Schemas that refer
// to others do so under the names that these have after the mapping.
func IDs(ctx context.Context, c *registry.Client, m Mapping) (map[string]map[int]Content, error) {
	named := func(subject string) string {
		to, _ := m.Map(subject)
		_, name := SplitSubject(to)
		return name
	}
	t, err := contentReader(c, named).table(ctx)
	if err != nil {
		return nil, err
	}
	all := map[string]map[int]Content{}
	for subject, versions := range t {
		context, _ := SplitSubject(subject)
		if all[context] == nil {
			all[context] = map[int]Content{}
		}
		for _, v := range versions {
			rec := v.record()
			rec.id, rec.version, rec.schema.text = 0, 0, digest{}
			all[context][v.id] = Content{rec}
		}
	}
	return all, nil
}
