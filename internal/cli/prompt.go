package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/srmigrate/srmigrate/internal/engine"
	"github.com/srmigrate/srmigrate/internal/report"
	"golang.org/x/term"
)

// attended says whether a person sits at a terminal. In CI nobody does, even where it lends one.
func (a *app) attended() bool {
	in, ok := a.stdin.(*os.File)
	_, seen := terminal(a.stderr)
	ci, _ := a.getenv("CI")
	return ok && term.IsTerminal(int(in.Fd())) && seen && ci == ""
}

// answerer is the person that answers: the one named, or at a terminal the one who sits there. The user of a job is
// nobody in particular.
func (a *app) answerer(by string) (string, error) {
	if by = strings.TrimSpace(by); by != "" || a.attended() {
		return who(by)
	}
	return "", errors.New("say who answers with --by, such as --by jane@example.com")
}

// prompter puts questions to whoever sits at the terminal; nil when nobody does, or the runbook comes from there.
func (a *app) prompter(in *input, by string) func(context.Context, engine.Question) (engine.Reply, bool) {
	if in.file == "-" || !a.attended() {
		return nil
	}
	return func(ctx context.Context, q engine.Question) (engine.Reply, bool) {
		who, err := a.answerer(by)
		if err != nil {
			return engine.Reply{}, false
		}
		a.forget()
		showQuestion(&report.Text{Out: a.stderr, Redact: a.redactor.Redact}, q)
		return a.decision(ctx, who)
	}
}

// decision asks until there is a yes, a no, or the wish to leave it open; so does the end of the input. A y may be a
// slip of the finger, so it is asked again.
func (a *app) decision(ctx context.Context, who string) (engine.Reply, bool) {
	for {
		fmt.Fprintf(a.stderr, "Approve as %s? [yes/no/later] ", report.Printable(who))
		text := a.line(ctx)
		switch said := strings.ToLower(strings.TrimSpace(text)); {
		case said == "yes":
			return engine.Reply{Approved: true, By: who}, true
		case said == "no":
			return engine.Reply{By: who}, true
		case said == "later" || text == "":
			return engine.Reply{}, false
		}
		fmt.Fprintln(a.stderr, "Only yes approves and only no rejects; later leaves the question open.")
	}
}

// confirmed asks until there is a plain yes or no; the end of the input is a no.
func (a *app) confirmed(ctx context.Context, question string) bool {
	a.forget()
	for {
		fmt.Fprintf(a.stderr, "%s [yes/no] ", report.Printable(a.redactor.Redact(question)))
		text := a.line(ctx)
		switch strings.ToLower(strings.TrimSpace(text)) {
		case "yes":
			return true
		case "no":
			return false
		}
		if text == "" {
			return false
		}
		fmt.Fprintln(a.stderr, "Only yes begins it, and only no leaves it.")
	}
}

// forget drops what was typed before there was a question. A terminal that does not do that is read as it is.
func (a *app) forget() {
	if in, ok := a.stdin.(*os.File); ok {
		forget(in)
	}
}

// line reads a line of stdin, no byte more; "" when it does not end, or a signal came first.
func (a *app) line(ctx context.Context) string {
	read := make(chan string, 1)
	go func() { read <- oneLine(a.stdin) }() // it may outlive the call: a read of a terminal cannot be called off
	text := ""
	select {
	case text = <-read:
	case <-ctx.Done():
	}
	if text == "" {
		fmt.Fprintln(a.stderr)
	}
	return text
}

func oneLine(r io.Reader) string {
	var text []byte
	for b := make([]byte, 1); ; {
		n, err := r.Read(b)
		switch {
		case n == 1 && b[0] == '\n':
			return string(text) + "\n"
		case err != nil:
			return ""
		}
		text = append(text, b[:n]...)
	}
}
