// Package otlp tells an OpenTelemetry collector of a run: a span for the call, for each step and each request, and the
// figures of the run. It does so where the environment says so, as OpenTelemetry has it; the SDK reads most of that by
// itself. What the collector does, or does not, never holds a run up.
package otlp

import (
	"context"
	"errors"
	"sync"
	"time"

	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/metrics"
	"github.com/srmigrate/srmigrate/internal/registry"
)

// scope is what spans and figures are of.
const scope = "github.com/srmigrate/srmigrate"

// A Collector is told of a run. A nil Collector is told of nothing.
type Collector struct {
	spans  *spans // nil where no traces are wanted
	closes []func(context.Context) error
	said   *trouble
}

// Open begins to tell, if the environment says so; nil otherwise. The meter has the figures, and is told of what happens
// by whoever calls. What the environment asks for and cannot have is in problems.
func Open(env Lookup, m *metrics.Meter) (c *Collector, problems []string) {
	c = &Collector{said: &trouble{redact: redactor(env, m)}}
	traces, problem := wanted(env, "TRACES")
	c.said.note(problem)
	figures, problem := wanted(env, "METRICS")
	c.said.note(problem)
	if !traces && !figures {
		return nil, c.said.take()
	}
	c.said.listen()
	ctx := context.Background()
	res, err := resource.New(ctx, resource.WithTelemetrySDK(), resource.WithAttributes(
		semconv.ServiceName("srmigrate"), semconv.ServiceVersion(m.Version)), resource.WithFromEnv())
	c.said.fail(err) // what could be read of it is used
	if traces {
		c.said.fail(c.trace(ctx, env, m, res))
	}
	if figures {
		c.said.fail(c.measure(ctx, m, res))
	}
	return c, c.said.take()
}

// redactor takes out what is secret in the environment too, and only here: a header may be a word that stands in a
// runbook.
func redactor(env Lookup, m *metrics.Meter) func(string) string {
	own := new(registry.Redactor)
	own.Add(secrets(env)...)
	return func(s string) string { return own.Redact(m.Redact(s)) }
}

func (c *Collector) trace(ctx context.Context, env Lookup, m *metrics.Meter, res *resource.Resource) error {
	exporter, err := otlptracehttp.New(ctx)
	if err != nil {
		return err
	}
	t := &tally{SpanExporter: exporter}
	p := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(ends{t}), sdktrace.WithBatcher(t), sdktrace.WithResource(res), sdktrace.WithIDGenerator(ids{}))
	c.spans = &spans{tracer: p.Tracer(scope), meter: m, parent: parent(env), text: func(s string) string { return shorten(c.said.redact(s), mostAttribute) }, began: time.Now()}
	c.closes = append(c.closes, func(ctx context.Context) error {
		err := p.Shutdown(ctx)
		if ctx.Err() == nil { // otherwise some are still on their way
			c.said.note(t.dropped())
		}
		return err
	})
	return nil
}

func (c *Collector) measure(ctx context.Context, m *metrics.Meter, res *resource.Resource) error {
	exporter, err := otlpmetrichttp.New(ctx)
	if err != nil {
		return err
	}
	p := sdkmetric.NewMeterProvider(sdkmetric.WithReader(sdkmetric.NewPeriodicReader(exporter)), sdkmetric.WithResource(res))
	c.closes = append(c.closes, p.Shutdown)
	return observe(p.Meter(scope), m)
}

// Tell takes an event that the meter has taken.
func (c *Collector) Tell(e event.Event) {
	if c != nil && c.spans != nil {
		c.spans.take(e)
	}
}

// Exchange takes a request. It is called from several goroutines.
func (c *Collector) Exchange(x registry.Exchange) {
	if c != nil && c.spans != nil {
		c.spans.exchange(x)
	}
}

// errLate is of a collector that has not answered.
var errLate = errors.New("the collector has not taken everything by the end of the call")

// Close sends what is left, waits at most so long, and says what could not be had.
func (c *Collector) Close(most time.Duration) []string {
	if c == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), most)
	defer cancel()
	var left sync.WaitGroup
	for _, f := range c.closes {
		left.Go(func() { c.said.fail(late(ctx, f(ctx))) })
	}
	done := make(chan struct{})
	go func() { left.Wait(); close(done) }()
	select {
	case <-done:
	case <-ctx.Done():
		select {
		case <-done:
		case <-time.After(100 * time.Millisecond): // it knows that it is late
			c.said.fail(errLate)
		}
	}
	return c.said.take()
}

// late is err, in our words where only the time is up.
func late(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil && errors.Is(err, context.DeadlineExceeded) {
		return errLate
	}
	return err
}
