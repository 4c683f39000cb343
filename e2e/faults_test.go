package e2e

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/srmigrate/srmigrate/internal/sandbox"
)

var thorough = flag.Bool("thorough", false, "plant every kind of fault everywhere, and not at one place in three")

// placeWith is a quickstart on registries with faults, whose requests are retried soon.
func placeWith(t *testing.T, specs ...string) *place {
	t.Helper()
	o := sandbox.PairOptions{Seed: sandbox.Seed{Subjects: 12}}
	for _, spec := range specs {
		f, err := sandbox.ParseFault(spec)
		if err != nil {
			t.Fatal(err)
		}
		o.Faults = append(o.Faults, f)
	}
	p := newPlace(t, "quickstart.yaml", "", o)
	src, err := os.ReadFile(filepath.Join(p.dir, "runbook.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	p.write(strings.Replace(string(src), "\nspec:\n", "\nspec:\n  defaults: {retry: {attempts: 4, backoff: 10ms}}\n", 1))
	return p
}

// Each kind of fault befalls a request of each kind once, on the source, on the target and on the way of the exporter;
// the run either gets over it or puts everything back, and says so.
func TestAQuickstartMeetsEveryFault(t *testing.T) {
	values := map[string]string{"delay": "=50ms", "status": "=503", "429": "=0", "type": "=text/plain"}
	quiet := placeWith(t)
	quiet.call(0, "run")
	source, target := quiet.source.Snapshot(), quiet.target.Snapshot()
	planning := placeWith(t)
	planning.call(0, "plan")
	asks := planning.target.countPrefix("GET /mode") // each once only
	for i, kind := range append(sandbox.FaultKinds(), "html=200", "text=503") {
		for j, where := range []string{
			"source:POST /exporters", "source:GET /exporters/quickstart/status", "source:PUT /mode",
			"source:PUT /exporters/quickstart/pause", "source:DELETE /exporters/quickstart",
			"target:GET /mode", "target:DELETE /mode", "exporter:PUT /mode", "exporter:POST /subjects",
		} {
			if kind == "restart" || !*thorough && (i+j)%3 != 0 {
				continue // TestARegistryThatRestartsEmpty has the restarts
			}
			t.Run(fmt.Sprintf("%s/%s", kind, strings.NewReplacer("/", "_", ":", " ").Replace(where)), func(t *testing.T) {
				t.Parallel()
				n := "1"
				if where == "target:GET /mode" {
					n = fmt.Sprintf("%d+1", asks)
				}
				p := placeWith(t, where+":"+kind+values[kind]+":"+n)
				before := p.pictures()
				want := 0
				if kind == "unauthorized" && !strings.HasPrefix(where, "exporter:") {
					want = 4
				}
				out := p.call(want, "run")
				if got := p.source.planned.Hits(); len(got) != 1 {
					t.Fatalf("the fault befell nothing: %v\n%s", got, out)
				}
				if want == 0 {
					same(t, "source", source, p.source.Snapshot(), out)
					same(t, "target", target, p.target.Snapshot(), out)
					once(t, p, "POST /exporters")
					return
				}
				p.asBefore(before, out)
				if !strings.Contains(out, "401 Unauthorized") {
					t.Errorf("the reason is not told:\n%s", out)
				}
			})
		}
	}
}

// asBefore demands that a rollback has put everything back.
func (p *place) asBefore(before [2]sandbox.Snapshot, out string) {
	p.t.Helper()
	now := p.pictures()
	if d := rolledBack(before[0], now[0]) + rolledBack(before[1], now[1]); d != "" {
		p.t.Errorf("not as before: %s\n%s", d, out)
	}
}

// A registry that restarts with empty memory is never taken for one that is the same as another, nor for one that is
// as it was before. Once it is restored, the rollback goes on.
func TestARegistryThatRestartsEmpty(t *testing.T) {
	for _, c := range []struct{ name, fault, failed string }{
		{"between plan and run", "source:GET /exporters:restart:2+1", "check"},
		{"when the exporter is created", "source:POST /exporters:restart", "start"},
		{"while it is waited", "source:GET /exporters/quickstart/status:restart:2+1", "first-copy"},
		{"when it is frozen", "source:PUT /mode:restart", "freeze"},
		{"when the exporter is paused", "source:PUT /exporters/quickstart/pause:restart", "pause"},
		{"when the exporter is deleted", "source:DELETE /exporters/quickstart:restart", "delete"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := placeWith(t, c.fault)
			before := p.pictures()
			out := p.call(5, "run")
			want := "\nfailed    " + c.failed + ":"
			for _, text := range []string{want, "registry source (" + p.source.URL + ") has lost what it held when the run began", "\nnext      srmigrate rollback "} {
				if !strings.Contains(out, text) {
					t.Errorf("nothing says %q:\n%s", text, out)
				}
			}
			if again := p.call(5, "run"); !strings.Contains(again, "open      source: registry source (") {
				t.Errorf("the next run does not say what is open:\n%s", again)
			}
			p.call(5, "rollback")
			if err := p.source.judged.(*sandbox.Registry).Seed(sandbox.Seed{Subjects: 12}); err != nil {
				t.Fatal(err)
			}
			p.asBefore(before, p.call(0, "rollback"))
		})
	}
}

// A target that held nothing is as before when it holds nothing again, but the run is not done.
func TestATargetThatLosesItsCopies(t *testing.T) {
	p := placeWith(t, "target:DELETE /mode:restart")
	before := p.pictures()
	out := p.call(4, "run")
	for _, text := range []string{"\nfailed    open-target:", "registry target (" + p.target.URL + ") has lost what it held at the last proof"} {
		if !strings.Contains(out, text) {
			t.Errorf("nothing says %q:\n%s", text, out)
		}
	}
	p.asBefore(before, out)
}
