package report

import (
	"context"
	"log/slog"
	"math"
	"time"

	"github.com/srmigrate/srmigrate/internal/event"
)

// JSON writes events as one JSON object a line, for what collects logs. Durations are in seconds.
type JSON struct {
	Log   *slog.Logger
	Quiet time.Duration // how long unchanged progress is not repeated

	pulse pulse
}

// Sink is the event.Sink of this report.
func (j *JSON) Sink(e event.Event) {
	if p, ok := e.(event.StepProgress); ok && !j.pulse.due(p, j.Quiet) {
		return
	}
	if _, told := e.(event.Stopped); told {
		return // by whoever ends the call
	}
	f := facts(e)
	j.Log.LogAttrs(context.Background(), f.level, f.event, f.attrs...)
}

// fact is an event as a log has it: how bad it is, its name, and what it says, empty fields left out.
type fact struct {
	level slog.Level
	event string
	attrs []slog.Attr
}

func (f fact) text(key, value string) fact {
	if value != "" {
		f.attrs = append(f.attrs, slog.String(key, value))
	}
	return f
}

func (f fact) number(key string, n int64) fact {
	f.attrs = append(f.attrs, slog.Int64(key, n))
	return f
}

// count is number, for what there may be none of.
func (f fact) count(key string, n int) fact {
	if n == 0 {
		return f
	}
	return f.number(key, int64(n))
}

func (f fact) decimal(key string, n float64) fact {
	f.attrs = append(f.attrs, slog.Float64(key, math.Round(n*10)/10))
	return f
}

func (f fact) flag(key string, yes bool) fact {
	f.attrs = append(f.attrs, slog.Bool(key, yes))
	return f
}

func (f fact) seconds(key string, d time.Duration) fact {
	f.attrs = append(f.attrs, slog.Float64(key, d.Round(time.Millisecond).Seconds()))
	return f
}

func info(event string) fact  { return fact{level: slog.LevelInfo, event: event} }
func warn(event string) fact  { return fact{level: slog.LevelWarn, event: event} }
func wrong(event string) fact { return fact{level: slog.LevelError, event: event} }

// facts are what an event says, field by field.
func facts(e event.Event) fact {
	switch e := e.(type) {
	case event.RunStarted:
		return info("run started").text("runbook", e.Runbook).text("run", e.RunID).text("state", e.State).
			number("steps", int64(e.Steps)).flag("resumed", e.Resumed)
	case event.Registry:
		return info("registry").text("registry", e.Name).text("url", e.URL).text("id", e.ID)
	case event.StepStarted:
		return info("step started").text("step", e.ID).text("type", e.Type).text("text", e.Text).text("undoes", e.Undoes)
	case event.StepSettled:
		return info("step settled").text("step", e.ID).flag("done", e.Done).text("text", e.Text)
	case event.StepRetry:
		return warn("step retry").text("step", e.ID).number("attempt", int64(e.Attempt)).text("error", e.Err).seconds("wait", e.Wait)
	case event.RegistryRetry:
		return warn("registry retry").text("registry", e.Name).number("attempt", int64(e.Attempt)).text("error", e.Err).seconds("wait", e.Wait)
	case event.StepLooked:
		return info("step looked").text("step", e.ID).text("text", e.Text).flag("unknown", e.Unknown)
	case event.StepProgress:
		return info("step progress").text("step", e.ID).text("text", e.Text).text("state", e.State).number("offset", e.Offset).
			number("versions", int64(e.Done)).number("of", int64(e.Of)).decimal("rate", e.Rate).seconds("left", e.Left).
			text("trace", e.Trace).seconds("elapsed", e.Elapsed)
	case event.Noticed:
		f := map[event.Severity]fact{event.Warning: warn("noticed"), event.Critical: wrong("noticed")}[e.Severity]
		if f.event == "" {
			f = info("noticed")
		}
		return f.text("step", e.ID).text("severity", string(e.Severity)).text("about", e.About).text("text", e.Text)
	case event.StepWarning:
		return warn("step warning").text("step", e.ID).text("text", e.Text)
	case event.StepWaiting:
		f := info("step waiting").text("step", e.ID).text("text", e.Text).text("else", e.Otherwise).seconds("left", e.Left)
		f.attrs = append(f.attrs, slog.Any("commands", append([]string{}, e.Commands...)))
		return f
	case event.StepDone:
		return info("step done").text("step", e.ID).text("text", e.Text).text("undoes", e.Undoes).seconds("took", e.Took)
	case event.StepSkipped:
		return info("step skipped").text("step", e.ID).text("text", e.Text).text("undoes", e.Undoes)
	case event.StepFailed:
		return wrong("step failed").text("step", e.ID).text("error", e.Text).text("undoes", e.Undoes).seconds("took", e.Took)
	default:
		return more(e)
	}
}

