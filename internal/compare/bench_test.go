package compare_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/srmigrate/srmigrate/internal/compare"
	"github.com/srmigrate/srmigrate/internal/registry"
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

// What the looks of a wait cost, beside a full pass, where three subjects differ.
func BenchmarkLook(b *testing.B) {
	const versions = 20_000
	for _, cap := range []int{0, 1000} {
		source, target := newBenchServer(versions, cap, 0), newBenchServer(versions, cap, 0)
		for _, i := range []int{17, 3000, 6000} {
			target.lacks[target.names[i]] = true
		}
		var w compare.Watch
		for _, way := range []struct {
			name string
			look func(context.Context, *registry.Client, *registry.Client, compare.Options) (*compare.Result, error)
		}{{"full pass", w.Full}, {"look", w.Look}} {
			b.Run(fmt.Sprintf("%d versions a side, cap %d, %s", versions, cap, way.name), func(b *testing.B) {
				s, t := client(b, source), client(b, target)
				before := source.requests.Load() + target.requests.Load()
				for b.Loop() {
					r, err := way.look(b.Context(), s, t, compare.Options{Moving: true})
					if err != nil || r.Missing != 3 || r.Whole() != (way.name == "full pass") {
						b.Fatal(r.Summary(), err)
					}
				}
				b.ReportMetric(float64(source.requests.Load()+target.requests.Load()-before)/float64(b.N), "requests/op")
			})
		}
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
