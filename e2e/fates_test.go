package e2e

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/srmigrate/srmigrate/steps"
)

// fate is what may become of a request that changes something.
type fate struct {
	name string
	kill bool                     // the process dies while the request is there
	make func(request, int) fault // the fault, of the n-th such request
	exit int
}

// fates are all that a step has to bear, for each of its requests.
func fates() []fate {
	of := func(status int, after bool) func(request, int) fault {
		return func(r request, n int) fault {
			return fault{method: r.method, path: r.path, exact: !r.named, skip: n, left: 1, status: status, after: after}
		}
	}
	return []fate{
		{"killed before it was handled", true, of(0, false), 0},
		{"killed after it was handled", true, of(0, true), 0},
		{"handled, and the answer lost", false, of(0, false), 0},
		{"handled, and answered 504", false, of(http.StatusGatewayTimeout, true), 0},
		{"refused", false, of(http.StatusForbidden, false), 4},
	}
}

// doer is a runbook that shows one step type at work, and the requests that are its own.
type doer struct {
	typ   string
	steps string
	own   []string // "METHOD path", the path a prefix
}

const (
	made = `
    - id: start
      createExporter: {exporter: example, contextType: NONE, subjects: [":*:"]}` + full
	full = `
    - {id: copied, waitFor: {exporter: example, compare: {}, until: diff.identical, every: 20ms}, timeout: 1m}`
	again = `
    - {id: copied-again, waitFor: {exporter: example, until: 'caughtUp("100ms")', every: 20ms}, timeout: 1m}`
	ended = made + `
    - {id: end, delete: {exporter: example}}`
	opened = `
    - {id: settings, restoreCompatibility: {registry: target}}
    - {id: open, restoreMode: {registry: target}}`
	frozen = `
    - {id: freeze, setMode: {registry: source, mode: READONLY, recursive: true}}`
)

func doers() []doer {
	return []doer{
		{"preflight", `
    - {id: check, preflight: {canary: true}, allow: [{code: SRM066, because: it shows one step}]}`, []string{
			"POST /exporters", "PUT /exporters/", "DELETE /exporters/", "DELETE /subjects/", "DELETE /contexts/",
		}},
		{"setMode", frozen, []string{"PUT /mode"}},
		{"restoreMode", frozen + `
    - {id: thaw, restoreMode: {registry: source, step: freeze}}`, []string{"DELETE /mode"}},
		{"createExporter", made, []string{"POST /exporters"}},
		{"updateExporter", made + `
    - {id: narrow, updateExporter: {exporter: example, subjects: [":.payments:*"], reset: true}}` + again, []string{"PUT /exporters/example"}},
		{"pause", made + `
    - {id: pause, pause: {exporter: example}}`, []string{"PUT /exporters/example/pause"}},
		{"resume", made + `
    - {id: pause, pause: {exporter: example}}
    - {id: go-on, resume: {exporter: example}}` + again, []string{"PUT /exporters/example/resume"}},
		{"reset", made + `
    - {id: reset, reset: {exporter: example}}` + again, []string{"PUT /exporters/example"}},
		{"delete", ended + opened, []string{"PUT /exporters/example/pause", "DELETE /exporters/example"}},
		{"deleteSubjects", ended + `
    - {id: gone, deleteSubjects: {registry: target, subjects: ["*"], permanent: true, atMost: 100}}` + opened, []string{"DELETE /subjects"}},
		{"setCompatibility", `
    - {id: level, setCompatibility: {registry: target, level: FULL}}
    - {id: own, setCompatibility: {registry: source, context: .payments, level: NONE}}
    - {id: inherit, setCompatibility: {registry: source, context: .payments, inherit: true}}`, []string{"PUT /config", "DELETE /config"}},
		{"restoreCompatibility", ended + opened, []string{"DELETE /config"}},
		{"copy", `
    - {id: copy, copy: {compatibility: true}}`, []string{"PUT /mode", "POST /subjects", "DELETE /subjects", "PUT /config", "DELETE /mode"}},
		{"deleteCopies", ended + `
    - {id: clean, deleteCopies: {registry: target, step: start}}` + opened, []string{"DELETE /subjects"}},
	}
}

