package report

import (
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v5"
	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/schemas"
)

// logged is what a JSON log has of events, without the time.
func logged(t *testing.T, list ...event.Event) []map[string]any {
	t.Helper()
	var b strings.Builder
	j := &JSON{Log: slog.New(slog.NewJSONHandler(&b, nil)), Quiet: time.Hour}
	for _, e := range list {
		j.Sink(e)
	}
	var lines []map[string]any
	for line := range strings.Lines(b.String()) {
		var m map[string]any
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		delete(m, "time")
		lines = append(lines, m)
	}
	return lines
}

func TestEveryEventIsALineOfJSON(t *testing.T) {
	for _, c := range []struct {
		event event.Event
		want  string
	}{
		{event.Registry{Name: "target", URL: "https://t", ID: "k1/sr"}, `{"level":"INFO","msg":"registry","registry":"target","url":"https://t","id":"k1/sr"}`},
		{event.RunStarted{Runbook: "pay", RunID: "r1", Steps: 3, State: "s.json"}, `{"level":"INFO","msg":"run started","runbook":"pay","run":"r1","state":"s.json","steps":3,"resumed":false}`},
		{event.StepStarted{ID: "a", Type: "pause", Text: "t"}, `{"level":"INFO","msg":"step started","step":"a","type":"pause","text":"t"}`},
		{event.StepSettled{ID: "a", Done: true, Text: "t"}, `{"level":"INFO","msg":"step settled","step":"a","done":true,"text":"t"}`},
		{event.RegistryRetry{Name: "target", Attempt: 1, Err: "refused", Wait: time.Second}, `{"level":"WARN","msg":"registry retry","registry":"target","attempt":1,"error":"refused","wait":1}`},
		{event.StepRetry{ID: "a", Attempt: 2, Err: "503", Wait: 1500 * time.Millisecond}, `{"level":"WARN","msg":"step retry","step":"a","attempt":2,"error":"503","wait":1.5}`},
		{event.StepProgress{ID: "a", Text: "t", State: "RUNNING", Offset: 7, Done: 1, Of: 2}, `{"level":"INFO","msg":"step progress","step":"a","text":"t","state":"RUNNING","offset":7,"versions":1,"of":2,"rate":0,"left":0,"elapsed":0}`},
		{event.Noticed{ID: "a", Severity: event.Info, About: "state", Text: "t"}, `{"level":"INFO","msg":"noticed","step":"a","severity":"info","about":"state","text":"t"}`},
		{event.Noticed{ID: "a", Severity: event.Warning, About: "stall", Text: "t"}, `{"level":"WARN","msg":"noticed","step":"a","severity":"warning","about":"stall","text":"t"}`},
		{event.Noticed{ID: "a", Severity: event.Critical, About: "trace", Text: "t"}, `{"level":"ERROR","msg":"noticed","step":"a","severity":"critical","about":"trace","text":"t"}`},
		{event.StepWarning{ID: "a", Text: "slow"}, `{"level":"WARN","msg":"step warning","step":"a","text":"slow"}`},
		{event.StepWaiting{ID: "a", Text: "t", Otherwise: "stops", Left: time.Minute, Commands: []string{"one"}}, `{"level":"INFO","msg":"step waiting","step":"a","text":"t","else":"stops","left":60,"commands":["one"]}`},
		{event.StepDone{ID: "a.undo-1", Text: "t", Undoes: "a", Took: time.Second}, `{"level":"INFO","msg":"step done","step":"a.undo-1","text":"t","undoes":"a","took":1}`},
		{event.StepSkipped{ID: "a", Text: "t"}, `{"level":"INFO","msg":"step skipped","step":"a","text":"t"}`},
		{event.StepFailed{ID: "a", Text: "no"}, `{"level":"ERROR","msg":"step failed","step":"a","error":"no","took":0}`},
		{event.Finding{Severity: "error", Step: "a", Code: "SRM001", Text: "t", Remedy: "r"}, `{"level":"ERROR","msg":"finding","code":"SRM001","severity":"error","step":"a","text":"t","remedy":"r"}`},
		{event.Finding{Severity: "error", Code: "SRM012", Text: "t", Count: 3, Allowed: "y"}, `{"level":"INFO","msg":"finding","code":"SRM012","severity":"error","text":"t","count":3,"allowed":"y"}`},
		{event.Finding{Severity: "warning", Code: "SRM001", Text: "t"}, `{"level":"WARN","msg":"finding","code":"SRM001","severity":"warning","text":"t"}`},
		{event.Moved{Text: "t"}, `{"level":"ERROR","msg":"moved","text":"t"}`},
		{event.RollbackStarted{Because: "b", Steps: 2}, `{"level":"WARN","msg":"rollback started","because":"b","steps":2,"resumed":false}`},
		{event.Ahead{ID: "a.undo-1", Text: "t"}, `{"level":"INFO","msg":"ahead","step":"a.undo-1","text":"t"}`},
		{event.Kept{Step: "a", Text: "t"}, `{"level":"INFO","msg":"kept","step":"a","text":"t"}`},
		{event.Open{ID: "a", Text: "t", Commands: []string{"one"}}, `{"level":"WARN","msg":"open","step":"a","text":"t","commands":["one"]}`},
		{event.RunEnded{Result: "waiting", ExitCode: 6}, `{"level":"WARN","msg":"run ended","result":"waiting","exitCode":6,"took":0}`},
		{event.RunEnded{Result: "failed", ExitCode: 1, Step: "a", Error: "no", Reason: "r"}, `{"level":"ERROR","msg":"run ended","result":"failed","exitCode":1,"step":"a","error":"no","reason":"r","took":0}`},
	} {
		var want map[string]any
		if err := json.Unmarshal([]byte(c.want), &want); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]map[string]any{want}, logged(t, c.event)); diff != "" {
			t.Errorf("%#v (-want +got):\n%s", c.event, diff)
		}
	}
}

