package compare

import (
	"fmt"
	"testing"

	"github.com/srmigrate/srmigrate/internal/registry"
)

// A reference means on the target what it means on the source, and is written as it was where that suffices.
func TestReferencesOfACopy(t *testing.T) {
	custom := Mapping{ContextType: "CUSTOM", Context: ".m", Patterns: []string{":*:"}}
	renamed := Mapping{ContextType: "NONE", Patterns: []string{":*:x*", ":*:dep*"}, RenameFormat: "dc-${subject}"}
	flat := Mapping{ContextType: "DEFAULT", Patterns: []string{":*:"}}
	for _, c := range []struct {
		m                Mapping
		from, refers, to string
	}{
		{Mapping{ContextType: "NONE", Patterns: []string{":*:"}}, ":.a:x", "dep", "dep"},
		{Mapping{ContextType: "NONE", Patterns: []string{":*:"}}, ":.a:x", ":.a:dep", ":.a:dep"},
		{Mapping{ContextType: "NONE", Patterns: []string{":*:"}}, ":.a:x", ":.:dep", ":.:dep"},
		{custom, "x", "dep", "dep"},
		{custom, "x", ":.a:dep", ":.m.a:dep"},
		{custom, ":.a:x", "dep", "dep"},
		{custom, ":.a:x", ":.a:dep", ":.m.a:dep"},
		{custom, ":.a:x", ":.:dep", ":.m:dep"},
		{flat, ":.a:x", "dep", "dep"},
		{flat, ":.a:x", ":.b:dep", ":.:dep"},
		{renamed, "x", "dep", "dc-dep"},
		{renamed, "x", "other", "other"},
		{renamed, ":.a:x", ":.:dep", ":.:dc-dep"},
	} {
		s := registry.Schema{Subject: c.from, References: []registry.Reference{{Name: "n", Subject: c.refers, Version: 3}}}
		to, _ := c.m.Map(c.from)
		got := c.m.renamed(s, c.from, to)
		if got.Subject != to || got.References[0] != (registry.Reference{Name: "n", Subject: c.to, Version: 3}) || s.References[0].Subject != c.refers {
			t.Errorf("%s: %s of %s became %+v of %s, want %s", c.m.ContextType, c.refers, c.from, got.References, got.Subject, c.to)
		}
		context, _ := SplitSubject(to)
		want := c.m.references(c.from, s.References)
		if here := resolved(context, got.References[0].Subject); fmt.Sprint(want) != fmt.Sprint([]Key{{here, 3}}) {
			t.Errorf("%s: %s of %s leads to %s, not to %v", c.m.ContextType, c.refers, c.from, here, want)
		}
	}
}
