package engine

import (
	"context"
	"slices"
	"testing"

	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/state"
	"github.com/srmigrate/srmigrate/runbook"
	"github.com/srmigrate/srmigrate/steps"
)

// wary finds three things that speak against it.
type wary struct{ *put }

func (wary) Find(context.Context, *steps.Env) ([]event.Finding, error) {
	return []event.Finding{{Code: "SRM012", Severity: "error", Text: "three would be lost", Remedy: "save them", Count: 3}}, nil
}

func TestAllowedFindings(t *testing.T) {
	cases := map[string]struct {
		allow  []steps.Consent
		exit   Exit
		remedy string
	}{
		"nothing is allowed": {exit: Refused, remedy: "save them"},
		"another is allowed": {allow: []steps.Consent{{Code: "SRM013", AtMost: -1, Because: "x"}}, exit: Refused, remedy: "save them"},
		"fewer are allowed": {
			allow: []steps.Consent{{Code: "SRM012", AtMost: 2, Because: "x"}}, exit: Refused,
			remedy: "the step allows at most 2 of these, and there are 3; save them",
		},
		"as many are allowed": {allow: []steps.Consent{{Code: "SRM012", AtMost: 3, Because: "x"}}},
		"any are allowed":     {allow: []steps.Consent{{Code: "SRM012", AtMost: -1, Because: "x"}}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			b := newBench(t, w, w.step("a", func(st *runbook.Step) { st.Step, st.Allow = wary{st.Step.(*put)}, c.allow }))
			res := run(b)
			i := slices.IndexFunc(b.events, func(e event.Event) bool { _, ok := e.(event.Finding); return ok })
			found := b.events[i].(event.Finding)
			if c.exit == OK {
				b.want(res, OK, state.Succeeded, "a")
				if found.Allowed != "x" {
					t.Errorf("the finding is not shown as allowed: %+v", found)
				}
				return
			}
			b.want(res, c.exit, "")
			if found.Remedy != c.remedy || found.Allowed != "" {
				t.Errorf("got %+v, want remedy %q", found, c.remedy)
			}
		})
	}
}
