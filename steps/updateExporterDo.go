package steps

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/srmigrate/srmigrate/internal/registry"
)

// exporterChange is what a step made of an exporter that was there before it.
type exporterChange struct {
	Before exporterBefore `json:"before"`
	Wanted exporterSpec   `json:"wanted"`
	Began  string         `json:"began"`
}

// updateRecord is what an updateExporter found: all of the exporter but the values of its config.
type updateRecord struct {
	Registry string          `json:"registry"`
	Exporter string          `json:"exporter"`
	Change   *exporterChange `json:"change,omitempty"` // nil when there was no such exporter
	Keys     []string        `json:"configKeys,omitempty"`
	Target   string          `json:"target,omitempty"` // where Backup was taken
	Backup   *keptBackup     `json:"backup,omitempty"` // what it had in conflict, when its loss was allowed
}

// changeBy returns what the referred step recorded; nil when it never got so far, or made the exporter itself.
func (r exporterRef) changeBy(env *Env) (*exporterChange, error) {
	p, there := env.Past(r.Step)
	if !there || p.Record == nil {
		return nil, nil
	}
	if p.Type == "createExporter" {
		rec, err := createRecordOf(p)
		return rec.Was, err
	}
	var rec updateRecord
	err := decodeRecord(p, &rec)
	return rec.Change, err
}

// Record keeps the exporter as it is.
func (u *UpdateExporter) Record(ctx context.Context, env *Env) (json.RawMessage, error) {
	c, err := u.ref().client(env)
	if err != nil {
		return nil, err
	}
	rec := updateRecord{Registry: u.ref().registry(), Exporter: u.Exporter}
	e, err := exporterIfThere(ctx, c, u.Exporter)
	if err != nil {
		return nil, explainNoExporters(err, rec.Registry)
	}
	before, err := exporterBeforeNow(ctx, c, u.Exporter)
	if err != nil {
		return nil, err
	}
	if e != nil && before != nil {
		rec.Change = &exporterChange{Before: *before, Wanted: before.Spec.with(u.given()), Began: began()}
		rec.Keys = slices.Sorted(maps.Keys(e.Config))
	}
	if err := u.saveKeys(ctx, env, rec.Change); err != nil {
		return nil, err
	}
	if rec.Target, rec.Backup, err = u.secure(ctx, env, e); err != nil {
		return nil, err
	}
	return json.Marshal(rec)
}

// saveKeys notes what is on the target where an exporter that this run made is going to write because of this step: a
// rollback may have to tell what it copies there.
func (u *UpdateExporter) saveKeys(ctx context.Context, env *Env, change *exporterChange) error {
	if change == nil || len(change.Wanted.unlike(change.Before.Spec)) == 0 {
		return nil
	}
	records, err := createRecords(env)
	if err != nil {
		return err
	}
	m := change.Wanted.mapping().Meant(env.Dialects[u.ref().registry()])
	for _, r := range records {
		if r.Source != u.ref().registry() || r.Exporter != u.Exporter || !r.isMade() {
			continue
		}
		target, err := env.Registry(r.Target)
		if err != nil {
			return err
		}
		_, err = saveKeys(ctx, env, target, reach{mapping: m, unknown: m.ContextType == "AUTO" && m.Context == ""})
		return err
	}
	return nil
}

// updating is an updateExporter at work.
type updating struct {
	exporterTask
	ends    string   // the state to end in: paused, "" for anything else
	stays   bool     // the state is not this step's to change
	late    bool     // a pause may still come
	foreign []string // fields that somebody else has changed since
}

// look reads the exporter and works out what is left; false when the exporter is gone.
func (u *UpdateExporter) look(ctx context.Context, env *Env, c *registry.Client) (t *updating, there bool, err error) {
	var rec updateRecord
	if _, err := env.record(&rec); err != nil {
		return nil, false, err
	}
	t = &updating{exporterTask: exporterTask{ref: u.ref(), reset: u.Reset}}
	if rec.Change != nil {
		t.before = rec.Change.Before
		if t.stages, err = loadStages(env, env.StepID, rec.Change.Began); err != nil {
			return nil, false, err
		}
	}
	if there, err = t.exporterTask.look(ctx, c); err != nil || !there {
		return t, there, err
	}
	if t.config, err = u.newConfig(env, t.now); err != nil {
		return t, true, err
	}
	if u.Step != "" {
		return t, true, t.goBack(env, u.ref())
	}
	want := specOf(t.now).with(u.given())
	t.want = &want
	t.stays = t.before.State == paused
	return t, true, nil
}

