package e2e

import (
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/srmigrate/srmigrate/internal/sandbox"
	"github.com/srmigrate/srmigrate/runbook"
	"github.com/srmigrate/srmigrate/steps"
)

// everyStep has a step of each type.
const everyStep = `apiVersion: srmigrate.dev/v1
kind: Runbook
metadata: {name: every-step}
spec:
  vars:
    source: {env: SOURCE_URL, default: "http://localhost"}
    target: {env: TARGET_URL, default: "http://localhost"}
  registries:
    source: {url: "${{ vars.source }}"}
    target: {url: "${{ vars.target }}"}
  notifications: {channels: {ops: {slack: {url: "http://127.0.0.1:1"}}}}
  steps:
    - {id: look, assert: {that: subjects("source") > 0}}
    - {id: check, preflight: {canary: true}}
    - {id: import, setMode: {registry: target, mode: IMPORT}}
    - {id: start, createExporter: {exporter: mv, contextType: AUTO, subjects: ["orders-*", ":.payments:*"], ifExists: update}}
    - {id: copied, waitFor: {exporter: mv, compare: {}}}
    - {id: update, updateExporter: {exporter: mv, subjects: [":.legacy:*"], reset: true}}
    - {id: pause, pause: {exporter: mv}}
    - {id: resume, resume: {exporter: mv}}
    - {id: reset, reset: {exporter: mv}}
    - {id: prove, compare: {exporter: mv, report: differences.jsonl, idMap: ids.csv}}
    - {id: go, approve: {message: Go on.}, timeout: 1h}
    - {id: tell, notify: {channel: ops, message: Done.}}
    - {id: end, delete: {exporter: mv}}
    - {id: clean, deleteCopies: {registry: target, step: start}}
    - {id: rest, copy: {subjects: ["orders-*"], compatibility: true}}
    - {id: gone, deleteSubjects: {registry: target, subjects: ["nothing-*"], atMost: 1}}
    - {id: level, setCompatibility: {registry: target, level: FULL}}
    - {id: settings, restoreCompatibility: {registry: target}}
    - {id: open, restoreMode: {registry: target}}
    - {id: freeze, setMode: {registry: source, inherit: true, recursive: true}}
`

func TestAPlanOnlyReads(t *testing.T) {
	for _, typ := range steps.Types() {
		if !strings.Contains(everyStep, " "+typ+": ") {
			t.Errorf("no step of type %s", typ)
		}
	}
	for _, profile := range []string{"confluent", "guide", "community", "lax"} {
		for _, there := range []bool{false, true} {
			if there && profile == "community" {
				continue // it has no exporters
			}
			t.Run(fmt.Sprintf("%s, exporter %t", profile, there), func(t *testing.T) {
				onlyReads(t, profile, there)
			})
		}
	}
}

// onlyReads plans on servers of a profile, where the exporter is there already or not.
func onlyReads(t *testing.T, profile string, there bool) {
	p := &place{t: t, dir: t.TempDir()}
	p.source, p.target = pair(t, sandbox.PairOptions{
		Source: sandbox.Options{Profile: profile}, Target: sandbox.Options{Profile: profile}, Seed: sandbox.Seed{Subjects: 25}, TargetSubjects: 5,
	})
	p.write(everyStep)
	if there {
		p.makesExporter(profile)
	}
	source, target := p.source.Snapshot(), p.target.Snapshot()
	cmd, out := p.bare("plan", "-o", "json")
	code := exit(cmd.Run())
	if want := map[bool][]int{true: {3, 11}, false: {0, 3}}[profile == "community"]; !slices.Contains(want, code) {
		t.Errorf("exit %d, want one of %v\n%s", code, want, out)
	}
	for name, s := range map[string]*side{"source": p.source, "target": p.target} {
		if len(s.handled()) == 0 {
			t.Errorf("the plan has not looked at %s:\n%s", name, out)
		}
		for _, request := range s.handled() {
			if !strings.HasPrefix(request, "GET ") && !strings.HasPrefix(request, "HEAD ") {
				t.Errorf("the plan sent %s to %s", request, name)
			}
		}
	}
	if d := cmp.Diff(source, p.source.Snapshot()) + cmp.Diff(target, p.target.Snapshot()); d != "" {
		t.Errorf("the plan has changed something: %s", d)
	}
	if files, err := os.ReadDir(p.dir); err != nil || len(files) != 1 {
		t.Errorf("the plan has written files: %v %v", files, err)
	}
}

