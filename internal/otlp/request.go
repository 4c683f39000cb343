package otlp

import (
	"net/http"
	"net/url"
	"strconv"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/srmigrate/srmigrate/internal/registry"
)

// request makes the span of a request, below the step that is at work. It has no query and no body.
func (s *spans) request(x sent) {
	over := s.run
	if s.step.open() {
		over = s.step
	}
	list := append(ofRun(s.meter, s.run.run), attribute.String("srmigrate.registry", s.text(x.Registry)),
		semconv.HTTPRequestMethodKey.String(x.Method), semconv.URLPath(s.text(x.Path)), semconv.URLTemplate(registry.Route(x.Path)))
	if s.step.open() {
		list = append(list, attribute.String("srmigrate.step.id", s.step.id), attribute.String("srmigrate.step.type", s.step.typ))
	}
	list = append(list, server(x.Base)...)
	if x.Attempt > 1 {
		list = append(list, semconv.HTTPRequestResendCount(x.Attempt-1))
	}
	if x.Status != 0 {
		list = append(list, semconv.HTTPResponseStatusCode(x.Status))
	}
	_, span := s.tracer.Start(over.in, x.Method+" "+registry.Route(x.Path), trace.WithSpanKind(trace.SpanKindClient),
		trace.WithTimestamp(x.at.Add(-x.Took)), trace.WithAttributes(list...))
	if kind := wrong(x.Exchange); kind != "" {
		span.SetAttributes(semconv.ErrorTypeKey.String(kind))
		span.SetStatus(codes.Error, s.text(x.Err))
	}
	span.End(trace.WithTimestamp(x.at))
}

// server is where a request went.
func server(base string) []attribute.KeyValue {
	u, err := url.Parse(base)
	if err != nil {
		return nil // the client has parsed it before
	}
	list := []attribute.KeyValue{semconv.URLScheme(u.Scheme), semconv.ServerAddress(u.Hostname())}
	port, err := strconv.Atoi(u.Port())
	if err != nil {
		port = map[string]int{"http": 80, "https": 443}[u.Scheme]
	}
	return append(list, semconv.ServerPort(port))
}

// wrong is the kind of error of a request, "" for none: that something is not there is an answer to a question.
func wrong(x registry.Exchange) string {
	switch {
	case x.Err == "", !x.Writes() && x.Status == http.StatusNotFound:
		return ""
	case x.Status/100 == 2:
		return "bad_answer"
	case x.Status == 0:
		return "no_answer"
	}
	return strconv.Itoa(x.Status)
}
