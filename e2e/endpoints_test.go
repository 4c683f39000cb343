package e2e

import (
	"strings"
	"testing"

	"github.com/srmigrate/srmigrate/internal/sandbox"
)

// lifeOfAnExporter is a runbook that does with an exporter all that can be done.
const lifeOfAnExporter = `apiVersion: srmigrate.dev/v1
kind: Runbook
metadata: {name: life}
spec:
  vars:
    source: {env: SOURCE_URL, default: "http://localhost"}
    target: {env: TARGET_URL, default: "http://localhost"}
  registries:
    source: {url: "${{ vars.source }}", dialect: DIALECT}
    target: {url: "${{ vars.target }}", dialect: DIALECT}
  steps:
IMPORT
    - id: start
      createExporter: {exporter: e, contextType: TYPE, subjects: ["ALL"]}
    - id: copied
      waitFor: {exporter: e, compare: {}, until: diff.identical, every: 50ms}
      timeout: 30s
    - id: pause
      pause: {exporter: e}
    - id: go-on
      resume: {exporter: e}
    - id: narrow
      updateExporter: {exporter: e, subjects: ["orders-*"]}
    - id: again
      reset: {exporter: e}
`

// Every request of the exporter API is made by a step or by status, but for one.
func TestEveryExporterEndpointIsUsed(t *testing.T) {
	for _, c := range []struct {
		profile, dialect, first, contextType, all, create string
		puts                                              int // PUT /exporters
	}{
		{sandbox.ProfileConfluent, "confluent", "", "NONE", ":*:", "POST /exporters", 0},
		{
			sandbox.ProfileGuide, "guide", "    - id: import\n      setMode: {registry: target, mode: IMPORT}\n",
			"AUTO", "*", "PUT /exporters", 1,
		},
	} {
		t.Run(c.profile, func(t *testing.T) {
			t.Parallel()
			o := sandbox.Options{Profile: c.profile}
			p := newPlace(t, "quickstart.yaml", "", sandbox.PairOptions{Source: o, Target: o, Seed: sandbox.Seed{Subjects: 25}})
			runbook := strings.NewReplacer("DIALECT", c.dialect, "IMPORT\n", c.first, "TYPE", c.contextType, "ALL", c.all).Replace(lifeOfAnExporter)
			p.write(runbook)
			call := func(verb string) string {
				cmd, out := p.command(verb)
				cmd.Args = []string{"srmigrate", verb, "runbook.yaml"}
				if code := exit(cmd.Run()); code != 0 {
					t.Fatalf("%s: exit %d\n%s", verb, code, out)
				}
				return out.String()
			}
			call("run")
			if out := call("status"); !strings.Contains(out, ", to "+p.target.URL) {
				t.Errorf("status does not say where the exporter writes to:\n%s", out)
			}
			p.write(runbook + "    - id: end\n      delete: {exporter: e}\n")
			call("run")
			for _, request := range []string{
				c.create, "GET /exporters", "GET /exporters/e", "PUT /exporters/e", "DELETE /exporters/e", "GET /exporters/e/status",
				"GET /exporters/e/config", "PUT /exporters/e/pause", "PUT /exporters/e/resume", "PUT /exporters/e/reset",
			} {
				if p.source.count(request) == 0 {
					t.Errorf("nothing sends %s", request)
				}
			}
			// To some servers what is sent there as others want it means an empty config.
			for request, want := range map[string]int{"PUT /exporters/e/config": 0, "PUT /exporters": c.puts, "POST /exporters": 1} {
				if n := p.source.count(request); n != want {
					t.Errorf("%s was handled %d times, want %d", request, n, want)
				}
			}
		})
	}
}

// A source without exporters is a refusal before any write, whatever the runbook would write first.
func TestWithoutExportersNothingIsWritten(t *testing.T) {
	o := sandbox.Options{Profile: sandbox.ProfileCommunity}
	for example, told := range map[string]int{"quickstart.yaml": 2, "guide/quickstart.yaml": 1} { // as a finding, and as what the run ends with
		p := newPlace(t, example, "", sandbox.PairOptions{Source: o, Target: o, Seed: sandbox.Seed{Subjects: 5}})
		out := p.call(3, "run")
		if n := strings.Count(out, "the exporter extension is not loaded"); n != told || len(p.writes()) > 0 {
			t.Errorf("%s: said %d times; writes %v\n%s", example, n, p.writes(), out)
		}
	}
}
