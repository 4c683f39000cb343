package otlp

import (
	"context"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/metrics"
	"github.com/srmigrate/srmigrate/internal/registry"
)

// mostWaiting is how many requests are kept for the span of the call, which begins when its run is known.
const mostWaiting = 2000

// spans makes spans of what happens: one for the call, below it one for each step, below that one for each request.
type spans struct {
	tracer trace.Tracer
	meter  *metrics.Meter
	parent context.Context     //nolint:containedctx // where the call belongs, from outside
	text   func(string) string // as it may be sent
	began  time.Time

	mu      sync.Mutex
	run     place // of the call
	step    place // of the step at work
	waiting []sent
	ended   bool
}

// place is an open span, and where spans below it begin.
type place struct {
	trace.Span
	in      context.Context //nolint:containedctx // as above
	id, typ string          // of a step
	run     string          // its id
	retries int
}

func (p place) open() bool { return p.Span != nil }

// sent is a request, and when it had been answered.
type sent struct {
	registry.Exchange
	at time.Time
}

func (s *spans) take(e event.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch e := e.(type) {
	case event.RunStarted:
		s.begin(e.RunID, e.Resumed)
	case event.RollbackStarted:
		s.begin(s.meter.Run(), true)
		s.run.AddEvent("rollback", trace.WithAttributes(attribute.String("srmigrate.because", s.text(e.Because))))
	case event.RunEnded:
		s.begin(e.RunID, true)
		s.end(e.ExitCode, e.Reason, attribute.String("srmigrate.run.status", e.Result))
	case event.Stopped:
		s.begin(s.meter.Run(), true)
		s.end(e.ExitCode, e.Text)
	default:
		if s.run.open() {
			s.ofStep(e)
		}
	}
}

// begin opens the span of the call, as of when the call began.
func (s *spans) begin(run string, again bool) {
	if s.run.open() || s.ended {
		return
	}
	ctx, options := s.parent, []trace.SpanStartOption{trace.WithTimestamp(s.began), trace.WithAttributes(ofRun(s.meter, run)...)}
	switch nested := trace.SpanContextFromContext(ctx).IsValid(); {
	case run == "":
	case again:
		options = append(options, trace.WithLinks(trace.Link{SpanContext: first(run), Attributes: ofRun(s.meter, run)}))
	case !nested:
		ctx = wishing(ctx, first(run))
	}
	ctx, span := s.tracer.Start(ctx, "srmigrate "+s.meter.Verb, options...)
	s.run = place{Span: span, in: ctx, run: run}
	for _, x := range s.waiting {
		s.request(x)
	}
	s.waiting = nil
}

// end closes what is open. Interrupted and waiting are no errors: the same command goes on.
func (s *spans) end(code int, reason string, more ...attribute.KeyValue) {
	if s.ended {
		return
	}
	s.ended = true
	if s.step.open() {
		s.close(s.step.id, "", codes.Unset, "")
	}
	s.run.SetAttributes(append(more, attribute.Int("srmigrate.exit_code", code))...)
	if code != 0 && code != 6 && code != 7 {
		s.run.SetStatus(codes.Error, s.text(reason))
	}
	s.run.End()
}

// exchange makes a span of a request.
func (s *spans) exchange(x registry.Exchange) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := sent{x, time.Now()}
	switch {
	case s.run.open():
		s.request(at)
	case len(s.waiting) < mostWaiting:
		s.waiting = append(s.waiting, at)
	}
}

// ofRun are the attributes of everything about one run.
func ofRun(m *metrics.Meter, run string) []attribute.KeyValue {
	list := []attribute.KeyValue{attribute.String("srmigrate.runbook", m.Redact(m.Runbook))}
	if run != "" {
		list = append(list, attribute.String("srmigrate.run.id", m.Redact(run)))
	}
	return list
}