// goBack aims at what was there before the referred step, where that step's own is still there.
func (t *updating) goBack(env *Env, ref exporterRef) error {
	change, err := ref.changeBy(env)
	if err != nil || change == nil {
		return err
	}
	now := specOf(t.now)
	want, before, wanted := now, change.Before.Spec.fields(), change.Wanted.fields()
	for _, f := range now.unlike(change.Before.Spec) {
		was := fieldOf(before, f.name)
		if f.value == fieldOf(wanted, f.name).value {
			was.copy(&want, change.Before.Spec)
			continue
		}
		t.foreign = append(t.foreign, fmt.Sprintf("%s is %s, set by somebody else since; it was %s", f.name, f.value, was.value))
	}
	t.want = &want
	if p, _ := env.Past(ref.Step); change.Before.State == paused {
		t.ends, t.stays = paused, p.Type != "createExporter" // an update never starts what stood
	}
	t.late = change.Before.ran() && t.status.State != paused && ref.mayYetPause(env)
	return nil
}

// stands reports whether the exporter is in the state it has to end in.
func (t *updating) stands() bool {
	return t.stays || !t.late && (t.status.State == paused) == (t.ends == paused)
}

// moot says why there is nothing to do, "" if there is.
func (u *UpdateExporter) moot(env *Env) (string, error) {
	if u.Step == "" {
		return "", nil
	}
	change, err := u.ref().changeBy(env)
	if err != nil || change != nil {
		return "", err
	}
	return fmt.Sprintf("step %s did not change exporter %s", u.Step, u.Exporter), nil
}

// Probe reports whether the exporter is as wanted, and in its state again.
func (u *UpdateExporter) Probe(ctx context.Context, env *Env) (Status, error) {
	why, err := u.moot(env)
	if err != nil || why != "" {
		return Status{Left: Done, Now: why, Will: why, Outputs: Outputs{"text": why}}, err
	}
	c, err := u.ref().client(env)
	if err != nil {
		return Status{}, err
	}
	t, there, err := u.look(ctx, env, c)
	if err != nil {
		return Status{}, err
	}
	if !there {
		st := Status{Left: Todo, Now: stateNow("", false), Will: u.Describe()}
		if u.Step != "" {
			st.Left, st.Outputs = Done, u.outputs(t, false)
		}
		return st, nil
	}
	st := Status{Left: Todo, Now: t.String(), Will: u.Describe()}
	if t.changed() && t.stands() {
		st.Left, st.Outputs = Done, u.outputs(t, true)
	}
	return st, nil
}

// String says what there is now.
func (t *updating) String() string {
	var parts []string
	for _, f := range specOf(t.now).fields() {
		if f.shown {
			parts = append(parts, f.name+" "+f.value)
		}
	}
	return fmt.Sprintf("%s, %s", t.status.State, strings.Join(parts, ", "))
}

// Do changes the exporter and leaves it in the state in which it was found.
func (u *UpdateExporter) Do(ctx context.Context, env *Env) (Outputs, error) {
	why, err := u.moot(env)
	if err != nil || why != "" {
		return Outputs{"text": why}, err
	}
	c, err := u.ref().client(env)
	if err != nil {
		return nil, err
	}
	t, there, err := u.look(ctx, env, c)
	if err == nil && there && t.late {
		if _, err := pauseExporter(ctx, c, u.Exporter); err != nil {
			return nil, err
		}
		t, there, err = u.look(ctx, env, c)
	}
	switch {
	case err != nil:
		return nil, err
	case !there && u.Step != "":
		return u.outputs(t, false), nil
	case !there:
		return nil, u.ref().missing(ctx, c)
	}
	for _, f := range t.foreign {
		warn(env, "left: "+f)
	}
	if gone := dropped(t.now.Config, t.config); t.config != nil && len(gone) > 0 {
		warn(env, fmt.Sprintf("config of exporter %s loses %s", u.Exporter, some(gone, 5)))
	}
	if err := u.secureAgain(ctx, env, t); err != nil {
		return nil, err
	}
	if err := t.change(ctx, env, c); err != nil {
		return nil, err
	}
	return u.outputs(t, true), t.settleState(ctx, c)
}

