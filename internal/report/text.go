// Package report shows what happened to people: one line per event, verb first and id second, so that grep works.
package report

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/srmigrate/srmigrate/internal/event"
)

// Text writes events as lines.
type Text struct {
	Out    io.Writer
	Redact func(string) string // what every line passes before it is written
	Live   *Live               // nil: no terminal
	Quiet  time.Duration       // how long unchanged progress is not repeated without a terminal

	said time.Time // when progress was last written as a line
	step string    // whose progress that was
}

// Sink is the event.Sink of this report.
func (t *Text) Sink(e event.Event) {
	if p, ok := e.(event.StepProgress); ok {
		t.progress(p)
		return
	}
	for _, line := range lines(e) {
		t.line(line)
	}
}

func (t *Text) line(s string) {
	t.Live.Clear()
	// A log that cannot be written must not stop a migration.
	_, _ = fmt.Fprintln(t.Out, t.Redact(s))
}

// progress goes to the live line of a terminal; elsewhere it is a line when it tells something new, or every so often.
func (t *Text) progress(p event.StepProgress) {
	if t.Live != nil {
		t.Live.Show(t.Redact(row("wait", p.ID, progress(p))))
		return
	}
	if p.Repeated && t.step == p.ID && time.Since(t.said) < t.Quiet {
		return
	}
	t.said, t.step = time.Now(), p.ID
	t.line(row("wait", p.ID, progress(p)))
}

func progress(p event.StepProgress) string {
	text := p.Text
	if p.Elapsed > 0 {
		text += ", " + age(p.Elapsed)
	}
	return text
}

// row is one line: the verb in ten columns, the id, the text.
func row(verb, id, text string) string {
	if id != "" {
		id += ": "
	}
	return strings.TrimRight(fmt.Sprintf("%-9s %s%s", verb, id, oneLine(text)), " :")
}

func oneLine(s string) string {
	return strings.ReplaceAll(strings.TrimSpace(s), "\n", "\n            ")
}

// age rounds a duration to what a person would say.
func age(d time.Duration) string {
	switch {
	case d < 10*time.Second:
		return d.Round(100 * time.Millisecond).String()
	case d < time.Hour:
		return d.Round(time.Second).String()
	}
	return strings.TrimSuffix(d.Round(time.Minute).String(), "0s")
}

func took(d time.Duration) string {
	if d < 100*time.Millisecond {
		return ""
	}
	return " (" + age(d) + ")"
}