// makesExporter puts an exporter on the source that copies nothing and stands.
func (p *place) makesExporter(profile string) {
	p.t.Helper()
	method := map[bool]string{true: http.MethodPut, false: http.MethodPost}[profile == sandbox.ProfileGuide]
	body := `{"name":"mv","contextType":"AUTO","subjects":["nothing"],"config":{"schema.registry.url":"` + p.target.URL + `"}}`
	for _, r := range [][3]string{{method, "/exporters", body}, {http.MethodPut, "/exporters/mv/pause", ""}} {
		q, err := http.NewRequest(r[0], p.source.URL+r[1], strings.NewReader(r[2]))
		if err != nil {
			p.t.Fatal(err)
		}
		q.Header.Set("Content-Type", "application/json")
		resp, err := http.DefaultClient.Do(q)
		if err != nil {
			p.t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			p.t.Fatalf("%s %s: %s", r[0], r[1], resp.Status)
		}
	}
	p.source.forget()
}

// A long plan of large registries asks no more than these have places to ask for: what was asked once is not asked again,
// so that a hundred steps send what five send.
func TestALongPlanAsksEachQuestionOnce(t *testing.T) {
	const subjects, rounds, pages = 5000, 20, 200 // of listings, status and the like
	p := &place{t: t, dir: t.TempDir()}
	p.source, p.target = pair(t, sandbox.PairOptions{Seed: sandbox.Seed{Subjects: subjects}, TargetSubjects: subjects})
	p.write(longRunbook(rounds))
	cmd, out := p.bare("plan", "-o", "json")
	if code := exit(cmd.Run()); code != 0 && code != 3 {
		t.Fatalf("exit %d\n%s", code, out.String()[:min(out.Len(), 2000)])
	}
	source, target := len(p.source.handled()), len(p.target.handled())
	t.Logf("%d requests to the source, %d to the target", source, target)
	if source > 2*subjects+pages {
		t.Errorf("%d requests to the source, of %d subjects", source, subjects)
	}
	if target > 2*subjects+pages {
		t.Errorf("%d requests to the target, of %d subjects", target, subjects)
	}
}

// longRunbook has five steps a round, most of which look at everything.
func longRunbook(rounds int) string {
	head, _, _ := strings.Cut(everyStep, "    - ")
	var b strings.Builder
	b.WriteString(head)
	for i := range rounds {
		mode := []string{"READONLY", "READWRITE"}[i%2]
		fmt.Fprintf(&b, "    - {id: mode-%d, setMode: {registry: source, mode: %s, recursive: true}}\n", i, mode)
		fmt.Fprintf(&b, "    - {id: start-%d, createExporter: {exporter: mv-%d, contextType: NONE, subjects: [\":*:\"], ifExists: update}}\n", i, i)
		fmt.Fprintf(&b, "    - {id: copied-%d, waitFor: {exporter: mv-%d, compare: {}}}\n", i, i)
		fmt.Fprintf(&b, "    - {id: prove-%d, compare: {exporter: mv-%d}}\n", i, i)
		fmt.Fprintf(&b, "    - {id: open-%d, restoreMode: {registry: target}}\n", i)
	}
	return b.String()
}

func TestTheLongRunbookIsOne(t *testing.T) {
	rb, problems := runbook.Load("long.yaml", []byte(longRunbook(20)), runbook.Options{Lax: true})
	if len(problems) > 0 || len(rb.Steps) != 100 {
		t.Errorf("%d steps, %v", len(rb.Steps), problems)
	}
}
