package compare

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// However a listing is cut up, every subject is in just one part, and its prefix
// is text.
func TestCutUp(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	letters := []rune("ab-é/:%あ😀 ")
	for range 300 {
		var names []string
		for range 1 + r.IntN(200) {
			name := []string{"", ":.c:", ":.c.d:"}[r.IntN(3)]
			for range 1 + r.IntN(6) {
				name += string(letters[r.IntN(len(letters))])
			}
			names = append(names, bare(name))
		}
		slices.Sort(names)
		names = slices.Compact(names)
		subjects := 1 + r.IntN(10)
		parts := cutUp(names, pageful{rows: subjects * (1 + r.IntN(4)), subjects: subjects, asking: r.IntN(20)})
		for _, n := range names {
			in := 0
			for _, p := range parts {
				in += one(p.alone && n == qualify(p.context, p.prefix) || !p.alone && p.covers(n))
			}
			if in != 1 {
				t.Fatalf("%q is in %d parts of %v", n, in, parts)
			}
		}
	}
}

// What a server goes through for all parts grows with the listing, not with its square.
func TestCutUpIsCheap(t *testing.T) {
	for _, subjects := range []int{1_000, 30_000, 300_000} {
		var names []string
		for i := range subjects {
			names = append(names, fmt.Sprintf("%s-%06d-value", []string{"orders", "payments", "orders-eu"}[i%3], i))
		}
		slices.Sort(names)
		p := pageful{rows: 1000, subjects: 333, asking: askingCosts}
		cost := 0
		for _, c := range cutUp(names, p) {
			cost += p.cost(c.subjects)
		}
		if most := 6 * 3 * subjects; cost > most+10_000 {
			t.Errorf("%d subjects cost %d, want up to %d", subjects, cost, most)
		}
	}
}