// more are the facts of events that are about the run.
func more(e event.Event) fact {
	switch e := e.(type) {
	case event.Finding:
		f := warn("finding")
		switch {
		case e.Allowed != "":
			f = info("finding")
		case e.Severity == "error":
			f = wrong("finding")
		}
		f = f.text("code", e.Code).text("severity", e.Severity).text("step", e.Step).text("registry", e.Registry).text("channel", e.Channel).text("text", e.Text).text("remedy", e.Remedy)
		if e.Count > 0 {
			f = f.number("count", int64(e.Count))
		}
		return f.text("allowed", e.Allowed)
	case event.Window:
		return info("window").text("text", e.Text)
	case event.Compared:
		return compared(e)
	case event.Moved:
		return wrong("moved").text("text", e.Text)
	case event.RollbackStarted:
		return warn("rollback started").text("because", e.Because).number("steps", int64(e.Steps)).flag("resumed", e.Resumed)
	case event.Ahead:
		return info("ahead").text("step", e.ID).text("text", e.Text)
	case event.Kept:
		return info("kept").text("step", e.Step).text("text", e.Text)
	case event.Open:
		f := warn("open").text("step", e.ID).text("text", e.Text)
		f.attrs = append(f.attrs, slog.Any("commands", append([]string{}, e.Commands...)))
		return f
	case event.Stopped:
		return wrong("stopped").number("exitCode", int64(e.ExitCode)).text("error", e.Text)
	case event.RunEnded:
		return howBad(e.ExitCode).text("result", e.Result).number("exitCode", int64(e.ExitCode)).text("step", e.Step).text("error", e.Error).text("reason", e.Reason).
			text("proof", e.Proof).text("moved", e.Moved).text("backup", e.Backup).text("state", e.State).text("history", e.History).text("head", e.Head).text("next", e.Next).seconds("took", e.Took)
	}
	return warn("unknown event")
}

func compared(e event.Compared) fact {
	f := info("compared").text("step", e.ID).text("verdict", e.Verdict).text("text", e.Text).text("source", e.Source).text("target", e.Target).
		count("missing", e.Missing).count("extra", e.Extra).count("changed", e.Changed).count("other", e.Other).
		count("extraSubjects", e.ExtraSubjects).count("reported", e.Reported).
		number("subjects", int64(e.Subjects)).number("allSubjects", int64(e.All)).number("versions", int64(e.Versions))
	if len(e.Contexts) > 0 {
		f.attrs = append(f.attrs, slog.Any("contexts", e.Contexts))
	}
	if len(e.Hints) > 0 {
		f.attrs = append(f.attrs, slog.Any("hints", e.Hints))
	}
	if len(e.Differences) > 0 {
		f.attrs = append(f.attrs, slog.Any("differences", e.Differences))
	}
	return f
}

// howBad is the level of an exit code: a run that waits for an answer, or was stopped by a signal, has nothing wrong with it.
func howBad(exitCode int) fact {
	switch exitCode {
	case 0:
		return info("run ended")
	case 6, 7:
		return warn("run ended")
	}
	return wrong("run ended")
}
