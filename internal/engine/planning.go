package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/registry"
	"github.com/srmigrate/srmigrate/internal/state"
	"github.com/srmigrate/srmigrate/runbook"
	"github.com/srmigrate/srmigrate/steps"
)

// lookAgain is how a plan retries: somebody waits for it, and it may say that it could not see.
var lookAgain = registry.Retry{Attempts: 3, Backoff: 300 * time.Millisecond, MaxBackoff: 2 * time.Second, Jitter: 0.2}

// planning is a session that looks ahead. It holds no lock and saves nothing.
type planning struct {
	*session
	plan    *Plan
	ahead   []steps.Effect
	known   steps.Known
	earlier *state.Run       // the run before the one that is planned, nil for none
	coming  []steps.Declared // the steps before, as far as they are still to be done
	waits   bool             // one of them may take as long as it takes
	patient bool             // requests are retried as in a run
	blind   string           // the first step that could not be looked at
	told    []string         // what the plan has said that could not be seen
}

// PlanOptions are the choices of `plan`.
type PlanOptions struct {
	Offline bool // ask no registry
	Restart bool // as if the last run, which is over, had not been
	Strict  bool // warnings are errors
}

// Plan looks at the registries and the state, and says what `run` would do. What cannot be looked at stands in the
// plan; the error is of the state, which nothing can be said without.
func (x *Engine) Plan(ctx context.Context, o PlanOptions) (*Plan, error) {
	st, err := x.Store.Load()
	if err != nil {
		return nil, err
	}
	if st == nil {
		st = &state.State{Runbook: x.Runbook.Name}
	}
	if err := x.Store.Match(st, x.Runbook.Name); err != nil {
		return nil, err
	}
	holder, held, err := x.Store.Held()
	if err != nil {
		return nil, err
	}
	p := newPlanning(x.serial(), st, o.Strict)
	if held {
		p.plan.Locked = holder.String()
	}
	return p.look(ctx, o)
}

// newPlanning looks ahead from a state, which is changed on the way and not to be saved.
func newPlanning(x *Engine, st *state.State, strict bool) *planning {
	quiet := *x
	quiet.Emit = func(event.Event) {}
	if x.Readers != nil {
		quiet.Clients = x.Readers
	}
	s := &session{Engine: &quiet, state: st, started: time.Now(), verb: "plan", strict: strict}
	p := &planning{session: s, plan: &Plan{
		Version: PlanVersion, Runbook: x.Runbook.Name, Steps: []PlannedStep{}, Unseen: []string{}, Findings: []event.Finding{},
		Registries: map[string]PlannedRegistry{},
	}}
	for _, r := range x.Runbook.Registries {
		p.plan.Registries[r.Name] = PlannedRegistry{}
	}
	for name, c := range quiet.Clients {
		p.plan.Registries[name] = PlannedRegistry{URL: c.URL()}
	}
	return p
}

// look makes the plan.
func (p *planning) look(ctx context.Context, o PlanOptions) (*Plan, error) {
	s := p.session
	p.plan.Offline = o.Offline
	if s.state.Run != nil {
		p.plan.Run = s.state.Run.ID
	}
	p.plan.Outlook, p.plan.Says = s.outlook()
	if o.Restart && s.state.Run != nil {
		if !s.state.Run.Over() {
			return nil, s.unfinished()
		}
		p.plan.Outlook, p.plan.Says = Begins, fmt.Sprintf("a new run, after run %s, which is over", s.state.Run.ID)
	}
	if p.plan.Outlook == Begins {
		p.earlier = s.state.Run
		s.state.Run = &state.Run{ID: newID(time.Now()), Registries: map[string]state.Identity{}, Steps: []*state.Step{}}
	}
	p.plan.Window = s.plannedWindow(p.plan.Outlook)
	if !o.Offline {
		if err := p.ask(ctx); err != nil {
			return nil, err
		}
	}
	return p.all(ctx)
}

func (p *planning) all(ctx context.Context) (*Plan, error) {
	if p.plan.Outlook == Begins {
		p.plan.Findings = append(p.plan.Findings, p.judged(p.Runbook.FindingsOfRegistries())...)
	}
	for i := range p.Runbook.Steps {
		p.step(ctx, &p.Runbook.Steps[i], p.plan.Offline)
	}
	return p.plan, context.Cause(ctx)
}

