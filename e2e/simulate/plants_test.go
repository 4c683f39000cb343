//go:build plant

package simulate

import (
	"fmt"
	"sync"
	"testing"

	"github.com/srmigrate/srmigrate/internal/planted"
)

// Each bug that is planted is found by no more schedules than a search has by default.
func TestPlants(t *testing.T) {
	for _, b := range planted.All() {
		t.Run(string(b), func(t *testing.T) {
			planted.Plant(b)
			var mu sync.Mutex
			text := ""
			enough := func() bool { mu.Lock(); defer mu.Unlock(); return text != "" }
			t.Run("search", func(t *testing.T) {
				searchAll(t, 0, uint64(*count), newTally(), enough, func(_ *testing.T, c schedule, o outcome) {
					mu.Lock()
					defer mu.Unlock()
					text = fmt.Sprintf("seed %d: %s", c.seed, o.violations[0])
				})
			})
			if text == "" {
				t.Fatalf("%s is not found by %d schedules", b, *count)
			}
			t.Log(text)
		})
	}
}
