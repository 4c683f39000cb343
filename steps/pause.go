package steps

import (
	"context"
	"encoding/json"
	"fmt"
)

// Pause pauses an exporter and waits until it is PAUSED. With step it is the undo of a resume, and leaves an exporter
// alone that was not paused before that.
type Pause exporterRef

func init() { register("pause", func() Step { return new(Pause) }) }

// Describe names the exporter.
func (p *Pause) Describe() string { return "pause " + exporterRef(*p).String() }

// Check reports an undeclared registry and a step that is no earlier resume of the exporter.
func (p *Pause) Check(s Scope) []Problem {
	return exporterRef(*p).check(s, "resumes", func(step Step) (exporterRef, bool) {
		r, ok := step.(*Resume)
		if !ok {
			return exporterRef{}, false
		}
		return exporterRef(*r), true
	})
}

// Record keeps the state before.
func (p *Pause) Record(ctx context.Context, env *Env) (json.RawMessage, error) {
	return exporterRef(*p).record(ctx, env)
}

// Undo resumes the exporter if this step paused it.
func (p *Pause) Undo(id string) []Spec {
	return []Spec{spec("resume", &Resume{Registry: p.Registry, Exporter: p.Exporter, Step: id})}
}

// moot says why there is nothing to do, "" if there is.
func (p *Pause) moot(env *Env) (string, error) {
	if p.Step == "" {
		return "", nil
	}
	before, known, err := exporterRef(*p).stateBefore(env)
	if err != nil || known && before == paused {
		return "", err
	}
	return fmt.Sprintf("step %s did not resume exporter %s", p.Step, p.Exporter), nil
}

// Probe reports whether the exporter is PAUSED.
func (p *Pause) Probe(ctx context.Context, env *Env) (Status, error) {
	why, err := p.moot(env)
	if err != nil || why != "" {
		return Status{Left: Done, Now: why, Will: why, Outputs: Outputs{"text": why}}, err
	}
	c, err := exporterRef(*p).client(env)
	if err != nil {
		return Status{}, err
	}
	state, there, err := exporterState(ctx, c, p.Exporter)
	st := Status{Left: Todo, Now: stateNow(state, there), Will: paused}
	if state == paused || p.Step != "" && !there {
		st.Left, st.Outputs = Done, p.outputs(there)
	}
	return st, explainNoExporters(err, exporterRef(*p).registry())
}

// stateNow is a state for people.
func stateNow(state string, there bool) string {
	if !there {
		return "no such exporter"
	}
	return state
}

// Do pauses the exporter.
func (p *Pause) Do(ctx context.Context, env *Env) (Outputs, error) {
	why, err := p.moot(env)
	if err != nil || why != "" {
		return Outputs{"text": why}, err
	}
	c, err := exporterRef(*p).client(env)
	if err != nil {
		return nil, err
	}
	there, err := pauseExporter(ctx, c, p.Exporter)
	if err != nil {
		return nil, explainNoExporters(err, exporterRef(*p).registry())
	}
	if !there && p.Step == "" {
		return nil, exporterRef(*p).missing(ctx, c)
	}
	return p.outputs(there), nil
}

func (p *Pause) outputs(there bool) Outputs {
	if !there {
		return Outputs{"text": "exporter " + p.Exporter + " is gone"}
	}
	return Outputs{"text": "exporter " + p.Exporter + " is PAUSED"}
}

// ByHand returns the command that pauses the exporter.
func (p *Pause) ByHand(_ context.Context, env *Env) []string {
	c, err := exporterRef(*p).client(env)
	if why, mootErr := p.moot(env); err != nil || mootErr == nil && why != "" {
		return nil
	}
	return []string{curlExporter(c, p.Exporter, "/pause")}
}
