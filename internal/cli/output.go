package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/srmigrate/srmigrate/internal/engine"
	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/report"
)

// quiet is how long a log goes without a line about unchanged progress.
const quiet = time.Minute

// choice is the value of a flag that is one of a few words, the first by default.
type choice struct {
	value *string
	words []string
}

func (c choice) String() string { return *c.value }
func (c choice) Type() string   { return strings.Join(c.words, "|") }

func (c choice) Set(s string) error {
	if !slices.Contains(c.words, s) {
		return fmt.Errorf("it is one of %s", strings.Join(c.words, ", "))
	}
	*c.value = s
	return nil
}

func choiceVar(c *cobra.Command, p *string, name, short, usage string, words ...string) {
	*p = words[0]
	c.Flags().VarP(choice{p, words}, name, short, usage)
}

// outputFlag is for commands that end with a result.
func (in *input) outputFlag(c *cobra.Command) {
	choiceVar(c, &in.output, "output", "o", "end with lines, or with one JSON object on stdout and the lines on stderr", "text", "json")
}

// logFlags are for commands that talk to registries.
func (a *app) logFlags(c *cobra.Command, in *input) {
	c.Flags().BoolVarP(&in.verbose, "verbose", "v", false, "show every request, secrets redacted")
	choiceVar(c, &a.logFormat, "log-format", "", "write events, requests and errors as lines of text or of JSON", "text", "json")
}

// events is where the events of a run go, and its plan before them.
func (a *app) events(in *input) (sink event.Sink, plan func(*engine.Plan)) {
	sink, plan = a.allEvents(in)
	if in.quiet {
		return report.Quietly(sink), nil
	}
	return sink, plan
}

func (a *app) allEvents(in *input) (sink event.Sink, plan func(*engine.Plan)) {
	out := a.stdout
	if in.output == "json" {
		out = a.log
	}
	if a.logFormat == "json" {
		log := slog.New(a.inJSON(out))
		return (&report.JSON{Log: log, Quiet: quiet}).Sink, func(p *engine.Plan) { a.logPlan(log, p) }
	}
	t := a.text()
	t.Out = a.harmless(out)
	if p := a.pipeline(out); p != nil {
		return p.Sink(t.Sink), t.Brief
	}
	return t.Sink, t.Brief
}

// logPlan writes the whole plan in one line.
func (a *app) logPlan(log *slog.Logger, p *engine.Plan) {
	raw, err := json.Marshal(p)
	if err != nil {
		return // strings, numbers and lists always marshal
	}
	log.Info("plan", "verdict", report.Verdict(p), "plan", json.RawMessage(inert(a.redactor.Redact(string(raw)))))
}

// logger shows requests where they were asked for. All clients have the same: one writes a line at a time.
func (a *app) logger(verbose bool) *slog.Logger {
	if a.requests == nil {
		a.requests = a.newLogger(verbose)
	}
	return a.requests
}

func (a *app) newLogger(verbose bool) *slog.Logger {
	switch {
	case !verbose:
		return slog.New(slog.DiscardHandler)
	case a.logFormat == "json":
		return slog.New(a.inJSON(a.stderr))
	}
	return slog.New(slog.NewTextHandler(a.stderr, a.handlerOptions()))
}

func (a *app) inJSON(w io.Writer) slog.Handler {
	h := slog.NewJSONHandler(w, a.handlerOptions())
	if a.cell == "" {
		return h
	}
	return h.WithAttrs([]slog.Attr{slog.String("cell", a.cell)})
}

// handlerOptions redact every text of a log, whoever wrote it.
func (a *app) handlerOptions() *slog.HandlerOptions {
	clean := func(s string) string { return report.Printable(a.redactor.Redact(s)) }
	return &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: func(_ []string, at slog.Attr) slog.Attr {
		switch v := at.Value.Any().(type) {
		case string:
			at.Value = slog.StringValue(clean(v))
		case time.Duration:
			if a.logFormat == "json" {
				at.Value = slog.Float64Value(v.Seconds())
			}
		case error:
			at.Value = slog.StringValue(clean(v.Error()))
		case []string:
			list := make([]string, len(v))
			for i := range v {
				list[i] = clean(v[i])
			}
			at.Value = slog.AnyValue(list)
		}
		return at
	}}
}

// complain tells of an error on stderr, in the form of the log; prefix is for a line of text.
func (a *app) complain(prefix, text string, more ...slog.Attr) {
	a.say(slog.LevelError, prefix, text, more...)
}

// say is complain for what need not be an error.
func (a *app) say(level slog.Level, prefix, text string, more ...slog.Attr) {
	if a.logFormat == "json" {
		r := slog.NewRecord(time.Now(), level, text, 0)
		r.AddAttrs(more...)
		_ = a.inJSON(a.stderr).Handle(context.Background(), r) // nobody is left to tell
		return
	}
	fmt.Fprintln(a.stderr, prefix+report.Printable(a.redactor.Redact(text)))
}

// print writes what was asked for. A reader may stop where it likes.
func (a *app) print(text string) error {
	if _, err := io.WriteString(a.stdout, text); err != nil && !errors.Is(err, syscall.EPIPE) {
		return &exitError{engine.Failed, err}
	}
	return nil
}

// words are the results of calls that ended before the run could tell.
var words = map[engine.Exit]string{
	engine.Failed: "failed", engine.Usage: "usage", engine.Refused: "refused", engine.Interrupted: "interrupted",
	engine.Locked: "locked", engine.BadState: "bad state",
}

// summarize ends a call with the object that -o json promises, whatever happened.
func (a *app) summarize(sum *report.Summary, err error) error {
	code, reason := engine.OK, ""
	if e, ok := errors.AsType[*exitError](err); ok {
		code, reason = e.code, e.Error()
	}
	sum.End(int(code), words[code], reason)
	werr := sum.Write(a.stdout, a.redactor.Redact)
	if werr != nil && err == nil && !errors.Is(werr, syscall.EPIPE) { // a reader may stop where it likes
		return &exitError{engine.Failed, fmt.Errorf("the result cannot be written: %w", werr)}
	}
	return err
}
