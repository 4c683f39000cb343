package otlp

import (
	"cmp"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/srmigrate/srmigrate/internal/event"
)

// ofStep follows a step.
func (s *spans) ofStep(e event.Event) {
	switch e := e.(type) {
	case event.StepStarted:
		s.start(e.ID, e.Type, e.Undoes, time.Now())
		s.step.SetAttributes(attribute.String("srmigrate.step.text", s.text(e.Text)))
	case event.StepRetry:
		if s.step.id == e.ID {
			s.step.retries++
			s.step.AddEvent("retry", trace.WithAttributes(attribute.Int("srmigrate.attempt", e.Attempt),
				attribute.String("exception.message", s.text(e.Err)), attribute.Float64("srmigrate.wait", e.Wait.Seconds())))
		}
	case event.Noticed:
		if s.step.id == e.ID && e.Severity != event.Info {
			s.step.AddEvent(e.About, trace.WithAttributes(attribute.String("srmigrate.severity", string(e.Severity)),
				attribute.String("srmigrate.text", s.text(e.Text))))
		}
	case event.StepWaiting:
		s.at(e.ID, "", 0)
		s.step.AddEvent("waiting", trace.WithAttributes(attribute.String("srmigrate.text", s.text(e.Text))))
		s.step.SetAttributes(attribute.String("srmigrate.step.status", "waiting"))
	case event.StepDone:
		s.at(e.ID, e.Undoes, e.Took)
		s.close(e.ID, "succeeded", codes.Unset, e.Text)
	case event.StepSkipped:
		s.at(e.ID, e.Undoes, 0)
		s.close(e.ID, "skipped", codes.Unset, e.Text)
	case event.StepFailed:
		s.at(e.ID, e.Undoes, e.Took)
		s.close(e.ID, "failed", codes.Error, e.Text)
	}
}

// at has the span of a step open, of one too that is told of at its end alone.
func (s *spans) at(id, undoes string, took time.Duration) {
	if s.step.id != id {
		s.start(id, "", undoes, time.Now().Add(-took))
	}
}

func (s *spans) start(id, typ, undoes string, began time.Time) {
	if s.step.open() {
		s.close(s.step.id, "", codes.Unset, "")
	}
	typ = cmp.Or(typ, s.meter.TypeOf(id))
	list := append(ofRun(s.meter, s.run.run), attribute.String("srmigrate.step.id", id), attribute.String("srmigrate.step.type", typ))
	if undoes != "" {
		list = append(list, attribute.String("srmigrate.step.undoes", undoes))
	}
	ctx, span := s.tracer.Start(s.run.in, id, trace.WithTimestamp(began), trace.WithAttributes(list...))
	s.step = place{Span: span, in: ctx, id: id, typ: typ}
}

// close ends the span of a step; without a status it was cut short.
func (s *spans) close(id, status string, code codes.Code, text string) {
	if s.step.id != id {
		return
	}
	s.step.SetAttributes(attribute.Int("srmigrate.step.retries", s.step.retries))
	if status != "" {
		s.step.SetAttributes(attribute.String("srmigrate.step.status", status), attribute.String("srmigrate.step.outcome", s.text(text)))
	}
	if code == codes.Error {
		s.step.SetStatus(code, s.text(text))
	}
	s.step.End()
	s.step = place{}
}
