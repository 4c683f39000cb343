package compare_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/srmigrate/srmigrate/internal/compare"
	"github.com/srmigrate/srmigrate/internal/registry"
)

// gone is a soft-deleted version.
func gone(r row) row {
	r.gone = true
	return r
}

func like(id int) func(*registry.Schema) {
	return func(s *registry.Schema) { s.Schema = fmt.Sprintf(`{"type":"record","name":"r%d","fields":[]}`, id) }
}

func owned(by string) func(*registry.Schema) {
	return func(s *registry.Schema) { s.Metadata = json.RawMessage(`{"properties":{"owner":"` + by + `"}}`) }
}

func TestConflicts(t *testing.T) {
	mirror := compare.Mapping{ContextType: "NONE", Patterns: []string{":*:"}}
	for _, c := range []struct {
		name           string
		m              compare.Mapping
		source, target []row
		want           []string
	}{
		{"the same", mirror, sample(), sample(), nil},
		{"spaces and order", mirror, []row{schema("a", 1, 1, nil)}, []row{schema("a", 1, 1, func(s *registry.Schema) {
			s.Schema = `{"name": "r1", "type":"record", "fields":[]}`
		})}, nil},
		{"others only", mirror, []row{schema("a", 1, 1, nil)}, []row{schema("b", 1, 2, nil), schema("a", 2, 3, nil)}, nil},
		{
			"other content and id", mirror,
			[]row{schema("a", 1, 1, nil)},
			[]row{schema("a", 1, 9, nil)},
			[]string{"a 1 [other schema id 1 instead of 9]"},
		},
		{"other id", mirror, []row{schema("a", 1, 1, nil)}, []row{schema("a", 1, 9, like(1))}, []string{"a 1 [id 1 instead of 9]"}},
		{
			"other type", mirror,
			[]row{schema("a", 1, 1, nil)},
			[]row{schema("a", 1, 1, func(s *registry.Schema) { s.SchemaType = "JSON" })},
			[]string{"a 1 [other schema]"},
		},
		{
			"soft-deleted here", mirror,
			[]row{gone(schema("a", 1, 1, nil))},
			[]row{schema("a", 1, 9, nil)},
			[]string{"a 1 [other schema id 1 instead of 9 soft-deleted on the source, and then here as well]"},
		},
		{
			"the same, soft-deleted here", mirror,
			[]row{gone(schema("a", 1, 1, nil)), schema("a", 2, 2, nil)},
			[]row{schema("a", 1, 1, nil), schema("a", 2, 2, nil)},
			[]string{"a 1 [soft-deleted on the source, and then here as well]"},
		},
		{"the same, soft-deleted on both", mirror, []row{gone(schema("a", 1, 1, nil))}, []row{gone(schema("a", 1, 1, nil))}, nil},
		{"soft-deleted there", mirror, []row{schema("a", 1, 1, nil)}, []row{gone(schema("a", 1, 9, nil))}, []string{"a 1 [other schema id 1 instead of 9]"}},
		{
			"id taken", mirror,
			[]row{schema("a", 1, 1, nil)},
			[]row{schema("b", 4, 1, like(2)), gone(schema("c", 2, 1, like(2)))},
			[]string{"b 4 [id 1 is another schema on the source: a version 1]", "c 2 [id 1 is another schema on the source: a version 1]"},
		},
		{"id taken in another context", mirror, []row{schema("a", 1, 1, nil)}, []row{schema(":.c:b", 1, 1, like(2))}, nil},
		{
			"id that comes with a higher version", mirror,
			[]row{schema("a", 3, 1, nil), schema("b", 3, 2, nil)},
			[]row{gone(schema("a", 1, 1, nil)), schema("b", 1, 2, nil)},
			[]string{"a 1 [soft-deleted, and purged when version 3 comes with its id 1]"},
		},
		{
			"id that comes with that version, too", mirror,
			[]row{schema("a", 1, 1, nil), schema("a", 3, 1, nil)},
			[]row{gone(schema("a", 1, 1, nil))},
			nil,
		},
		{"metadata there", mirror, []row{schema("a", 1, 1, nil)}, []row{schema("a", 1, 1, owned("x"))}, []string{"a 1 [other metadata]"}},
		{"metadata dropped there", mirror, []row{schema("a", 1, 1, owned("x"))}, []row{schema("a", 1, 1, nil)}, nil},
		{
			"by the mapping",
			compare.Mapping{ContextType: "CUSTOM", Context: "c", Patterns: []string{"a*"}, RenameFormat: "x_${subject}"},
			[]row{schema("a", 1, 1, nil), schema("b", 1, 2, nil)},
			[]row{schema("a", 1, 9, nil), schema(":.c:x_a", 1, 9, nil), schema(":.c:x_b", 1, 8, nil)},
			[]string{":.c:x_a 1 [other schema id 1 instead of 9]"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			found, err := compare.Conflicts(t.Context(), client(t, &fake{rows: c.source}), client(t, &fake{rows: c.target}), c.m)
			var got []string
			for _, f := range found {
				got = append(got, fmt.Sprintf("%s %d %v", f.Subject, f.Version, f.Why))
			}
			if err != nil || !slices.Equal(got, c.want) {
				t.Errorf("got %q, %v, want %q", got, err, c.want)
			}
		})
	}
}

// A target that has nothing where copies go costs no look at the source.
func TestConflictsOfNothing(t *testing.T) {
	source, target := &fake{rows: sample()}, &fake{rows: []row{schema(":.other:a", 1, 1, nil)}}
	m := compare.Mapping{ContextType: "CUSTOM", Context: "c", Patterns: []string{":*:"}}
	if found, err := compare.Conflicts(t.Context(), client(t, source), client(t, target), m); err != nil || len(found) > 0 {
		t.Fatal(found, err)
	}
	if n := source.requests(); n != 1 {
		t.Errorf("%d requests: %v", n, source.seen)
	}
}
