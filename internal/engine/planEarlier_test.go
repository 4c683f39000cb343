package engine

import (
	"context"
	"testing"
	"time"

	"github.com/srmigrate/srmigrate/internal/state"
	"github.com/srmigrate/srmigrate/runbook"
	"github.com/srmigrate/srmigrate/steps"
)

// reckoning expects to take as long as an earlier run of it says.
type reckoning struct{ *put }

func (reckoning) Forecast(_ context.Context, env *steps.Env) (steps.Forecast, error) {
	if env.Earlier == nil {
		return steps.Forecast{}, nil
	}
	return steps.Forecast{Expect: steps.Expectation{Time: time.Minute, Basis: env.Earlier.Outputs.Text() + " in " + env.Earlier.Run}}, nil
}

// The plan of a new run reckons with what the run before it has seen, in `plan` and when a run begins.
func TestAPlanKnowsTheEarlierRun(t *testing.T) {
	w := newWorld()
	b := newBench(t, w, w.step("a", func(st *runbook.Step) { st.Step = reckoning{st.Step.(*put)} }), w.step("b"))
	w.fail["b"] = errNo
	b.want(run(b), RolledBack, state.RolledBack)
	st, err := b.store.Load()
	if err != nil {
		t.Fatal(err)
	}
	first := st.Run.ID
	if p, err := b.engine().Plan(t.Context(), PlanOptions{}); err != nil || p.Expected() != 0 {
		t.Errorf("no new run, and it expects to take %s, %v", p.Expected(), err)
	}
	b.rb.Steps[1].Digest = "another"
	delete(w.fail, "b")
	p, err := b.engine().Plan(t.Context(), PlanOptions{})
	if err != nil || p.Expected() != time.Minute || p.Steps[0].Basis != "did it in "+first {
		t.Errorf("got %+v, %v", p.Steps[0], err)
	}
	x, shown := b.engine(), ""
	x.ShowPlan = func(p *Plan) { shown = p.Steps[0].Basis }
	if res := x.Run(t.Context(), RunOptions{}); res.Exit != OK || shown != "did it in "+first {
		t.Errorf("exit %d, shown %q", res.Exit, shown)
	}
}
