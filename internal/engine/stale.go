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
