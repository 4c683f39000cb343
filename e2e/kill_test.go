package e2e

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/srmigrate/srmigrate/internal/sandbox"
)

// planted is a last step that fails.
const planted = `
    - id: planted
      assert: {that: 'subjects("target") < 0', message: planted}
`

var small = sandbox.PairOptions{Seed: sandbox.Seed{Subjects: 25}}

// A process that is killed in any request that changes something, before the registry has handled it or after, is
// followed by one that ends with the registries of an undisturbed run.
func TestKilledInAnyWriteAndRunAgain(t *testing.T) {
	for _, c := range []struct {
		name, example, more, create string
		exit                        int
		with                        sandbox.PairOptions
	}{
		{"forward", "quickstart.yaml", "", "POST /exporters", 0, small},
		{"rolling back", "quickstart.yaml", planted, "POST /exporters", 4, small},
		{"guide, forward", "guide/quickstart.yaml", "", "PUT /exporters", 0, guided(small)},
		{"guide, rolling back", "guide/quickstart.yaml", planted, "PUT /exporters", 4, guided(small)},
	} {
		t.Run(c.name, func(t *testing.T) {
			quiet := newPlace(t, c.example, c.more, c.with)
			quiet.call(c.exit, "run")
			source, target := quiet.source.Snapshot(), quiet.target.Snapshot()
			requests := append(quiet.writes(), request{side: "source", method: "GET", path: "/exporters/quickstart/status", n: 3})
			for _, r := range requests {
				for _, after := range []bool{false, true} {
					t.Run(fmt.Sprintf("%s after %v", r, after), func(t *testing.T) {
						t.Parallel()
						p := newPlace(t, c.example, c.more, c.with)
						p.killed(p.side(r.side).hold(r.method, r.path, r.n, after), "run")
						out := p.call(c.exit, "run")
						same(t, "source", source, p.source.Snapshot(), out)
						same(t, "target", target, p.target.Snapshot(), out)
						once(t, p, c.create)
						once(t, p, "DELETE /exporters/quickstart")
					})
				}
			}
		})
	}
}

// guided are registries of the guide's dialect.
func guided(o sandbox.PairOptions) sandbox.PairOptions {
	o.Source.Profile, o.Target.Profile = sandbox.ProfileGuide, sandbox.ProfileGuide
	return o
}

func same(t *testing.T, what string, want, got sandbox.Snapshot, out string) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-undisturbed +killed):\n%s\n%s", what, d, out)
	}
}

func once(t *testing.T, p *place, request string) {
	t.Helper()
	if n := p.source.count(request); n != 1 {
		t.Errorf("%s was handled %d times, want once", request, n)
	}
}
