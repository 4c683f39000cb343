package otlp

import (
	"context"
	"fmt"
	"sync/atomic"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// tally finds out how many spans the SDK has dropped because its queue was full, which it tells nobody.
type tally struct {
	sdktrace.SpanExporter
	ended, handed atomic.Int64
}

// ExportSpans counts what is handed on, whatever becomes of it.
func (t *tally) ExportSpans(ctx context.Context, list []sdktrace.ReadOnlySpan) error {
	t.handed.Add(int64(len(list)))
	return t.SpanExporter.ExportSpans(ctx, list)
}

// dropped says how many spans are missing, "" for none. It is right once everything was handed on.
func (t *tally) dropped() string {
	ended := t.ended.Load()
	if n := ended - t.handed.Load(); n > 0 {
		return fmt.Sprintf("%d of %d spans were dropped, because the collector took them more slowly than they came; OTEL_BSP_MAX_QUEUE_SIZE is how many may wait", n, ended)
	}
	return ""
}

// ends counts the spans that end, before they are queued.
type ends struct{ *tally }

// OnStart counts nothing.
func (ends) OnStart(context.Context, sdktrace.ReadWriteSpan) {}

// OnEnd counts a span that is to be sent.
func (e ends) OnEnd(s sdktrace.ReadOnlySpan) {
	if s.SpanContext().IsSampled() {
		e.ended.Add(1)
	}
}

// Shutdown has nothing to do.
func (ends) Shutdown(context.Context) error { return nil }

// ForceFlush has nothing to do.
func (ends) ForceFlush(context.Context) error { return nil }
