package runbook_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/srmigrate/srmigrate/runbook"
)

const staged = `apiVersion: srmigrate.dev/v1
kind: Runbook
metadata: {name: staged}
spec:
  vars: {quiet: 5m, exporter: moving}
  registries:
    source:
      urls: ["https://one.example", "https://two.example"]
      auth: {basic: {username: {env: NOT_SET}, password: {file: not-there}}}
      tls: {ca: not-there.pem}
      headers: {X-Key: {env: NOT_SET}}
      rateLimit: 1
    target:
      url: https://three.example
      dialect: guide
      asDestination: {url: "https://four.example", config: {schema.registry.ssl.key.password: {env: NOT_SET}}}
  notifications: {channels: {ops: {slack: {url: {env: NOT_SET}}}}}
  steps:
    - {id: start, createExporter: {exporter: "${{ vars.exporter }}", contextType: NONE, subjects: ["*"], config: {a.password: {env: NOT_SET}}}}
    - {id: copied, waitFor: {exporter: moving, compare: {}, until: 'caughtUp("${{ vars.quiet }}") && diff.identical'}}
    - {id: late, waitFor: {exporter: moving, every: 50ms, until: 'caughtUp("500ms")'}}
    - {id: prove, compare: {report: out/all.jsonl}, rollback: [{updateExporter: {exporter: moving, config: {schema.registry.url: {env: NOT_SET}, a.password: {env: NOT_SET}}}}]}
    - {id: end, delete: {exporter: moving}}
`

// Nothing of what leads to the real registries is left, nor looked up, and what is shortened is told.
func TestAStagedRunbookLeadsNowhereElse(t *testing.T) {
	stage := &runbook.Stage{URLs: map[string]string{"source": "http://127.0.0.1:1", "target": "http://127.0.0.1:2"}, Dir: "dir", Longest: time.Second}
	nothing := func(string) (string, bool) { return "", false }
	rb, problems := runbook.Load("staged.yaml", []byte(staged), runbook.Options{Getenv: nothing, Stage: stage})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	for _, r := range rb.Registries {
		c := r.Config()
		if c.URL != stage.URLs[r.Name] || len(c.Others) > 0 || c.Username != "" || c.TLS.CA != "" || len(c.Headers) > 0 || c.RateLimit != 0 {
			t.Errorf("%s: %+v", r.Name, c)
		}
		if len(r.Export) != 1 || r.Export["schema.registry.url"].Reveal() != c.URL {
			t.Errorf("an exporter is sent to %v", r.Export)
		}
	}
	if rb.Registries[1].Dialect != runbook.Guide {
		t.Errorf("dialect %q", rb.Registries[1].Dialect)
	}
	want := []runbook.Shortened{
		{Step: "copied", Field: "every", Written: "10s", Instead: "250ms", Defaults: true},
		{Step: "copied", Field: "until", Written: `caughtUp("5m") && diff.identical`, Instead: `caughtUp("1s") && diff.identical`},
	}
	if diff := cmp.Diff(want, stage.Shortened); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	stage.Longest, stage.Shortened = 0, nil
	if _, problems = runbook.Load("staged.yaml", []byte(staged), runbook.Options{Getenv: nothing, Stage: stage}); len(problems) > 0 || stage.Shortened != nil {
		t.Errorf("with the times of the runbook: %v, %v", problems, stage.Shortened)
	}
}

// What is wrong with a runbook is told with the same places as ever.
func TestAStagedRunbookHasItsProblemsWhereTheyAre(t *testing.T) {
	src := strings.Replace(staged, "delete: {exporter: moving}", "delete: {exportr: moving}", 1)
	src = strings.Replace(src, "dialect: guide", "dialect: other", 1)
	_, problems := runbook.Load("staged.yaml", []byte(src), runbook.Options{Stage: &runbook.Stage{}})
	var got []int
	for _, p := range problems {
		got = append(got, p.Line)
	}
	if diff := cmp.Diff([]int{15, 23}, got); diff != "" {
		t.Errorf("%v\n%s", problems, diff)
	}
}
