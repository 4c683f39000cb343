package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// Whichever step of the guide's order fails, both registries are as they were before.
func TestGuideIsRolledBackFromEveryStep(t *testing.T) {
	for _, c := range []struct {
		step, side, method, path, since string
		skip                            int
	}{
		{"import", "target", "PUT", "/mode", "", 0},
		{"start", "source", "PUT", "/exporters", "", 0},
		{"first-copy", "source", "GET", "/exporters/quickstart/status", "", 2},
		{"freeze", "source", "PUT", "/mode", "", 0},
		{"last-copy", "source", "GET", "/exporters/quickstart/status", "PUT /mode", 1},
		{"pause", "source", "PUT", "/exporters/quickstart/pause", "", 0},
		{"open-target", "target", "DELETE", "/mode", "", 0},
		{"prove", "source", "GET", "/schemas", "PUT /exporters/quickstart/pause", 0},
		{"delete", "source", "DELETE", "/exporters/quickstart", "", 0},
		{"planted", "", "", "", "", 0},
	} {
		for _, mode := range []string{"", "READONLY"} {
			t.Run(fmt.Sprintf("%s, target %s", c.step, mode), func(t *testing.T) {
				t.Parallel()
				p := newPlace(t, "guide/quickstart.yaml", planted, guided(small))
				if mode != "" {
					put(t, p.target.URL+"/mode", `{"mode":"`+mode+`"}`)
					p.target.forget() // it was not the program's
				}
				source, target := p.source.Snapshot(), p.target.Snapshot()
				method, skip := c.method, c.skip
				if mode != "" && c.step == "open-target" {
					method, skip = "PUT", 1 // the first one is that of import
				}
				if c.side != "" {
					p.side(c.side).plant(&fault{method: method, path: c.path, since: c.since, skip: skip, left: 1, status: http.StatusForbidden})
				}
				out := p.call(4, "run")
				if !strings.Contains(out, "failed    "+c.step+":") {
					t.Errorf("step %s did not fail:\n%s", c.step, out)
				}
				if d := rolledBack(source, p.source.Snapshot()) + rolledBack(target, p.target.Snapshot()); d != "" {
					t.Errorf("%s\n%s", d, out)
				}
			})
		}
	}
}