// ahead is the plan of a run that is about to begin, on registries that are known.
func (s *session) ahead(ctx context.Context) (*Plan, error) {
	run := *s.state.Run
	p := newPlanning(s.Engine, &state.State{Runbook: s.Runbook.Name, Run: &run}, s.strict)
	p.patient, p.earlier = true, s.before
	p.plan.Run, p.plan.Outlook, p.plan.Says = run.ID, Begins, "a new run"
	for name, id := range run.Registries {
		p.plan.Registries[name] = PlannedRegistry{URL: id.URL, ID: id.ID}
	}
	return p.all(ctx)
}

// ask finds out who the registries are; what could not be asked stands in the plan.
func (p *planning) ask(ctx context.Context) error {
	now := map[string]state.Identity{}
	for _, name := range slices.Sorted(maps.Keys(p.Clients)) {
		id, err := p.identity(ctx, name, lookAgain)
		if err != nil {
			p.first(err)
			p.plan.Unseen = append(p.plan.Unseen, p.Redact(fmt.Sprintf("registry %s: %v", name, err)))
			continue
		}
		now[name], p.plan.Registries[name] = id, PlannedRegistry{URL: id.URL, ID: id.ID}
	}
	if p.plan.Outlook == Begins {
		return nil
	}
	return p.match(now)
}

// outlook is the row of the table of commands and last runs that `run` would take.
func (s *session) outlook() (Outlook, string) {
	run := s.state.Run
	if run == nil {
		return Begins, "a new run"
	}
	switch run.Status {
	case state.RolledBack:
		if run.Digest != digest(s.Runbook) {
			return Begins, fmt.Sprintf("a new run; run %s of another version of this runbook was rolled back", run.ID)
		}
		return Declines, fmt.Sprintf("nothing: run %s was rolled back; `%s` begins anew, `%s` shows how",
			run.ID, s.Command("run", "--restart"), s.Command("plan", "--restart"))
	case state.Abandoned:
		return Begins, fmt.Sprintf("a new run; run %s was abandoned", run.ID)
	case state.RollingBack:
		return RollsOn, fmt.Sprintf("it finishes the rollback of run %s", run.ID)
	case state.RollbackIncomplete:
		return Declines, fmt.Sprintf("nothing: the rollback of run %s is incomplete; `%s` goes on with it", run.ID, s.Command("rollback"))
	case state.Succeeded:
		if s.allDone() {
			return Nothing, fmt.Sprintf("nothing to do: run %s has succeeded", run.ID)
		}
		return GoesOn, fmt.Sprintf("the steps that were appended since run %s succeeded", run.ID)
	case state.Waiting:
		return GoesOn, fmt.Sprintf("run %s waits for an answer, and goes on with one", run.ID)
	}
	return GoesOn, fmt.Sprintf("it goes on with run %s, which is %s", run.ID, run.Status)
}

func (s *session) allDone() bool {
	return !slices.ContainsFunc(s.Runbook.Steps, func(st runbook.Step) bool {
		e := s.state.Run.Step(st.ID)
		return e == nil || !e.Finished()
	})
}

// step adds a step to the plan.
func (p *planning) step(ctx context.Context, st *runbook.Step, offline bool) {
	planned := PlannedStep{
		ID: st.ID, Type: st.Type, Text: p.Redact(st.Step.Describe()), Description: st.Description, Standing: "todo", When: p.Redact(st.When),
		OnFailure: string(st.OnFailure), NoReturn: st.NoReturn, Effects: []steps.Effect{}, Lost: []string{}, Undo: []PlannedUndo{},
		IfItFails: []string{}, Findings: []event.Finding{},
	}
	for _, u := range st.Rollback {
		planned.Undo = append(planned.Undo, PlannedUndo{u.ID, p.Redact(u.Step.Describe())})
	}
	e := p.begun(st)
	if e.Status != state.StepPending {
		planned.Standing = string(e.Status)
	}
	if e.Finished() {
		planned.Done = or(text(e), string(e.Status))
	}
	if back := p.undone(st.ID); back != "" {
		planned.Standing, planned.Done = "undone", back
	}
	if planned.Todo() && p.plan.Outlook != Declines && p.plan.Outlook != RollsOn {
		p.toBeDone(ctx, st, e, &planned, offline)
	}
	planned.Findings = p.judged(planned.Findings)
	planned.IfItFails = p.ifItFails(e)
	p.plan.Steps = append(p.plan.Steps, planned)
}

