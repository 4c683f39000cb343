package engine

import (
	"context"
	"fmt"
	"time"

	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/state"
	"github.com/srmigrate/srmigrate/steps"
)

// calledFor says whether the step is to run at all. What its condition says when it is reached is saved at once, and
// holds from then on: a resume must not find it changed by what the run itself has done.
func (w *work) calledFor(ctx context.Context) (bool, error) {
	e := w.entry
	if w.step.When == "" || e.Intent {
		return true, nil
	}
	if e.When == nil {
		when, err := guarded(func() (*state.When, error) {
			holds, text, err := steps.When(ctx, w.env, w.step.When)
			return &state.When{Holds: holds, Text: w.Redact(text)}, err
		})
		if err != nil {
			return false, fmt.Errorf("whether it has to run cannot be told: when: %w", err)
		}
		e.When = when
		if err := w.save(); err != nil {
			return false, err
		}
	}
	return e.When.Holds, nil
}

// pass ends a step whose condition is false. Nothing of it is undone, for nothing of it was begun.
func (w *work) pass() error {
	e := w.entry
	e.Status, e.Error, e.Ended = state.StepSkipped, "", time.Now().UTC()
	if err := w.save(); err != nil {
		return err
	}
	w.Emit(event.StepSkipped{ID: e.ID, Text: e.When.String()})
	return nil
}

// passed are the steps that the run went past without beginning them.
func (s *session) passed() []string {
	var ids []string
	for _, e := range s.state.Run.Steps {
		if e.Finished() && !e.Intent {
			ids = append(ids, e.ID)
		}
	}
	return ids
}
