package compare_test

import (
	"fmt"
	"testing"

	"github.com/srmigrate/srmigrate/internal/compare"
)

// The servers run in the same process, so that what they cost is in the figures,
// too; `make bench-compare` also measures processes by themselves.
func BenchmarkCompare(b *testing.B) {
	const versions = 6000
	for _, cap := range []int{0, 1000} {
		b.Run(fmt.Sprintf("%d versions a side, cap %d", versions, cap), func(b *testing.B) {
			source, target := client(b, newBenchServer(versions, cap, 0)), client(b, newBenchServer(versions, cap, 0))
			for b.Loop() {
				r, err := compare.Run(b.Context(), source, target, compare.Options{})
				if err != nil || r.Verdict != compare.Identical || r.Scope.Versions != versions {
					b.Fatal(r.Summary(), err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/versions, "ns/version")
		})
	}
}

// A comparison with the server of the benchmarks sees all of it, in the
// requests that the parts need.
func TestBenchServer(t *testing.T) {
	for cap, requests := range map[int]int64{0: 5, 100: 60} {
		source, target := newBenchServer(900, cap, 0), newBenchServer(900, cap, 0)
		r := run(t, source, target, compare.Options{})
		if r.Verdict != compare.Identical || r.Scope.Versions != 900 || source.requests.Load() > requests {
			t.Errorf("cap %d: got %s after %d requests", cap, r.Summary(), source.requests.Load())
		}
	}
}
