package steps

import (
	"errors"
	"fmt"
	"maps"

	"github.com/srmigrate/srmigrate/internal/condition"
)

// OutputsOf are the outputs that the steps after this one may name: a value of each one's type.
func OutputsOf(s Step) map[string]any {
	all := map[string]any{"text": ""}
	if o, ok := s.(Outputter); ok {
		maps.Copy(all, o.Outputs())
	}
	return all
}

// Outputs are those that this step may name, by step, and why it may not name those of others.
func (s Scope) Outputs() (known map[string]map[string]any, absent map[string]string) {
	known, absent = map[string]map[string]any{}, map[string]string{}
	for _, id := range s.IDs {
		absent[id] = fmt.Sprintf("step %q stands after this one: only what earlier steps put out is known here", id)
	}
	absent[s.ID] = fmt.Sprintf("step %q is this step: only what earlier steps put out is known here", s.ID)
	for _, d := range s.Before {
		known[d.ID] = OutputsOf(d.Step)
		delete(absent, d.ID)
	}
	return known, absent
}

// Outputs are what the run's steps have put out so far, by step, and why others have nothing.
func (e *Env) Outputs() (known map[string]map[string]any, absent map[string]string) {
	known, absent = map[string]map[string]any{}, map[string]string{}
	for _, p := range e.Steps {
		if p.Done {
			known[p.ID] = p.Outputs
		} else {
			absent[p.ID] = fmt.Sprintf("step %q did not succeed, so it put out nothing", p.ID)
		}
	}
	for _, id := range e.Skipped {
		absent[id] = fmt.Sprintf("step %q was skipped, so it put out nothing", id)
	}
	return known, absent
}

// NoOutput says why an output of a step may not be named here; "" when it may.
func (s Scope) NoOutput(id, name string) string { return s.names().NoOutput(id, name) }

// Output is what a step has put out, as text.
func (e *Env) Output(id, name string) (string, error) {
	if why := e.names().NoOutput(id, name); why != "" {
		return "", errors.New(why)
	}
	known, _ := e.Outputs()
	return fmt.Sprint(known[id][name]), nil
}

// names are what a condition of this step may name, before the step itself adds to it.
func (s Scope) names() condition.Scope {
	known, absent := s.Outputs()
	return condition.Scope{Registries: s.Registries, Vars: s.Vars, Steps: known, Absent: absent}
}

// names are what a condition may name while the run is at this step.
func (e *Env) names() condition.Scope {
	known, absent := e.Outputs()
	return condition.Scope{Registries: declared(e), Vars: e.Vars, Steps: known, Absent: absent}
}
