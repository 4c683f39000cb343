package engine

import (
	"encoding/json"

	"github.com/srmigrate/srmigrate/internal/registry"
	"github.com/srmigrate/srmigrate/internal/state"
	"github.com/srmigrate/srmigrate/runbook"
	"github.com/srmigrate/srmigrate/steps"
)

// files are the state's side files as steps see them.
type files struct{ *state.Store }

func (f files) Path(name string) string { return f.SidePath(name) }

// env lends the step what it may use, with clients that retry as the step says.
func (s *session) env(st *runbook.Step, e *state.Step, onRetry func(registry.Attempt)) *steps.Env {
	env := &steps.Env{
		RunID: s.state.Run.ID, StepID: e.ID, Undoes: e.Undoes,
		Registries: map[string]*registry.Client{},
		Exports:    map[string]map[string]registry.Secret{},
		Dialects:   map[string]string{},
		Steps:      s.pasts(e),
		After:      s.after(e),
		Skipped:    s.passed(),
		Allow:      st.Allow,
		Vars:       s.Runbook.Vars,
		Fellows:    s.Fellows,
		Siblings:   s.siblings,
		Files:      files{s.Store},
		Dir:        s.Runbook.Folder(),
		Emit:       s.Emit,
		Answer:     answered(e),
		Notify:     s.Notify,
	}
	for name, c := range s.Clients {
		env.Registries[name] = c.With(st.Retry, onRetry)
	}
	for _, r := range s.Runbook.Registries {
		env.Exports[r.Name], env.Dialects[r.Name] = r.Export, r.Dialect
	}
	return env
}

// pasts is what the run knows of its begun steps. An undo step that is at work comes last.
func (s *session) pasts(e *state.Step) []steps.Past {
	var list []steps.Past
	for _, b := range s.state.Run.Steps {
		if b.Intent || b == e {
			list = append(list, past(b))
		}
	}
	if e.Undoes != "" {
		list = append(list, past(e))
	}
	return list
}

// Pasts is what a run that nobody works on knows of its begun steps.
func Pasts(r *state.Run) []steps.Past {
	var list []steps.Past
	for _, b := range r.Steps {
		if b.Intent {
			list = append(list, past(b))
		}
	}
	return list
}

// after are the steps that come behind one. Whether one with a condition runs is not known before it is reached.
func (s *session) after(e *state.Step) (list []steps.Upcoming) {
	if e.Undoes != "" {
		return nil
	}
	behind := false
	for _, st := range s.Runbook.Steps {
		if b := s.state.Run.Step(st.ID); behind && st.When == "" && (b == nil || !b.Finished()) {
			list = append(list, steps.Upcoming{Declared: steps.Declared{ID: st.ID, Step: st.Step}, Allow: st.Allow})
		}
		behind = behind || st.ID == e.ID
	}
	return list
}

func past(e *state.Step) steps.Past {
	return steps.Past{ID: e.ID, Type: e.Type, Done: e.Status == state.StepSucceeded, Record: e.Record, Outputs: e.Outputs}
}

// encode writes a step as the runbook would, secrets redacted.
func encode(st steps.Step) json.RawMessage {
	raw, err := json.Marshal(st)
	if err != nil {
		panic(err) // structs of strings, numbers, lists and secrets
	}
	return raw
}
