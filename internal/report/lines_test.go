package report

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/srmigrate/srmigrate/internal/event"
)

func plain(s string) string { return s }

// said is what a report without a terminal makes of events.
func said(redact func(string) string, list ...event.Event) string {
	var b strings.Builder
	t := &Text{Out: &b, Redact: redact}
	for _, e := range list {
		t.Sink(e)
	}
	return b.String()
}

func TestLinesOfEveryEvent(t *testing.T) {
	for _, c := range []struct {
		event event.Event
		want  string
	}{
		{event.RunStarted{Runbook: "pay", RunID: "r1", Steps: 3, State: "s.json"}, "run       pay: run r1, 3 steps, state s.json\n"},
		{event.Registry{Name: "target", URL: "https://t", ID: "k1/sr"}, "registry  target: https://t, cluster k1/sr\n"},
		{event.Registry{Name: "target", URL: "https://t"}, "registry  target: https://t\n"},
		{event.RunStarted{Runbook: "pay", RunID: "r1", Steps: 3, State: "s.json", Resumed: true}, "resume    pay: run r1, 3 steps, state s.json\n"},
		{event.StepStarted{ID: "a", Text: "set mode"}, "start     a: set mode\n"},
		{event.StepStarted{ID: "a.undo-1", Text: "set mode", Undoes: "a"}, "undo      a.undo-1: set mode\n"},
		{event.StepSettled{ID: "a", Done: true, Text: "mode READONLY"}, "settled   a: it had been done: mode READONLY\n"},
		{event.StepSettled{ID: "a"}, "settled   a: not done yet\n"},
		{event.StepRetry{ID: "a", Attempt: 2, Err: "503", Wait: 1500 * time.Millisecond}, "retry     a: attempt 2: 503; again in 1.5s\n"},
		{event.RegistryRetry{Name: "target", Attempt: 1, Err: "refused", Wait: time.Second}, "retry     registry target: attempt 1: refused; again in 1s\n"},
		{event.StepRetry{ID: "a", Attempt: 1, Wait: 90 * time.Second}, "retry     a: attempt 1: no definite answer; again in 1m30s\n"},
		{event.StepLooked{ID: "a", Text: "target is empty"}, "seen      a: target is empty\n"},
		{event.StepLooked{ID: "a", Text: "who may write", Unknown: true}, "unknown   a: who may write\n"},
		{event.StepProgress{ID: "a", Text: "RUNNING", Elapsed: 2 * time.Hour}, "wait      a: RUNNING, after 2h0m\n"},
		{
			event.StepProgress{ID: "a", Text: "RUNNING", Done: 3, Of: 9, Rate: 1.25, Left: 5 * time.Second, Elapsed: time.Minute},
			"wait      a: RUNNING, 1.2 versions/s, about 5s left, after 1m0s\n",
		},
		{event.Noticed{ID: "a", Severity: event.Info, Text: "x"}, "note      a: x\n"},
		{event.Noticed{ID: "a", Severity: event.Warning, Text: "x"}, "warning   a: x\n"},
		{event.Noticed{ID: "a", Severity: event.Critical, Text: "x"}, "critical  a: x\n"},
		{event.StepWaiting{ID: "a", Text: "go?", Left: time.Minute, Commands: []string{"yes", "no"}}, "waiting   a: go? (1m0s left)\n          $ yes\n          $ no\n"},
		{event.StepWaiting{ID: "a", Text: "go?", Otherwise: "stops"}, "waiting   a: go?\nelse      a: stops\n"},
		{event.StepWaiting{ID: "a", Text: "go?"}, "waiting   a: go?\n"},
		{event.StepWarning{ID: "a", Text: "slow"}, "warning   a: slow\n"},
		{event.StepDone{ID: "a", Text: "copied", Took: 12 * time.Second}, "done      a: copied (12s)\n"},
		{event.StepDone{ID: "a"}, "done      a\n"},
		{event.StepDone{ID: "a.undo-1", Text: "back", Undoes: "a"}, "undone    a.undo-1: back\n"},
		{event.StepSkipped{ID: "a"}, "skipped   a: nothing to do\n"},
		{event.StepFailed{ID: "a", Text: "one\ntwo"}, "failed    a: one\n            two\n"},
		{event.Finding{Severity: "error", Step: "a", Code: "SRM001", Text: "taken", Remedy: "rename"}, "error     a: SRM001: taken\n          rename\n"},
		{event.Moved{Text: "mode of source"}, "moved     mode of source\n"},
		{event.RollbackStarted{Because: "step a failed", Steps: 2}, "rollback  begins: 2 undo steps, because step a failed\n"},
		{event.RollbackStarted{Because: "it was asked for", Steps: 2, Resumed: true}, "rollback  goes on: 2 undo steps, because it was asked for\n"},
		{event.Ahead{ID: "a.undo-1", Text: "pause"}, "would     a.undo-1: pause\n"},
		{event.Kept{Step: "a", Text: "3 versions"}, "kept      a: 3 versions\n"},
		{event.Open{ID: "a", Text: "mode", Commands: []string{"one", "two"}}, "open      a: mode\n          $ one\n          $ two\n"},
		{
			event.RunEnded{Result: "rolledBack", Reason: "step a failed", Proof: "identical", Moved: "3", Backup: "backup of 3: b.jsonl", State: "s.json", Next: "srmigrate run x"},
			"result    rolled back: step a failed\nmoved     3\nproof     identical\nstate     s.json\nkept      backup of 3: b.jsonl\nnext      srmigrate run x\n",
		},
	} {
		if diff := cmp.Diff(c.want, said(plain, c.event)); diff != "" {
			t.Errorf("%#v (-want +got):\n%s", c.event, diff)
		}
	}
}

