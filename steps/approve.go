package steps

import (
	"context"
	"errors"
	"fmt"
	"time"
)

func init() { register("approve", func() Step { return &Approve{} }) }

// Approve stops the run until a person has said yes. It sends nothing.
type Approve struct {
	Message string `json:"message"`
}

// Describe names the question.
func (s *Approve) Describe() string { return "ask: " + s.Message }

// Asks is the question.
func (s *Approve) Asks() string { return s.Message }

// Patient says that the default timeout does not apply: people sleep.
func (s *Approve) Patient() bool { return true }

// Outputs are who approved, and when.
func (s *Approve) Outputs() map[string]any { return map[string]any{"approvedBy": "", "approvedAt": ""} }

// Probe looks whether somebody has approved. That nobody did in time is not for it to judge.
func (s *Approve) Probe(_ context.Context, env *Env) (Status, error) {
	status := Status{Left: Todo, Now: "nobody has answered", Will: "approved"}
	switch a := env.Answer; {
	case a == nil:
	case a.Approved:
		status = Status{Left: Done, Now: a.words(), Outputs: approval(a)}
	default:
		status.Now = a.words()
	}
	return status, nil
}

// Do succeeds once somebody has approved, and fails once somebody has rejected.
func (s *Approve) Do(_ context.Context, env *Env) (Outputs, error) {
	switch a := env.Answer; {
	case a == nil:
		return nil, ErrWaiting
	case !a.Approved:
		return nil, errors.New(a.words())
	default:
		return approval(a), nil
	}
}

func approval(a *Answer) Outputs {
	return Outputs{"text": a.words(), "approvedBy": a.By, "approvedAt": a.At.UTC().Format(time.RFC3339)}
}

func (a *Answer) words() string {
	text := fmt.Sprintf("rejected by %s", a.By)
	if a.Approved {
		text = fmt.Sprintf("approved by %s at %s", a.By, a.At.UTC().Format(time.RFC3339))
	}
	if a.Comment != "" {
		text += ": " + a.Comment
	}
	return text
}
