package e2e

import (
	"net/http"
	"strings"
	"testing"

	"github.com/srmigrate/srmigrate/internal/sandbox"
)

// Whichever step fails, both registries are as they were before, whatever they were.
func TestRolledBackFromEveryStep(t *testing.T) {
	for _, before := range []struct{ name, side, path, body string }{
		{"plain", "", "", ""},
		{"target READONLY", "target", "/mode", `{"mode":"READONLY"}`},
		{"a mode on a subject of the source", "source", "/mode/customers-value", `{"mode":"READONLY"}`},
		{"a mode on a context of the source", "source", "/mode/:.payments:", `{"mode":"READWRITE"}`},
	} {
		for _, c := range []struct {
			step, side, method, path string
			skip                     int
		}{
			{"start", "source", "POST", "/exporters", 0},
			{"first-copy", "source", "GET", "/exporters/quickstart/status", 2},
			{"freeze", "source", "PUT", "/mode", 0},
			{"freeze", "source", "PUT", "/mode", 1},
			{"pause", "source", "PUT", "/exporters/quickstart/pause", 0},
			{"delete", "source", "DELETE", "/exporters/quickstart", 0},
			{"planted", "", "", "", 0},
		} {
			t.Run(before.name+"/"+c.step, func(t *testing.T) {
				t.Parallel()
				p := newPlace(t, "quickstart.yaml", planted, sandbox.PairOptions{Seed: sandbox.Seed{Subjects: 25}})
				if before.side != "" {
					put(t, p.side(before.side).URL+before.path, before.body)
				}
				source, target := p.source.Snapshot(), p.target.Snapshot()
				if c.side != "" {
					p.side(c.side).plant(&fault{method: c.method, path: c.path, skip: c.skip, left: 1, status: http.StatusForbidden})
				}
				out := p.call(4, "run")
				if !strings.Contains(out, "failed    "+c.step+":") {
					t.Errorf("step %s did not fail:\n%s", c.step, out)
				}
				if d := rolledBack(source, p.source.Snapshot()); d != "" {
					t.Errorf("source: %s\n%s", d, out)
				}
				if d := rolledBack(target, p.target.Snapshot()); d != "" {
					t.Errorf("target: %s\n%s", d, out)
				}
				if len(p.target.Snapshot().Versions) > 0 && !strings.Contains(out, "kept      start:") {
					t.Errorf("copies stay, and nothing says so:\n%s", out)
				}
			})
		}
	}
}

func put(t *testing.T, url, body string) {
	t.Helper()
	req, err := http.NewRequest(http.MethodPut, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("PUT %s: %s", url, resp.Status)
	}
}