// A command is for pasting: nothing is cut off it, and nothing put in.
func TestCommandsAreShownAsTheyAre(t *testing.T) {
	for _, command := range []string{"srmigrate run x --var a=b:", "echo ' :'", "  two  ", "printf 'a\nb'"} {
		want := "open      a: it\n          $ " + command + "\n"
		if got := said(plain, event.Open{ID: "a", Text: "it", Commands: []string{command}}); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		if got := said(plain, event.RunEnded{Result: "failed", Next: command}); got != "result    failed\nnext      "+command+"\n" {
			t.Errorf("got %q, want next to end with %q", got, command)
		}
	}
	if got := said(plain, event.StepDone{ID: "a", Text: "the place is :.legacy:"}); got != "done      a: the place is :.legacy:\n" {
		t.Errorf("got %q, want the text whole", got)
	}
}

// A secret of several lines is still known when the text is laid out.
func TestPartsAreRedactedBeforeLayout(t *testing.T) {
	redact := strings.NewReplacer("-----KEY\nabc\ndef", "[redacted]").Replace
	const text = "refused: -----KEY\nabc\ndef"
	for _, e := range []event.Event{
		event.StepFailed{ID: "a", Text: text},
		event.StepProgress{ID: "a", Text: text},
		event.Kept{Step: "a", Text: text},
		event.Open{ID: "a", Text: text, Commands: []string{text}},
		event.RunEnded{Result: "failed", Reason: text, Next: text},
		event.Finding{Severity: "error", Text: text, Remedy: text},
		event.StepWarning{ID: text, Text: "x"},
	} {
		if got := said(redact, e); strings.Contains(got, "abc") || !strings.Contains(got, "[redacted]") {
			t.Errorf("%T shows the secret: %q", e, got)
		}
	}
}

func TestServersCannotWriteToTheTerminal(t *testing.T) {
	for in, want := range map[string]string{
		"\x1b[2Jgone":    `\x1b[2Jgone`,
		"ok\rfailed":     `ok\x0dfailed`,
		"a\r\nb":         "a\nb",
		"bell\a del\x7f": `bell\x07 del\x7f`,
		"c1 \u009b31m":   `c1 \x9b31m`,
		"raw \x9b31m":    `raw \x9b31m`,
		"tab\tone\ntwo":  "tab one\ntwo",
		"né � 日本":        "né � 日本",
	} {
		if got := Printable(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
		if got := said(plain, event.StepFailed{ID: "a", Text: in}); strings.ContainsAny(got, "\x1b\r\a\x7f\u009b") {
			t.Errorf("%q reaches the terminal: %q", in, got)
		}
	}
}
