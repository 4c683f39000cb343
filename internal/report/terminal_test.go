package report

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/srmigrate/srmigrate/internal/engine"
	"github.com/srmigrate/srmigrate/internal/event"
)

func TestAPlanFitsItsWindow(t *testing.T) {
	p := planOf(engine.PlannedStep{
		ID: "start", Text: "create exporter mv on source: every subject to target", Standing: "todo", OnFailure: "rollback",
		Undo:     []engine.PlannedUndo{{Text: "delete exporter mv on source, and wait until it is gone"}},
		Findings: []event.Finding{{Code: "SRM021", Severity: "warning", Step: "start", Text: "a context of its own"}},
	})
	show := func(width int, colour bool) string {
		var b strings.Builder
		(&Text{Out: &b, Redact: plain, Width: func() int { return width }, Colour: colour}).Plan(p)
		return b.String()
	}
	want := `plan      pay: a new run
todo      start: create exporter mv on source:
            every subject to target
          undo    delete exporter mv on source,
                  and wait until it is gone
warning   start: SRM021: a context of its own
verdict   ready: 1 step to do; 1 warning
`
	if diff := cmp.Diff(want, show(48, false)); diff != "" {
		t.Errorf("48 columns (-want +got):\n%s", diff)
	}
	for width, most := range map[int]int{40: 40, 60: 60, 200: 200, 10: 1000} {
		for line := range strings.Lines(show(width, false)) {
			if n := len(strings.TrimSuffix(line, "\n")); n > most {
				t.Errorf("%d columns: a line has %d: %q", width, n, line)
			}
		}
	}
	coloured := show(80, true)
	if !strings.Contains(coloured, "\x1b[33mwarning\x1b[0m   start: ") || strings.Contains(coloured, "\x1b[33mtodo") {
		t.Errorf("got %q, want the warning alone in its colour", coloured)
	}
	if strings.Contains(show(80, false), "\x1b") {
		t.Error("there is colour where none was asked for")
	}
}
