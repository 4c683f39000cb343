package cli

import (
	"io"
	"os"

	"github.com/srmigrate/srmigrate/internal/report"
	"golang.org/x/term"
)

// text is the report of a run: lines on stdout, and a live line where stderr is a terminal.
func (a *app) text() *report.Text {
	return &report.Text{Out: a.harmless(a.stdout), Redact: a.redact, Quiet: quiet, Live: a.live()}
}

// live is the line that is written over; nil where stderr is no terminal.
func (a *app) live() *report.Live {
	f, ok := terminal(a.stderr)
	if !ok {
		return nil
	}
	return &report.Live{Out: f, Width: func() int { return width(f) }}
}

// windowed is a report that is read at once: on a terminal in its width, and in colour unless somebody wants none.
func (a *app) windowed() *report.Text {
	t := a.text()
	if f, ok := terminal(a.stdout); ok {
		plain, _ := a.getenv("NO_COLOR") // which counts as not there when it is empty
		kind, _ := a.getenv("TERM")
		t.Width, t.Colour = func() int { return width(f) }, plain == "" && kind != "dumb"
	}
	return t
}

// redact hides what is secret by the time it is called: the runbook may not be loaded when a report is made.
func (a *app) redact(s string) string { return a.redactor.Redact(s) }

func terminal(w io.Writer) (*os.File, bool) {
	f, ok := w.(*os.File)
	return f, ok && term.IsTerminal(int(f.Fd()))
}

func width(f *os.File) int {
	w, _, err := term.GetSize(int(f.Fd()))
	if err != nil || w <= 0 { // a serial line does not tell
		return 80
	}
	return w
}
