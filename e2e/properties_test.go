package e2e

import (
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// propertyRunbook copies with an exporter, and fails at once when that has an error.
const propertyRunbook = `apiVersion: srmigrate.dev/v1
kind: Runbook
metadata: {name: property}
spec:
  registries:
    source: {url: SOURCE, ACCESS}
    target: {url: TARGET, ACCESS, asDestination: {config: {STORES}}}
  onFailure: stop
  steps:
    - id: start
      createExporter: {exporter: x, contextType: NONE, subjects: [":*:"], config: {CONFIG}}
    - id: copied
      waitFor: {exporter: x, compare: {}, until: 'caughtUp("50ms") && diff.identical', failIf: 'status.trace != ""', every: 20ms}
      timeout: 1m
    - id: prove
      compare: {}
`

// goThrough is a place with that runbook, for one way in and one more key.
func goThrough(t *testing.T, dir, by, config string) *entry {
	t.Helper()
	way, there := ways()[by]
	if !there {
		t.Fatalf("no way %q", by)
	}
	e := enterWith(t, strings.Replace(propertyRunbook, "CONFIG", config, 1), dir, "server", way.login, way.secure)
	e.env = append(e.env, "A_WRONG="+canary+"x", "A_WRONG_USER=me:"+canary+"x")
	return e
}

// put puts in what is known only now.
func (e *entry) put(text, dir string) string {
	return strings.NewReplacer("TARGET", e.pair.TargetURL, "TOKENS", e.pair.TokenURL, "DIR", dir).Replace(text)
}

// Every way in makes the source server's exporter have each property of that way with its value, and no others. It copies
// with them, and only those that no server reads are warned of.
func TestEveryPropertyReachesTheExporter(t *testing.T) {
	dir := accessFiles(t)
	for by := range ways() {
		t.Run(by, func(t *testing.T) {
			t.Parallel()
			e := goThrough(t, dir, by, "")
			want, warned := map[string]string{"schema.registry.url": e.pair.TargetURL}, 0
			for _, p := range properties() {
				if p.way != by {
					continue
				}
				want[p.name] = e.put(p.value, dir)
				if p.wrong == "" {
					warned++
				}
			}
			for _, verb := range []string{"validate", "plan"} {
				_, out, errs := e.srmigrate(verb, "runbook.yaml")
				if n := len(regexp.MustCompile(`SRM02[456]`).FindAllString(out+errs, -1)); n != warned {
					t.Errorf("%s: %d warnings, want %d\n%s%s", verb, n, warned, out, errs)
				}
			}
			code, out, errs := e.srmigrate("run", "runbook.yaml")
			if code != 0 || !strings.Contains(out, "proof     identical: 5 of 5") {
				t.Fatalf("exit %d\n%s%s", code, out, errs)
			}
			if d := cmp.Diff(want, e.pair.Source.ExporterConfig("x")); d != "" {
				t.Errorf("-want +got: %s", d)
			}
		})
	}
}

// A value that is wrong keeps the exporter from copying, so it is the one that is used; written in the step, it goes over
// what follows from the registry. A run says what the exporter says, and shows no secret.
func TestEveryPropertyIsUsed(t *testing.T) {
	dir := accessFiles(t)
	for _, p := range properties() {
		t.Run(p.name+", "+p.way, func(t *testing.T) {
			t.Parallel()
			if p.wrong == "" {
				unread(t, dir, p.name)
				return
			}
			e := goThrough(t, dir, p.way, fmt.Sprintf("%s: %s", p.name, strings.ReplaceAll(p.wrong, "DIR", dir)))
			code, out, errs := e.srmigrate("run", "runbook.yaml")
			if code != 1 || !strings.Contains(out, "failed    copied: ") || !strings.Contains(out, e.put(p.trace, dir)) {
				t.Errorf("exit %d, want 1 and %q\n%s%s", code, p.trace, out, errs)
			}
			if n := len(e.pair.Target.Snapshot().Versions); n > 0 {
				t.Errorf("%d versions were copied", n)
			}
		})
	}
}

// unread demands that a key goes through to the server as it is written, with a warning that says why it does nothing.
func unread(t *testing.T, dir, name string) {
	t.Helper()
	e := goThrough(t, dir, "nothing", name+": '77'")
	for _, verb := range []string{"validate", "plan", "run"} {
		code, out, errs := e.srmigrate(verb, "runbook.yaml")
		if all := out + errs; code != 0 || !strings.Contains(all, "SRM024: ") || !strings.Contains(all, fmt.Sprintf("no server is known to read %q", name)) {
			t.Errorf("%s: exit %d\n%s", verb, code, all)
		}
	}
	if got := e.pair.Source.ExporterConfig("x")[name]; got != "77" {
		t.Errorf("the exporter has %q", got)
	}
}

// The page has a row for each property, and none for anything else; the inventory of the guide has those of the guide.
func TestThePageHasEveryProperty(t *testing.T) {
	page, err := os.ReadFile("../docs/guide/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	all, guide := map[string]bool{}, map[string]bool{}
	for _, p := range properties() {
		all[p.name] = true
		if p.guide {
			guide[p.name] = true
		}
	}
	rows := map[string]bool{}
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z.]+)` \\|").FindAllStringSubmatch(string(page), -1) {
		if rows[m[1]] {
			t.Errorf("%s has two rows", m[1])
		}
		rows[m[1]] = true
	}
	if d := cmp.Diff(slices.Sorted(maps.Keys(all)), slices.Sorted(maps.Keys(rows))); d != "" {
		t.Errorf("-properties +rows of the page: %s", d)
	}
	listed := map[string]bool{}
	for _, d := range inventory(t) {
		if strings.HasPrefix(d.At, "configuration.md#") {
			for _, name := range d.Properties {
				listed[name] = true
			}
		}
	}
	if d := cmp.Diff(slices.Sorted(maps.Keys(guide)), slices.Sorted(maps.Keys(listed))); d != "" {
		t.Errorf("-properties of the guide +inventory: %s", d)
	}
}
