package engine

import (
	"context"
	"fmt"

	"github.com/srmigrate/srmigrate/internal/registry"
	"github.com/srmigrate/srmigrate/internal/state"
	"github.com/srmigrate/srmigrate/runbook"
	"github.com/srmigrate/srmigrate/steps"
)

// Reach is where a step of the runbook would put what it copies.
type Reach struct {
	*steps.Reach
	Step *runbook.Step
}

// Reaches looks where a run would copy to, as far as it is still to come. It only reads, and little. A run whose copies are
// made reaches nothing, and nobody can tell of a step with a condition.
func (x *Engine) Reaches(ctx context.Context, restart bool) ([]Reach, error) {
	st, err := x.Store.Load()
	if err != nil {
		return nil, err
	}
	if st == nil {
		st = &state.State{Runbook: x.Runbook.Name}
	}
	p := newPlanning(x.serial(), st, false)
	switch what, _ := p.outlook(); {
	case what == Begins, restart && st.Run.Over():
		st.Run = &state.Run{Registries: map[string]state.Identity{}}
	case what != GoesOn:
		return nil, nil
	}
	var list []Reach
	for i := range x.Runbook.Steps {
		s := &x.Runbook.Steps[i]
		reacher, ok := s.Step.(steps.Reacher)
		if e := st.Run.Step(s.ID); !ok || s.When != "" || len(s.Late) > 0 || e != nil && e.Finished() {
			continue
		}
		env := p.env(s, &state.Step{ID: s.ID, Type: s.Type}, nil)
		for name, c := range p.Clients {
			env.Registries[name] = c.With(lookAgain, nil)
		}
		r, err := guarded(func() (*steps.Reach, error) { return reacher.Reaches(ctx, env) })
		if err != nil {
			return nil, fmt.Errorf("step %s: %w", s.ID, err)
		}
		if r != nil {
			list = append(list, Reach{r, s})
		}
	}
	return list, nil
}

// Place is what a registry is known by: who it says it is, else where it is.
func Place(ctx context.Context, c *registry.Client) string {
	id, known, err := c.Identity(ctx)
	if err != nil || !known {
		return c.URL()
	}
	return id
}
