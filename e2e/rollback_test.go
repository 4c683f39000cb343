package e2e

import (
	"fmt"
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
			since                    string
		}{
			{"start", "source", "POST", "/exporters", 0, ""},
			{"first-copy", "source", "GET", "/exporters/quickstart/status", 2, ""},
			{"freeze", "source", "PUT", "/mode", 0, ""},
			{"freeze", "source", "PUT", "/mode", 1, ""},
			{"last-copy", "source", "GET", "/exporters/quickstart/status", 1, "PUT /mode"},
			{"pause", "source", "PUT", "/exporters/quickstart/pause", 0, ""},
			{"open-target", "target", restores(before.name), "/mode", 0, ""},
			{"prove", "target", "GET", "/subjects", 1, restores(before.name) + " /mode"},
			{"delete", "source", "DELETE", "/exporters/quickstart", 0, ""},
			{"planted", "", "", "", 0, ""},
		} {
			t.Run(fmt.Sprintf("%s/%s %s %d", before.name, c.step, c.method, c.skip), func(t *testing.T) {
				t.Parallel()
				p := newPlace(t, "quickstart.yaml", planted, sandbox.PairOptions{Seed: sandbox.Seed{Subjects: 25}})
				if before.side != "" {
					put(t, p.side(before.side).URL+before.path, before.body)
					p.side(before.side).forget() // it was not the program's
				}
				source, target := p.source.Snapshot(), p.target.Snapshot()
				if c.side != "" {
					p.side(c.side).plant(&fault{method: c.method, path: c.path, skip: c.skip, since: c.since, left: 1, status: http.StatusForbidden})
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

// restores is the verb with which the program puts a mode of the target back first.
func restores(before string) string {
	if before == "target READONLY" {
		return http.MethodPut
	}
	return http.MethodDelete
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
