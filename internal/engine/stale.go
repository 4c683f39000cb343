package engine

import (
	"fmt"

	"github.com/srmigrate/srmigrate/internal/event"
)

// stale compares what a plan was made from with what is there now; ok is false when the run must not begin. A run that
// was begun is not asked again: it has moved things itself.
func (s *session) stale(p *Plan) (res Result, ok bool) {
	if s.planned == nil {
		return Result{}, true
	}
	moved := p.Moved(s.planned, s.Runbook)
	if len(moved) == 0 {
		return Result{}, true
	}
	for _, what := range moved {
		s.Emit(event.Moved{Text: what})
	}
	return s.end(ending{
		exit: Stale, result: "stale", next: s.replan,
		reason: fmt.Sprintf("%s since the plan was made, and nothing was written; make it again and have it reviewed",
			pick(len(moved) == 1, "1 thing has moved", fmt.Sprintf("%d things have moved", len(moved)))),
	}, nil), false
}