// undone is what the rollback of the last run has put back of a step, "" for nothing.
func (p *planning) undone(id string) string {
	var back []string
	for _, u := range p.state.Run.Undo {
		if u.Undoes == id && u.Status == state.StepSucceeded {
			back = append(back, or(text(u), string(u.Status)))
		}
	}
	return strings.Join(back, "; ")
}

func text(e *state.Step) string { s, _ := e.Outputs["text"].(string); return s }

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// toBeDone foresees a step that is left to do, unless its condition will pass it over.
func (p *planning) toBeDone(ctx context.Context, st *runbook.Step, e *state.Step, planned *PlannedStep, offline bool) {
	env := p.lookingAhead(st, e)
	if p.passes(ctx, st, e, env, planned) {
		return
	}
	p.coming = append(p.coming, steps.Declared{ID: st.ID, Step: st.Step})
	patient, ok := st.Step.(runbook.Patient)
	p.waits = p.waits || ok && patient.Patient()
	switch {
	case !offline:
		p.foresee(ctx, st, env, planned)
	case p.plan.Outlook == Begins:
		planned.Findings = append(planned.Findings, p.Runbook.FindingsOf(st.ID)...)
	}
}

// lookingAhead is what a step of a plan may use.
func (p *planning) lookingAhead(st *runbook.Step, e *state.Step) *steps.Env {
	brief := *st
	if !p.patient {
		brief.Retry = lookAgain
	}
	env := p.env(&brief, e, nil)
	env.Ahead, env.Known, env.Coming, env.Waits, env.Files = p.ahead, &p.known, p.coming, p.waits, untouched{env.Files}
	env.Blind = p.blind
	if p.earlier == nil {
		return env
	}
	if before := p.earlier.Step(st.ID); before != nil {
		env.Earlier = &steps.Earlier{Run: p.earlier.ID, Outputs: before.Outputs}
	}
	return env
}

// foresee asks the step what it would do, and what would be dangerous about it.
func (p *planning) foresee(ctx context.Context, st *runbook.Step, env *steps.Env, planned *PlannedStep) {
	if f, ok := st.Step.(steps.Forecaster); ok {
		fc, err := guarded(func() (steps.Forecast, error) { return f.Forecast(ctx, env) })
		if err != nil {
			p.unseen(st, planned, err)
		}
		planned.Now, planned.AtLeast = p.Redact(fc.Now), fc.AtLeast.Seconds()
		planned.later(p.Redact(fc.Later))
		expect := fc.Estimate()
		planned.Expected, planned.Basis = expect.Time.Seconds(), expect.Basis
		for _, f := range fc.Effects {
			f.By = st.ID
			planned.Effects = append(planned.Effects, f)
		}
		planned.Lost = append(planned.Lost, fc.Lost...)
		p.ahead = append(p.ahead, planned.Effects...)
	}
	if p.plan.Outlook != Begins {
		return // the run has begun: what it makes itself would be found
	}
	found, err := p.find(ctx, st, env)
	if err != nil {
		p.unseen(st, planned, err)
	}
	planned.Findings = append(planned.Findings, found...)
}

// ifItFails is the rollback that would run if this step failed, as far as it goes by itself.
func (p *planning) ifItFails(e *state.Step) []string {
	var begun []*state.Step
	for _, b := range p.state.Run.Steps {
		c := *b
		c.Intent = c.Intent || !c.Finished()
		begun = append(begun, &c)
		if b == e {
			break
		}
	}
	ids := []string{}
	st := stepOf(p.Runbook, e.ID)
	if st == nil || e.Status == state.StepSkipped || st.OnFailure != runbook.Rollback || p.behindNoReturn(e.ID) {
		return ids
	}
	for _, u := range undoList(&state.Run{Steps: begun}, 0) {
		ids = append(ids, u.ID)
	}
	return ids
}

// behindNoReturn says whether the step is a point of no return, or stands behind one.
func (p *planning) behindNoReturn(id string) bool {
	for _, st := range p.Runbook.Steps {
		e := p.state.Run.Step(st.ID)
		if passed := e != nil && e.Finished() && !e.Intent; st.NoReturn && !passed {
			return true
		}
		if st.ID == id {
			return false
		}
	}
	return false
}

// errUntouched is what a step that only looks ahead hears when it wants to write a file.
var errUntouched = errors.New("a plan writes no files")

// untouched are side files that cannot be written.
type untouched struct{ steps.Files }

func (untouched) Write(string, func(io.Writer) error) error { return errUntouched }
