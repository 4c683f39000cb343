package engine

import (
	"context"
	"fmt"

	"github.com/srmigrate/srmigrate/internal/state"
	"github.com/srmigrate/srmigrate/runbook"
	"github.com/srmigrate/srmigrate/steps"
)

// passes says whether the run is going to pass the step over, and puts into the plan what is known of that. A condition
// that the run has looked at already holds as it was found; where it cannot be told yet, the step is foreseen as one that
// runs.
func (p *planning) passes(ctx context.Context, st *runbook.Step, e *state.Step, env *steps.Env, planned *PlannedStep) bool {
	if st.When == "" || e.Intent {
		return false
	}
	if e.When == nil && !p.decide(ctx, st, e, env, planned) || e.When.Holds {
		return false
	}
	e.Status = state.StepSkipped
	planned.Standing, planned.Done, planned.NoReturn, planned.Undo = string(e.Status), e.When.String(), false, []PlannedUndo{}
	return true
}

// decide looks at the condition, in the way in which the run will; false when the outcome cannot be known yet.
func (p *planning) decide(ctx context.Context, st *runbook.Step, e *state.Step, env *steps.Env, planned *PlannedStep) bool {
	f, err := guarded(func() (steps.Foreseen, error) { return steps.WhenAhead(ctx, env, st.When, p.plan.Offline) })
	switch {
	case err != nil:
		p.unseen(st, planned, fmt.Errorf("whether it has to run cannot be told: when: %w", err))
		return false
	case !f.Known:
		planned.later(p.Redact("whether it runs: " + f.Text))
		return false
	}
	e.When = &state.When{Holds: f.Holds, Text: p.Redact(f.Text)}
	return true
}