// settleState lets the exporter go on, or stand, as it did before.
func (t *updating) settleState(ctx context.Context, c *registry.Client) error {
	switch {
	case t.stays:
		return nil
	case t.ends == paused:
		_, err := pauseExporter(ctx, c, t.ref.Exporter)
		return err
	}
	return t.ref.goOn(ctx, c)
}

func (u *UpdateExporter) outputs(t *updating, there bool) Outputs {
	text := "exporter " + u.Exporter + " has " + strings.Join(u.changes(), ", ") + " as wanted"
	switch {
	case !there:
		return Outputs{"text": "exporter " + u.Exporter + " is gone"}
	case u.Step != "":
		text = fmt.Sprintf("exporter %s is as it was before step %s", u.Exporter, u.Step)
	case len(u.changes()) == 0:
		text = "exporter " + u.Exporter
	}
	if u.Reset {
		text += strings.TrimPrefix(" and begins again with the first record", map[bool]string{true: " and"}[len(u.changes()) == 0 && u.Step == ""])
	}
	if len(t.foreign) > 0 {
		text += fmt.Sprintf("; %s left alone, set by somebody else since", thousands(len(t.foreign)))
	}
	return Outputs{"text": text}
}

// Left tells of what an undo does not put back: the offset, and what the exporter did on its target meanwhile.
func (u *UpdateExporter) Left(ctx context.Context, env *Env) ([]Leftover, error) {
	var rec updateRecord
	if recorded, err := env.record(&rec); err != nil || !recorded || rec.Change == nil || u.Step != "" {
		return nil, err
	}
	left := rec.Backup.overwritten(rec.Target)
	done, err := loadStages(env, env.StepID, rec.Change.Began)
	if err != nil || !done.Put && !done.Reset {
		return left, err
	}
	c, err := u.ref().client(env)
	if err != nil {
		return left, err
	}
	more, err := meanwhile(ctx, c, u.Exporter, rec.Change)
	return append(left, more...), err
}

// meanwhile tells what an exporter, put back since, has done with other settings.
func meanwhile(ctx context.Context, c *registry.Client, name string, change *exporterChange) ([]Leftover, error) {
	now, err := exporterBeforeNow(ctx, c, name)
	if err != nil || now == nil || len(change.Wanted.unlike(change.Before.Spec)) == 0 || len(now.Spec.unlike(change.Wanted)) == 0 {
		return nil, err // what is not undone has nothing left over
	}
	return []Leftover{{
		What: fmt.Sprintf("the offset of exporter %s (%d before, %d now), and the copies, modes and compatibility settings that it made with other settings",
			name, change.Before.Offset, now.Offset),
		Then: fmt.Sprintf("look at its target; what it passed over is copied only after a reset: %s", curlExporter(c, name, "/reset")),
	}}, nil
}

// ByHand returns the commands that put the exporter back; the config is never among them.
func (u *UpdateExporter) ByHand(ctx context.Context, env *Env) []string {
	c, err := u.ref().client(env)
	if why, mootErr := u.moot(env); err != nil || mootErr == nil && why != "" {
		return nil
	}
	t, there, err := u.look(ctx, env, c)
	if err != nil || !there || t.want == nil {
		return nil
	}
	var commands []string
	if t.toPut() || t.toReset() || t.ends == paused {
		commands = append(commands, curlExporter(c, u.Exporter, "/pause"))
	}
	if t.toPut() {
		object := t.want.toward(specOf(t.now)).object("")
		body, err := json.Marshal(struct {
			registry.Exporter
			Config *int `json:"config,omitempty"`
		}{Exporter: object})
		if err != nil {
			return commands
		}
		commands = append(commands, curl(c, "PUT", "/exporters", u.Exporter, "", string(body)))
	}
	if t.toReset() {
		commands = append(commands, curlExporter(c, u.Exporter, "/reset"))
	}
	if t.ends != paused && !t.stays {
		commands = append(commands, curlExporter(c, u.Exporter, "/resume"))
	}
	return commands
}
