package cli

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/metrics"
	"github.com/srmigrate/srmigrate/internal/otlp"
	"github.com/srmigrate/srmigrate/internal/registry"
	"github.com/srmigrate/srmigrate/runbook"
	"github.com/srmigrate/srmigrate/steps"
)

func metricsFlag(c *cobra.Command, in *input) {
	c.Flags().StringVar(&in.metrics, "metrics", "", "keep figures of the run in this `file`, in the text format of Prometheus; name it *.prom in the folder of a textfile collector")
}

// How long a call waits at its end for a collector; after a signal it has to be gone in time.
const (
	lastSpans  = 3 * time.Second
	fewerSpans = time.Second
)

// measuring lets figures and traces follow what happens before next is told of it, and observe be told of requests. end has
// to be called.
func (a *app) measuring(ctx context.Context, in *input, rb *runbook.Runbook, next event.Sink) (sink event.Sink, observe func(registry.Exchange), end func()) {
	m := a.meter(in, rb)
	c, problems := otlp.Open(a.getenv, m)
	say := func(text string, list []string) {
		if len(list) > 0 {
			a.say(slog.LevelWarn, "warning   ", "OpenTelemetry: "+text+strings.Join(list, "; "))
		}
	}
	say("", problems)
	if in.metrics == "" && c == nil {
		return next, func(registry.Exchange) {}, func() {}
	}
	f := &keptFile{app: a, in: in}
	if in.metrics != "" {
		f.file = &metrics.Textfile{Path: in.metrics, Meter: m}
	}
	sink = func(e event.Event) {
		f.tell(e, m.Take(e))
		c.Tell(e)
		next(e)
	}
	return sink, func(x registry.Exchange) { m.Exchange(x); c.Exchange(x) }, func() {
		f.close()
		most := lastSpans
		if ctx.Err() != nil {
			most = fewerSpans
		}
		say("not everything could be sent: ", c.Close(most))
	}
}

// keptFile is the file with the figures, if one is wanted.
type keptFile struct {
	*app
	in   *input
	file *metrics.Textfile
}

func (f *keptFile) tell(e event.Event, changed bool) {
	if f.file != nil {
		f.file.Tell(e, changed)
		f.complain()
	}
}

func (f *keptFile) close() {
	if f.file != nil {
		f.file.Close()
		f.complain()
	}
}

func (f *keptFile) complain() {
	if err := f.file.Trouble(); err != nil {
		f.say(slog.LevelWarn, "warning   ", fmt.Sprintf("--metrics %s cannot be written: %v; the run goes on without it", f.in.metrics, err))
	}
}

// meter has the figures of this call.
func (a *app) meter(in *input, rb *runbook.Runbook) *metrics.Meter {
	m := &metrics.Meter{
		Runbook: in.named(rb), Verb: in.verb, Version: built().Version, Redact: a.redact,
		Standing: func() (metrics.Standing, bool) { return standsNow(in, rb) },
	}
	for _, st := range rb.Steps {
		m.Steps = append(m.Steps, measured(st))
	}
	return m
}

// named is the runbook's name with the instance.
func (in *input) named(rb *runbook.Runbook) string {
	if own := in.own(); own != "" {
		return rb.Name + "." + own
	}
	return rb.Name
}

// measured is a step as figures know it.
func measured(st runbook.Step) metrics.Step {
	s := metrics.Step{ID: st.ID, Type: st.Type}
	if u, ok := st.Step.(steps.ExporterUser); ok {
		source, name, use := u.Uses()
		s.Exporter, s.Ends = metrics.Exporter{Registry: source, Name: name}, use == steps.Ends
	}
	return s
}

// standsNow is how the run stands in its state.
func standsNow(in *input, rb *runbook.Runbook) (metrics.Standing, bool) {
	st, err := in.store().Load()
	if err != nil || st == nil || st.Run == nil {
		return metrics.Standing{}, false // the engine says so
	}
	s := metrics.Standing{Run: st.Run.ID, Status: string(st.Run.Status), Started: st.Run.Started}
	for _, e := range st.Run.Steps {
		s.Steps = append(s.Steps, metrics.Step{ID: e.ID, Type: e.Type, Status: string(e.Status)})
	}
	for _, e := range st.Run.Undo {
		s.Steps = append(s.Steps, metrics.Step{ID: e.ID, Type: e.Type, Status: string(e.Status)})
	}
	return s, true
}