func TestUnchangedProgressIsNotRepeated(t *testing.T) {
	p := event.StepProgress{ID: "a", Text: "t", Repeated: true}
	moved := event.StepProgress{ID: "a", Text: "u"}
	if n := len(logged(t, p, p, p, moved)); n != 2 {
		t.Errorf("got %d lines, want the first and the one that moved", n)
	}
}

// What -o json prints is what its schema says, whatever happened before.
func TestASummaryFitsItsSchema(t *testing.T) {
	schema, err := jsonschema.CompileString("result.json", string(schemas.Result()))
	if err != nil {
		t.Fatal(err)
	}
	full := []event.Event{
		event.RunStarted{Runbook: "pay", RunID: "r1"},
		event.Finding{Code: "SRM001", Severity: "error", Step: "a", Text: "t", Remedy: "r", Count: 2, Allowed: "y"},
		event.Kept{Step: "a", Text: "3 versions"},
		event.Open{ID: "a.undo-1", Text: "mode"},
		event.RunEnded{
			Runbook: "pay", RunID: "r1", Result: "rollbackIncomplete", ExitCode: 5, Step: "b", Error: "no", Reason: "step b failed", Undone: []string{"b.undo-1"},
			Moved: "m", Proof: "p", Backup: "b", State: "s", Next: "n", Took: time.Second,
		},
	}
	for name, list := range map[string][]event.Event{"everything": full, "nothing": nil} {
		s := NewSummary()
		for _, e := range list {
			s.Sink(e)
		}
		s.End(5, "locked", "because")
		var b strings.Builder
		if err := s.Write(&b, plain); err != nil {
			t.Fatal(err)
		}
		var v any
		if err := json.Unmarshal([]byte(b.String()), &v); err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(v); err != nil {
			t.Errorf("%s: %v\n%s", name, err, b.String())
		}
	}
}

func TestASummaryIsRedactedPartByPart(t *testing.T) {
	s := NewSummary()
	s.Sink(event.Open{ID: "hush", Text: "hush", Commands: []string{"hush"}})
	s.Sink(event.Kept{Step: "hush", Text: "hush"})
	s.Sink(event.Finding{Text: "hush", Remedy: "hush"})
	s.Sink(event.RunEnded{Runbook: "hush", Result: "hush", Step: "hush", Error: "hush", Reason: "hush", Next: "hush", Undone: []string{"hush"}})
	var b strings.Builder
	if err := s.Write(&b, func(s string) string { return strings.ReplaceAll(s, "hush", "[redacted]") }); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.String(), "hush") {
		t.Errorf("a part is not redacted:\n%s", b.String())
	}
}
