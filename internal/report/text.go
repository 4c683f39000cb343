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
	Redact func(string) string // what every part of a line passes before it is laid out
	Live   *Live               // nil: no terminal
	Quiet  time.Duration       // how long unchanged progress is not repeated without a terminal
	Width  func() int          // of the window that lines are wrapped to; nil: they are not
	Colour bool                // on verbs that a reader should not pass over

	pulse pulse
}

// Sink is the event.Sink of this report.
func (t *Text) Sink(e event.Event) {
	if p, ok := e.(event.StepProgress); ok {
		t.progress(p)
		return
	}
	for _, l := range lines(e) {
		t.write(l)
	}
}

// Row writes a line that is no event: a verb, whom it is about, and a text.
func (t *Text) Row(verb, id, text string) { t.write(row(verb, id, text)) }

// Command writes a line whose text is to be pasted into a shell.
func (t *Text) Command(verb, command string) { t.write(line{verb: verb, text: command, pasted: true}) }

func (t *Text) write(l line) {
	t.Live.Clear()
	// A log that cannot be written must not stop a migration.
	_, _ = fmt.Fprintln(t.Out, t.dressed(l, l.layout(t.Redact)))
}

// dressed is a line as the terminal wants it, if it is for one. What is to be pasted stays in one piece.
func (t *Text) dressed(l line, text string) string {
	if t.Width != nil && !l.pasted {
		text = wrapped(text, t.Width())
	}
	if t.Colour {
		text = painted(l.verb, text)
	}
	return text
}

// progress goes to the live line of a terminal; elsewhere it is a line when it tells something new, or every so often.
func (t *Text) progress(p event.StepProgress) {
	if t.Live != nil {
		t.Live.Show(glimpse(t.clean(p), t.Live.room()))
	} else if t.pulse.due(p, t.Quiet) {
		t.write(row("wait", p.ID, progress(p)))
	}
}

// clean redacts what is laid out without a line.
func (t *Text) clean(p event.StepProgress) event.StepProgress {
	for _, s := range []*string{&p.ID, &p.Text, &p.State, &p.Trace} {
		*s = Printable(t.Redact(*s))
	}
	return p
}

// line is one fact that is not laid out yet.
type line struct {
	verb, id, text string
	pasted         bool // text is a command: it is shown as it is
}

func row(verb, id, text string) line { return line{verb: verb, id: id, text: text} }

// layout is the verb in ten columns, the id, the text. The parts are redacted before it, because a secret of several
// lines is not recognised any more once they are indented.
func (l line) layout(redact func(string) string) string {
	id, text := Printable(redact(l.id)), Printable(redact(l.text))
	if !l.pasted {
		text = strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n            ")
	}
	head := fmt.Sprintf("%-9s ", l.verb)
	switch {
	case text == "":
		return strings.TrimRight(head+id, " ")
	case id == "":
		return head + text
	}
	return head + id + ": " + text
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
