package steps

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// Resume resumes a paused exporter. With step it is the undo of a pause or a reset, and leaves an exporter alone that was
// paused before that, or is gone.
type Resume exporterRef

func init() { register("resume", func() Step { return new(Resume) }) }

// Describe names the exporter.
func (r *Resume) Describe() string { return "resume " + exporterRef(*r).String() }

// Check reports an undeclared registry and a step that is no earlier pause or reset of the exporter.
func (r *Resume) Check(s Scope) []Problem {
	return exporterRef(*r).check(s, "pauses", func(step Step) (exporterRef, bool) {
		switch step := step.(type) {
		case *Pause:
			return exporterRef(*step), true
		case *Reset:
			return exporterRef(*step), true
		}
		return exporterRef{}, false
	})
}

// Record keeps the state before.
func (r *Resume) Record(ctx context.Context, env *Env) (json.RawMessage, error) {
	return exporterRef(*r).record(ctx, env)
}

// Undo pauses the exporter if this step resumed it.
func (r *Resume) Undo(id string) []Spec {
	return []Spec{spec("pause", &Pause{Registry: r.Registry, Exporter: r.Exporter, Step: id})}
}

// Moot reports whether the same rollback is going to delete the exporter, because this run made it.
func (r *Resume) Moot(env *Env, later []Step) bool { return exporterRef(*r).deletedLater(env, later) }

// moot says why there is nothing to do, "" if there is.
func (r *Resume) moot(env *Env) (string, error) {
	if r.Step == "" {
		return "", nil
	}
	before, known, err := exporterRef(*r).stateBefore(env)
	if err != nil || known && before != "" && before != paused {
		return "", err
	}
	return fmt.Sprintf("step %s did not pause exporter %s", r.Step, r.Exporter), nil
}

// Probe reports whether the exporter is anything but PAUSED, and stays so.
func (r *Resume) Probe(ctx context.Context, env *Env) (Status, error) {
	why, err := r.moot(env)
	if err != nil || why != "" {
		return Status{Left: Done, Now: why, Will: why, Outputs: Outputs{"text": why}}, err
	}
	c, err := exporterRef(*r).client(env)
	if err != nil {
		return Status{}, err
	}
	state, there, err := exporterState(ctx, c, r.Exporter)
	st := Status{Left: Todo, Now: stateNow(state, there), Will: "STARTING or RUNNING"}
	goesOn := there && state != paused && !exporterRef(*r).mayYetPause(env)
	if err == nil && (goesOn || !there && r.Step != "") {
		st.Left, st.Outputs = Done, r.outputs(state, there)
	}
	return st, explainNoExporters(err, exporterRef(*r).registry())
}

// Do resumes the exporter.
func (r *Resume) Do(ctx context.Context, env *Env) (Outputs, error) {
	why, err := r.moot(env)
	if err != nil || why != "" {
		return Outputs{"text": why}, err
	}
	c, err := exporterRef(*r).client(env)
	if err != nil {
		return nil, err
	}
	if r.Step != "" && exporterRef(*r).mayYetPause(env) {
		if _, err := pauseExporter(ctx, c, r.Exporter); err != nil {
			return nil, explainNoExporters(err, exporterRef(*r).registry())
		}
	}
	state, there, err := exporterState(ctx, c, r.Exporter)
	switch {
	case err != nil:
		return nil, explainNoExporters(err, exporterRef(*r).registry())
	case !there && r.Step == "":
		return nil, exporterRef(*r).missing(ctx, c)
	case there && state == paused:
		if err := resumeExporter(ctx, c, r.Exporter, 500*time.Millisecond); err != nil {
			return nil, err
		}
	}
	return r.outputs(state, there), nil
}

func (r *Resume) outputs(_ string, there bool) Outputs {
	if !there {
		return Outputs{"text": "exporter " + r.Exporter + " is gone"}
	}
	return Outputs{"text": "exporter " + r.Exporter + " goes on"}
}

// ByHand returns the command that resumes the exporter.
func (r *Resume) ByHand(_ context.Context, env *Env) []string {
	c, err := exporterRef(*r).client(env)
	if why, mootErr := r.moot(env); err != nil || mootErr == nil && why != "" {
		return nil
	}
	return []string{curlExporter(c, r.Exporter, "/resume")}
}
