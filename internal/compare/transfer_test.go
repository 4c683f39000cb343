package compare

import (
	"fmt"
	"maps"
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

// An id is only taken where it is the target's own, and the source is soon to come to it.
func TestTheNextIDThatIsTaken(t *testing.T) {
	at := func(list ...int) (versions []held) {
		for i, id := range list {
			versions = append(versions, held{version: i + 1, id: id})
		}
		return versions
	}
	for name, c := range map[string]struct {
		m    Mapping
		here map[string][]int // ids by context of the source
		want map[string]int
	}{
		"nothing of its own":        {Mapping{ContextType: "NONE"}, map[string][]int{".": {1, 50}, ".a": {7}}, map[string]int{}},
		"ahead of the source":       {Mapping{ContextType: "NONE"}, map[string][]int{".": {1}, ".a": {7}}, map[string]int{".": 50}},
		"behind the source":         {Mapping{ContextType: "NONE"}, map[string][]int{".": {1, 60}}, map[string]int{}},
		"out of reach":              {Mapping{ContextType: "NONE"}, map[string][]int{".": {39}, ".a": {1}}, map[string]int{}},
		"nobody goes there":         {Mapping{ContextType: "CUSTOM", Context: ".b"}, map[string][]int{".": {1}}, map[string]int{}},
		"another context brings it": {Mapping{ContextType: "DEFAULT"}, map[string][]int{".": {49}, ".a": {50}}, map[string]int{}},
	} {
		c.m.Patterns = []string{":*:"}
		transfer := &Transfer{mapping: c.m, used: map[string]map[int]bool{}, there: table{"x": at(1, 50), ":.a:y": at(7)}}
		for context, ids := range c.here {
			for _, id := range ids {
				transfer.use(context, id)
			}
		}
		reach := 49
		if name == "out of reach" {
			reach = 5
		}
		if got := transfer.NextTaken(reach); !maps.Equal(got, c.want) {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
}
