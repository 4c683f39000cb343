package report

import (
	"strings"
	"testing"

	"github.com/srmigrate/srmigrate/internal/engine"
	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/registry"
	"github.com/srmigrate/srmigrate/internal/state"
)

// told is a short run as its report tells it.
func told(t *testing.T) (report, head string) {
	t.Helper()
	var c chain
	r := c.recorder(plain)
	r.Sink(event.RunStarted{Runbook: "x", RunID: "r1", State: "x.state.json", Steps: 1})
	r.Plan(planOf(engine.PlannedStep{ID: "freeze", Type: "setMode", Text: "set mode READONLY", Standing: "todo"}))
	r.Sink(event.StepStarted{ID: "freeze", Type: "setMode", Text: "set mode READONLY"})
	r.Exchange(registry.Exchange{Registry: "source", Method: "PUT", Path: "/mode", Status: 200, Sent: []byte(`{"mode":"READONLY"}`)})
	r.Sink(event.StepDone{ID: "freeze", Text: "mode READWRITE -> READONLY"})
	r.Sink(event.RunEnded{Runbook: "x", RunID: "r1", Result: "succeeded", Reason: "1 step"})
	q := &state.Question{ID: "q1", Message: "Go on?", Digest: "sha256:d"}
	run := &state.Run{
		ID: "r1", Status: state.Succeeded, Registries: map[string]state.Identity{"source": {URL: "http://s", ID: "s"}},
		Steps: []*state.Step{{
			ID: "freeze", Type: "setMode", Status: state.StepSucceeded, Asked: q,
			Answer: &state.Answer{Step: "freeze", Question: "q1", Digest: "sha256:d", By: "jane", Decision: state.Approved},
		}},
	}
	if err := r.Seal(run); err != nil {
		t.Fatal(err)
	}
	e := NewEvidence(c.lines, "r1", "v1")
	raw, err := Render(e, "json")
	if err != nil {
		t.Fatal(err)
	}
	return string(raw), e.Head
}

func TestAReportThatWasNotTouchedIsVerified(t *testing.T) {
	report, head := told(t)
	for name, text := range map[string]string{"as it was made": report, "without white space": compacted(t, report)} {
		v, err := Verify([]byte(text), head, "v1")
		if err != nil || len(v.Problems) > 0 || v.Run != "r1" || v.Lines < 8 {
			t.Errorf("%s: got %+v, %v; want no problem", name, v, err)
		}
	}
}

func compacted(t *testing.T, text string) string {
	t.Helper()
	line, err := state.Chained(1, "", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return "{" + strings.SplitN(string(line.Raw), `"prev":"",`, 2)[1]
}

// Whatever is altered is found, and named.
func TestVerifyNamesWhatWasAltered(t *testing.T) {
	report, _ := told(t)
	for _, c := range []struct{ name, old, new, want string }{
		{"an event", `"text": "mode READWRITE -> READONLY",` + "\n      \"took\"", `"text": "nothing",` + "\n      \"took\"", "step done of freeze"},
		{"a request", `"path": "/mode"`, `"path": "/mode/a"`, "request of freeze PUT /mode/a"},
		{"an approval in the state", `"decision": "approved",` + "\n              ", `"decision": "rejected",` + "\n              ", "(state at "},
		{"an approval that people read", `"by": "jane"`, `"by": "joe"`, "approvals[freeze].by is not what its journal says"},
		{"the plan", `"standing": "todo"`, `"standing": "done"`, "(plan at "},
		{"the runbook", `"source": "a: 1\n"`, `"source": "a: 2\n"`, "(runbook at "},
		{"the digest of the plan", `"says": "ready`, `"says": "not ready`, "plan.says is not what"},
		{"a step that people read", `"says": "mode READWRITE -> READONLY"`, `"says": "all is well"`, "steps[freeze].says is not what its journal says"},
		{"the verdict", `"headline": "Succeeded"`, `"headline": "Succeeded, and proven identical"`, "verdict.headline is not what"},
		{"the seal", `"head": "sha256:`, `"head": "sha256:0`, "the last, is not what the report is sealed by"},
	} {
		altered := strings.Replace(report, c.old, c.new, 1)
		if altered == report {
			t.Errorf("%s: %q is not in the report:\n%s", c.name, c.old, report)
			continue
		}
		v, err := Verify([]byte(altered), "", "v1")
		if err != nil || !strings.Contains(strings.Join(v.Problems, "\n"), c.want) {
			t.Errorf("%s: got %q, %v; want %q", c.name, v.Problems, err, c.want)
		}
	}
}

// A line that is taken out shows by its number and by the digests on both sides; one at the end by the seal.
func TestVerifyMissesLines(t *testing.T) {
	report, head := told(t)
	e, err := ReadEvidence([]byte(report))
	if err != nil {
		t.Fatal(err)
	}
	all := e.Journal
	for name, cut := range map[string]int{"in the middle": 4, "at the end": len(all) - 1} {
		var lines []state.Line
		for i, l := range all {
			if i != cut {
				line, _ := state.LineOf(l)
				lines = append(lines, line)
			}
		}
		shorter := NewEvidence(lines, "r1", "v1")
		if cut < len(all)-1 {
			shorter.Head = head
		}
		raw, err := Render(shorter, "json")
		if err != nil {
			t.Fatal(err)
		}
		v, err := Verify(raw, head, "v1")
		if err != nil || len(v.Problems) == 0 {
			t.Errorf("%s: got %v, %v; want a problem", name, v, err)
		}
	}
}
