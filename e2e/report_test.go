package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v5"
	"github.com/srmigrate/srmigrate/internal/report"
	"github.com/srmigrate/srmigrate/internal/sandbox"
	"github.com/srmigrate/srmigrate/schemas"
)

// reported demands reports of a run, and that the evidence is what its schema says and nobody has touched it.
func reported(t *testing.T, dir string) *report.Evidence {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(dir, "report.json"))
	if err != nil {
		t.Fatal(err)
	}
	schema, err := jsonschema.CompileString("report.json", string(schemas.Report()))
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(v); err != nil {
		t.Errorf("%s: %#v", dir, err)
	}
	e, err := report.ReadEvidence(raw)
	if err != nil {
		t.Fatal(err)
	}
	verified, err := report.Verify(raw, e.Head, e.Tool)
	if err != nil || len(verified.Problems) > 0 {
		t.Errorf("%s: %v, %v; want it as it was made", dir, verified, err)
	}
	return e
}

// verified demands a report of a run that was killed that often: its history is one chain, and tells of each call.
func (p *place) verified(t *testing.T, hits int, story string) {
	t.Helper()
	cmd, out := p.bare("report", "--out", "report.json")
	if err := cmd.Run(); err != nil {
		t.Errorf("report: %v\n%s\n%s", err, out, story)
		return
	}
	e := reported(t, p.dir)
	killed := 0
	for _, c := range e.Run.Calls {
		if c.ExitCode == nil {
			killed++
		}
	}
	if last := e.Run.Calls[len(e.Run.Calls)-1]; last.ExitCode == nil || killed > hits {
		t.Errorf("of %d calls %d were killed as the report tells, the last ended with %v; %d were\n%s", len(e.Run.Calls), killed, last.Reason, hits, story)
	}
}

// A call that finds the state locked leaves the history to the one that holds it.
func TestALockedCallWritesNoHistory(t *testing.T) {
	p := newPlace(t, "quickstart.yaml", "", sandbox.PairOptions{Source: sandbox.Options{Pace: 2 * time.Millisecond}})
	held := &fault{method: "PUT", path: "/mode", left: 1, hold: make(chan struct{}), reached: make(chan struct{}, 1)}
	p.source.plant(held)
	cmd, out := p.command("run", "--report", "reports")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	<-held.reached
	p.call(8, "run", "--report", "others")
	p.call(0, "report", "--out", "meanwhile.html")
	p.source.release()
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if e := reported(t, filepath.Join(p.dir, "reports")); len(e.Run.Calls) != 1 {
		t.Errorf("the history has %d calls, want the one that held the lock", len(e.Run.Calls))
	}
	if _, err := os.Stat(filepath.Join(p.dir, "others", "report.json")); err == nil {
		t.Error("the call that was locked out has written reports")
	}
	raw, err := os.ReadFile(filepath.Join(p.dir, "meanwhile.html"))
	if err != nil || !strings.Contains(string(raw), "A process works on it") {
		t.Errorf("%v: a report that is made meanwhile does not say that a process works on the run", err)
	}
}
