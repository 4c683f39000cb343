package steps

import (
	"fmt"
	"testing"

	"github.com/srmigrate/srmigrate/internal/compare"
)

// Ids go apart only as long as neither side comes to those of the other.
func TestIDsOfTwoContexts(t *testing.T) {
	r := newRig(t)
	r.source.has(t, "x")
	r.source.tell(t, `POST /subjects/y/versions {"schema":"\"long\""}`)
	known, err := compare.IDs(t.Context(), r.source.client, compare.Mapping{ContextType: "NONE"})
	if err != nil || len(known["."]) != 2 {
		t.Fatalf("got %v, %v", known, err)
	}
	text, long := known["."][1], known["."][2]
	for name, tc := range map[string]struct {
		a, b                 ids
		collide              string
		meets, races         int // 0: far off
		withoutWhatIsTheSame int
	}{
		"nothing there":       {ids{1: text}, ids{}, "[]", 0, 0, 0},
		"copies":              {ids{1: text, 2: long}, ids{1: text}, "[]", 0, 2, 0},
		"another schema":      {ids{1: text}, ids{1: long}, "[1]", 0, 2, 1},
		"the next one":        {ids{1: text}, ids{2: long, 9: text}, "[]", 2, 2, 2},
		"just within reach":   {ids{1: text}, ids{1 + farOff: long}, "[]", 1 + farOff, 1 + farOff, 1},
		"out of reach":        {ids{1: text}, ids{2 + farOff: long}, "[]", 0, 0, 1},
		"behind, and far off": {ids{2 + farOff: text}, ids{1: long}, "[]", 0, 0, 1},
	} {
		meets, soon := tc.a.meets(tc.b)
		if !soon {
			meets = 0
		}
		races, soon := tc.a.races(tc.b)
		if !soon {
			races = 0
		}
		if got := fmt.Sprint(tc.a.collide(tc.b)); got != tc.collide || meets != tc.meets || races != tc.races || len(tc.b.without(tc.a)) != tc.withoutWhatIsTheSame {
			t.Errorf("%s: collide %s, meets %d, races %d, without %v", name, got, meets, races, tc.b.without(tc.a))
		}
	}
}