const doing = `apiVersion: srmigrate.dev/v1
kind: Runbook
metadata: {name: doing}
spec:
  vars: {steady: x, every: x, source: {env: SOURCE_URL, default: "http://x"}, target: {env: TARGET_URL, default: "http://x"}}
  registries: {source: {url: "${{ vars.source }}"}, target: {url: "${{ vars.target }}"}}
  defaults: {retry: {attempts: 3, backoff: 20ms}}
  steps:`

// Whatever becomes of a request of any step that changes something, the run comes to the end of an undisturbed one; a
// definite refusal is rolled back.
func TestEveryStepBearsEveryFateOfItsRequests(t *testing.T) {
	for _, d := range doers() {
		t.Run(d.typ, func(t *testing.T) {
			t.Parallel()
			quiet := d.place(t)
			quiet.call(0, "run")
			requests := d.requests(quiet)
			if len(requests) == 0 {
				t.Fatalf("no request of its own among %v", quiet.writes())
			}
			for _, r := range requests {
				for _, f := range fates() {
					t.Run(fmt.Sprint(r, " ", f.name), func(t *testing.T) {
						d.meets(t, quiet, r, f)
					})
				}
			}
		})
	}
}

func (d doer) place(t *testing.T) *place {
	p := newPlace(t, "quickstart.yaml", "", small)
	p.write(doing + d.steps + "\n")
	return p
}

// requests are the first and the last of each kind that are the step's own.
func (d doer) requests(p *place) []request {
	var list []request
	for _, own := range d.own {
		var kind []request
		for _, r := range p.writes() {
			if strings.HasPrefix(r.method+" "+r.path, own) {
				kind = append(kind, r)
			}
		}
		if own == "PUT /exporters/example" {
			list = append(list, kind...) // each is another verb
		} else if len(kind) > 0 {
			list = append(list, kind[0])
			if len(kind) > 1 {
				list = append(list, kind[len(kind)-1])
			}
		}
	}
	return list
}

// meets runs the doer while one of its requests meets its fate.
func (d doer) meets(t *testing.T, quiet *place, r request, f fate) {
	p := d.place(t)
	source, target := p.source.Snapshot(), p.target.Snapshot()
	fault := f.make(r, r.n)
	if f.kill {
		fault.hold, fault.reached = make(chan struct{}), make(chan struct{})
	}
	p.side(r.side).plant(&fault)
	if f.kill {
		p.killed(&fault, "run")
	}
	out := p.call(f.exit, "run")
	if f.exit == 4 {
		if diff := rolledBack(source, p.source.Snapshot()) + rolledBack(target, p.target.Snapshot()); diff != "" {
			t.Errorf("not as before: %s\n%s", diff, out)
		}
		return
	}
	if fault.left > 0 {
		t.Errorf("the fault befell nothing:\n%s", out)
	}
	same(t, "source", quiet.source.Snapshot(), p.source.Snapshot(), out)
	same(t, "target", quiet.target.Snapshot(), p.target.Snapshot(), out)
	if strings.Contains(d.steps, made) {
		once(t, p, "POST /exporters")
	}
}

// A new step type that changes something has to bear it as well: what it records, it may have to undo.
func TestEveryStepThatChangesSomethingIsTried(t *testing.T) {
	known := []string{"approve", "assert", "compare", "notify", "waitFor"} // they change nothing
	for _, d := range doers() {
		known = append(known, d.typ)
	}
	slices.Sort(known)
	if diff := cmp.Diff(known, steps.Types()); diff != "" {
		t.Errorf("-known +there:\n%s", diff)
	}
}
