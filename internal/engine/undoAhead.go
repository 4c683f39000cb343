package engine

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/state"
)

// preview shows what a rollback that a person asked for is about to undo. It says false, and how the call ends, where
// nothing is to be undone now.
func (s *session) preview(ctx context.Context, o RollbackOptions, list []*state.Step) (Result, bool) {
	if o.Confirm == nil && !o.DryRun {
		return Result{}, true
	}
	ahead := s.undone(list)
	for _, l := range ahead {
		s.Emit(event.Ahead{ID: l.ID, Text: l.Text})
	}
	for _, name := range slices.Sorted(maps.Keys(s.Clients)) {
		s.tellMoved(name)
	}
	run := s.state.Run
	switch {
	case o.DryRun:
		next := s.retype()
		if len(ahead) == 0 {
			next = ""
		}
		return s.end(ending{
			exit: OK, result: "not undone", next: next,
			reason: fmt.Sprintf("nothing was sent: %s of run %s would be undone", number(len(ahead), "effect"), run.ID),
		}, nil), false
	case o.Confirm(fmt.Sprintf("Undo run %s (%s)?", run.ID, event.Words(string(run.Status)))):
		return Result{}, true
	case interrupted(ctx):
		return s.turnedAway(ctx, nil), false
	default:
		return s.end(ending{exit: Failed, result: "not undone", reason: "nothing was sent: nobody confirmed it", next: s.retype()}, nil), false
	}
}

// crossed says what it means to go past the point of no return, "" where that is not asked for.
func (s *session) crossed(o RollbackOptions) string {
	id := s.closedBy()
	if !o.PastNoReturn || id == "" {
		return ""
	}
	text := "it is a point of no return, and this goes past it: what clients have registered on the target since is not carried back"
	e := s.state.Run.Step(id)
	if a := e.Answer; a != nil {
		text += fmt.Sprintf("; it was approved by %s at %s", a.By, a.At.Format(time.RFC3339))
	}
	return text
}
