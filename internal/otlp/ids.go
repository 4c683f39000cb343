package otlp

import (
	"context"
	"crypto/rand"
	"crypto/sha256"

	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// parent is the span that the call belongs to, such as that of a job, as the environment has it.
func parent(env Lookup) context.Context {
	carrier := propagation.MapCarrier{"traceparent": env.get("TRACEPARENT"), "tracestate": env.get("TRACESTATE")}
	return propagation.TraceContext{}.Extract(context.Background(), carrier)
}

// first is where the first call of a run stands that has no parent: it follows from the run's id, so that calls of other
// processes find it.
func first(run string) trace.SpanContext {
	sum := sha256.Sum256([]byte("srmigrate run " + run))
	return trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: trace.TraceID(sum[:16]), SpanID: trace.SpanID(sum[16:24]), TraceFlags: trace.FlagsSampled, Remote: true,
	})
}

type wish struct{}

// wishing asks for the ids of a span that has no parent.
func wishing(ctx context.Context, id trace.SpanContext) context.Context {
	return context.WithValue(ctx, wish{}, id)
}

// ids are random, but for those that were asked for.
type ids struct{}

// NewIDs returns those of a span without a parent.
func (g ids) NewIDs(ctx context.Context) (trace.TraceID, trace.SpanID) {
	if id, ok := ctx.Value(wish{}).(trace.SpanContext); ok {
		return id.TraceID(), id.SpanID()
	}
	var id trace.TraceID
	_, _ = rand.Read(id[:]) // it does not fail, by its contract
	return id, g.NewSpanID(ctx, id)
}

// NewSpanID returns a random one.
func (ids) NewSpanID(context.Context, trace.TraceID) (id trace.SpanID) {
	_, _ = rand.Read(id[:])
	return id
}
