package steps

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/srmigrate/srmigrate/internal/event"
)

func init() { register("notify", func() Step { return &Notify{} }) }

// Notify tells somebody by a channel of the runbook. A channel that is down does not fail the step.
type Notify struct {
	Channel string `json:"channel"`
	Message string `json:"message"`
}

// Describe names the channel and what is said, the first line of it.
func (s *Notify) Describe() string {
	text, _, _ := strings.Cut(s.Message, "\n")
	return fmt.Sprintf("tell %s: %s", s.Channel, text)
}

// Dispensable says that a run may go on without it.
func (s *Notify) Dispensable() bool { return true }

// Check finds the channel.
func (s *Notify) Check(scope Scope) []Problem {
	if slices.Contains(scope.Channels, s.Channel) {
		return nil
	}
	return []Problem{{Path: "/channel", Message: fmt.Sprintf("channel %q is not declared under spec.notifications%s", s.Channel, didYouMean(s.Channel, scope.Channels))}}
}

// Probe finds that everything is still to be said: what was said before a kill may not have arrived, and is said twice
// rather than not at all.
func (s *Notify) Probe(context.Context, *Env) (Status, error) {
	return Status{Left: Todo, Will: "told"}, nil
}

// Forecast says that nothing changes on a registry.
func (s *Notify) Forecast(context.Context, *Env) (Forecast, error) { return Forecast{}, nil }

// Outputs names what it puts out.
func (s *Notify) Outputs() map[string]any { return map[string]any{"told": false} }

// Do says it. What could not be said is a warning.
func (s *Notify) Do(ctx context.Context, env *Env) (Outputs, error) {
	if env.Notify == nil {
		return Outputs{"text": "nobody is told here", "told": false}, nil
	}
	err := env.Notify(ctx, s.Channel, env.StepID, s.Message)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		env.Emit(event.StepWarning{ID: env.StepID, Text: fmt.Sprintf("%s could not be told: %v", s.Channel, err)})
		return Outputs{"text": s.Channel + " was not told", "told": false}, nil
	}
	return Outputs{"text": s.Channel + " was told", "told": true}, nil
}
