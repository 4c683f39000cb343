package engine

import (
	"context"
	"fmt"
	"time"

	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/state"
)

// stale compares what a plan was made from with what is there now; ok is false when the run must not begin. A run that
// was begun is not asked again: it has moved things itself.
func (s *session) stale(ctx context.Context) (res Result, ok bool) {
	if s.planned == nil {
		return Result{}, true
	}
	quiet := *s.Engine
	quiet.Emit, quiet.Clients = func(event.Event) {}, s.Readers
	p, err := (&session{Engine: &quiet, state: &state.State{Runbook: s.Runbook.Name}, started: time.Now()}).look(ctx, PlanOptions{})
	if err != nil {
		return s.notBegun(ctx, err), false
	}
	moved := Moved(s.planned, p.Fingerprint(s.Runbook))
	if len(moved) == 0 {
		return Result{}, true
	}
	for _, what := range moved {
		s.Emit(event.Moved{Text: what})
	}
	return s.end(ending{
		exit: Stale, result: "stale", reason: fmt.Sprintf("%d things have moved since the plan was made; nothing was written. Make the plan again and have it reviewed", len(moved)),
	}, nil), false
}
