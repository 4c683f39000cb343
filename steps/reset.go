package steps

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// Reset makes an exporter begin again with the first record. It ends in the state in which it was found: one that ran
// goes on, one that was paused stays so. With step it resets only what that step changed.
type Reset exporterRef

// resetRecord is what a reset found. State stands where a pause has it, for the resume that undoes a reset cut short.
type resetRecord struct {
	stateRecord
	Offset int64       `json:"offset"`
	Began  string      `json:"began"`
	Target string      `json:"target,omitempty"` // where Backup was taken
	Backup *keptBackup `json:"backup,omitempty"` // what it had in conflict, when its loss was allowed
}

func init() { register("reset", func() Step { return new(Reset) }) }

// Describe names the exporter.
func (r *Reset) Describe() string {
	return "begin again with the first record: " + exporterRef(*r).String()
}

// Check reports an undeclared registry and a step that changes no exporter of this name.
func (r *Reset) Check(s Scope) []Problem {
	return exporterRef(*r).check(s, "changes", changesExporter)
}

// Record keeps state and offset.
func (r *Reset) Record(ctx context.Context, env *Env) (json.RawMessage, error) {
	ref := exporterRef(*r)
	c, err := ref.client(env)
	if err != nil {
		return nil, err
	}
	rec := resetRecord{stateRecord: stateRecord{Registry: ref.registry(), Exporter: ref.Exporter}, Began: began()}
	before, err := exporterBeforeNow(ctx, c, r.Exporter)
	if err != nil {
		return nil, explainNoExporters(err, ref.registry())
	}
	if before != nil {
		rec.State, rec.Offset = before.State, before.Offset
	}
	if rec.Target, rec.Backup, err = r.secure(ctx, env); err != nil {
		return nil, err
	}
	return json.Marshal(rec)
}

// began tells one attempt at a step from a later one under the same id.
func began() string { return time.Now().UTC().Format(time.RFC3339Nano) }

// Undo resumes an exporter that was left standing. The offset cannot be put back.
func (r *Reset) Undo(id string) []Spec {
	return []Spec{spec("resume", &Resume{Registry: r.Registry, Exporter: r.Exporter, Step: id})}
}

// Moot reports whether the same rollback is going to delete the exporter, because this run made it.
func (r *Reset) Moot(env *Env, later []Step) bool { return exporterRef(*r).deletedLater(env, later) }

// moot says why there is nothing to do, "" if there is.
func (r *Reset) moot(env *Env) (string, error) {
	if r.Step == "" {
		return "", nil
	}
	change, err := exporterRef(*r).changeBy(env)
	if err != nil || change != nil && len(change.Wanted.unlike(change.Before.Spec)) > 0 {
		return "", err
	}
	return fmt.Sprintf("step %s did not change what exporter %s copies", r.Step, r.Exporter), nil
}

func (r *Reset) task(env *Env) (*exporterTask, error) {
	var rec resetRecord
	if _, err := env.record(&rec); err != nil {
		return nil, err
	}
	done, err := loadStages(env, env.StepID, rec.Began)
	return &exporterTask{
		ref: exporterRef(*r), reset: true, stages: done,
		before: exporterBefore{State: rec.State, Offset: rec.Offset},
	}, err
}

// Probe reports whether the exporter was reset and is in its state again.
func (r *Reset) Probe(ctx context.Context, env *Env) (Status, error) {
	why, err := r.moot(env)
	if err != nil || why != "" {
		return Status{Left: Done, Now: why, Will: why, Outputs: Outputs{"text": why}}, err
	}
	c, err := exporterRef(*r).client(env)
	if err != nil {
		return Status{}, err
	}
	t, err := r.task(env)
	if err != nil {
		return Status{}, err
	}
	there, err := t.look(ctx, c)
	st := Status{Left: Todo, Now: fmt.Sprintf("%s, offset %d", stateNow(t.status.State, there), t.status.Offset), Will: "offset -1, then on"}
	switch {
	case err != nil:
		return st, err
	case !there && r.Step != "", there && t.changed() && (!t.before.ran() || t.status.State != paused):
		st.Left, st.Outputs = Done, r.outputs(t, there)
	}
	return st, nil
}

// Do pauses the exporter, resets it, and lets it go on if it ran.
func (r *Reset) Do(ctx context.Context, env *Env) (Outputs, error) {
	why, err := r.moot(env)
	if err != nil || why != "" {
		return Outputs{"text": why}, err
	}
	ref := exporterRef(*r)
	c, err := ref.client(env)
	if err != nil {
		return nil, err
	}
	t, err := r.task(env)
	if err != nil {
		return nil, err
	}
	there, err := t.look(ctx, c)
	switch {
	case err != nil:
		return nil, err
	case !there && r.Step != "":
		return r.outputs(t, false), nil
	case !there:
		return nil, ref.missing(ctx, c)
	}
	if err := r.secureAgain(ctx, env, t); err != nil {
		return nil, err
	}
	if err := t.change(ctx, env, c); err != nil {
		return nil, err
	}
	if t.before.ran() {
		err = ref.goOn(ctx, c)
	}
	return r.outputs(t, true), err
}

func (r *Reset) outputs(t *exporterTask, there bool) Outputs {
	text := "exporter " + r.Exporter + " begins again with the first record"
	switch {
	case !there:
		text = "exporter " + r.Exporter + " is gone"
	case !t.before.ran():
		text += " once it is resumed; it was PAUSED and stays so"
	}
	return Outputs{"text": text}
}

// ByHand returns the commands that reset the exporter and let it go on.
func (r *Reset) ByHand(_ context.Context, env *Env) []string {
	c, err := exporterRef(*r).client(env)
	if why, mootErr := r.moot(env); err != nil || mootErr == nil && why != "" {
		return nil
	}
	commands := []string{curlExporter(c, r.Exporter, "/pause"), curlExporter(c, r.Exporter, "/reset")}
	if t, err := r.task(env); err != nil || t.before.ran() {
		commands = append(commands, curlExporter(c, r.Exporter, "/resume"))
	}
	return commands
}
