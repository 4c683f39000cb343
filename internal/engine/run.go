package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/planted"
	"github.com/srmigrate/srmigrate/internal/registry"
	"github.com/srmigrate/srmigrate/internal/state"
)

// RunOptions are the choices of `run`.
type RunOptions struct {
	Resume  bool // never begin a new run
	Restart bool // begin anew although the last run is over
	// Planned is what a reviewed plan rests on, see Plan.Fingerprint; nil without one. A new run does not begin when
	// anything of it has moved.
	Planned map[string]string
	Replan  string // the command that makes that plan again
	// NoRollback ends the run failed, with everything in place, where a failed step would be rolled back. It holds for
	// this call: the next one rolls back again unless it says so too.
	NoRollback bool
	Approve    []string // the steps to approve, if the last run waits there
	By         string   // who approves
	Wait       bool     // for answers, instead of ending
	Strict     bool     // warnings stop a run before it begins
	// MaxDuration is how long the call may take before it ends as with a signal, 0 for as long as it takes.
	MaxDuration time.Duration
}

// flags are those that the same call would be made with again.
func (o RunOptions) flags() (list []string) {
	if o.Resume {
		list = append(list, "--resume")
	}
	if o.NoRollback {
		list = append(list, "--no-rollback")
	}
	if o.Wait {
		list = append(list, "--wait")
	}
	if o.Strict {
		list = append(list, "--strict")
	}
	return append(list, lasting(o.MaxDuration)...)
}

func lasting(d time.Duration) []string {
	if d == 0 {
		return nil
	}
	return []string{"--max-duration", spelled(d)}
}

// Run brings the runbook to its end, from wherever its last run stands.
func (x *Engine) Run(ctx context.Context, o RunOptions) Result {
	ctx, cancel := deadline(ctx, o.MaxDuration, &timeUp{o.MaxDuration})
	defer cancel()
	if o.Resume {
		if err := x.present("go on with"); err != nil {
			return refusal(err)
		}
	}
	return x.locked("run", func(s *session) Result {
		s.wait, s.keep, s.strict, s.flags, s.planned = o.Wait, o.NoRollback, o.Strict, o.flags(), o.Planned
		s.replan = o.Replan
		if i := slices.IndexFunc(o.Approve, func(id string) bool { return !s.knows(id) }); i >= 0 {
			return Result{Usage, fmt.Errorf("--approve: %s has no step %q", x.Runbook.File, o.Approve[i])}
		}
		if err := s.approve(o.Approve, o.By); err != nil {
			return refusal(err)
		}
		return s.dispatch(ctx, o)
	})
}

func (s *session) dispatch(ctx context.Context, o RunOptions) Result {
	run := s.state.Run
	switch {
	case run == nil:
		return s.fresh(ctx)
	case o.Restart:
		return s.restart(ctx)
	}
	if run.Status == state.RollingBack && planted.Is(planted.RollbackForward) {
		return s.resume(ctx)
	}
	switch run.Status {
	case state.RollingBack:
		if o.NoRollback {
			return Result{Usage, fmt.Errorf("run %s is rolling back already, and --no-rollback cannot take that back; %s",
				run.ID, s.ways(run.Status))}
		}
		return s.finishRollback(ctx, RolledBack)
	case state.RolledBack:
		if !o.Resume && run.Digest != digest(s.Runbook) {
			return s.renew(ctx)
		}
		return s.alreadyRolledBack()
	case state.RollbackIncomplete:
		return s.stillOpen()
	case state.Succeeded:
		return s.again(ctx)
	case state.Abandoned:
		return s.afterAbandoned(ctx, o)
	default:
		return s.resume(ctx)
	}
}

func (s *session) restart(ctx context.Context) Result {
	if !s.state.Run.Over() {
		return Result{Usage, s.unfinished()}
	}
	return s.renew(ctx)
}

// Unfinished refuses to begin anew while the last run is not over.
type Unfinished struct{ text string }

func (e *Unfinished) Error() string { return e.text }

func (s *session) unfinished() error {
	run := s.state.Run
	return &Unfinished{fmt.Sprintf("--restart begins anew only from a finished or rolled-back run, and run %s is %s; %s",
		run.ID, run.Status, s.ways(run.Status))}
}

// ways are the commands that bring an unfinished run to an end.
func (s *session) ways(status state.Status) string {
	switch status {
	case state.RollingBack, state.RollbackIncomplete:
		return fmt.Sprintf("`%s` goes on with its rollback", s.Command("rollback"))
	}
	return fmt.Sprintf("`%s` goes on with it, `%s` undoes it", s.Command("run"), s.Command("rollback"))
}

// renew keeps the last run, puts it into the history and begins a new one.
func (s *session) renew(ctx context.Context) Result {
	if err := s.Store.Archive(s.state); err != nil {
		return refusal(err)
	}
	s.before = s.state.Run
	s.state.Retire()
	return s.fresh(ctx)
}

// again is `run` after success: nothing, unless steps were appended.
func (s *session) again(ctx context.Context) Result {
	if _, err := s.frozen(); err != nil {
		return refusal(err)
	}
	if err := s.reachable(ctx); err != nil {
		return s.turnedAway(ctx, err)
	}
	for _, st := range s.Runbook.Steps {
		if e := s.state.Run.Step(st.ID); e == nil || !e.Finished() {
			return s.resume(ctx)
		}
	}
	reason := fmt.Sprintf("nothing to do: run %s has succeeded", s.state.Run.ID)
	if silent := s.silent(); len(silent) > 0 {
		reason += fmt.Sprintf("; %s did not answer now", strings.Join(silent, " and "))
	}
	return s.end(ending{
		exit: OK, reason: reason,
		proof: s.state.Run.Proof, moved: s.state.Run.Moved,
	}, nil)
}

// afterAbandoned begins anew: nothing is left to go on with.
func (s *session) afterAbandoned(ctx context.Context, o RunOptions) Result {
	if o.Resume {
		w := s.state.Run.Abandoned
		return refusal(&state.Error{Path: s.Store.Path(), Text: fmt.Sprintf("has nothing to go on with: %s abandoned run %s (%s); "+
			"`%s` begins a new one", w.By, s.state.Run.ID, w.Because, s.Command("run"))})
	}
	return s.renew(ctx)
}

func (s *session) alreadyRolledBack() Result {
	reason := "nothing was sent: the last run was rolled back"
	if f := s.state.Run.Failure; f != nil {
		reason += fmt.Sprintf(" (step %s: %s)", f.Step, f.Error)
	}
	s.showKept()
	return s.end(ending{exit: RolledBack, reason: reason + s.acceptedSo(), next: s.afresh()}, nil)
}

// afresh is the command that begins anew, "" where no run may begin before the window is another one.
func (s *session) afresh() string {
	if over(s.Runbook.Window) {
		return ""
	}
	return s.Command("run", "--restart")
}

// stillOpen lists what a rollback could not do, from the state alone.
func (s *session) stillOpen() Result {
	s.showOpen()
	return s.end(ending{
		exit: RollbackIncomplete, reason: "nothing was sent: the rollback of the last run is incomplete",
		next: s.Command("rollback"),
	}, nil)
}

// resume goes on with a run that was cut short or failed.
func (s *session) resume(ctx context.Context) Result {
	if err := s.admitted(ctx, false); err != nil {
		return s.turnedAway(ctx, err)
	}
	run := s.state.Run
	killed, worker := run.Status == state.Running, run.Worker
	changed, err := s.frozen()
	if err != nil {
		return refusal(err)
	}
	if err := s.sameRegistries(ctx); err != nil {
		return s.turnedAway(ctx, err)
	}
	if changed == nil || run.Replacing != changed.ID {
		run.Undo, run.Replacing = nil, "" // of a definition that came back, or of another step
	}
	moved := s.moved()
	run.Failure, run.Digest = nil, digest(s.Runbook)
	run.Vars, run.Given, run.VarsFile = s.vars(), s.Runbook.Given, s.VarsFile
	if err := s.as(state.Running); err != nil {
		return refusal(err)
	}
	s.announce(true)
	s.tellMovedVars(moved)
	if killed {
		s.Emit(event.StepWarning{Text: worker.Died()})
	}
	if changed != nil {
		if res, ok := s.replace(ctx, changed); !ok {
			return res
		}
	}
	return s.forward(ctx)
}

// fresh begins a run. Nothing is written anywhere before the plan of it was shown.
func (s *session) fresh(ctx context.Context) Result {
	if err := s.admitted(ctx, true); err != nil {
		return s.notBegun(ctx, err)
	}
	ids, err := s.identify(ctx)
	if err != nil {
		return s.turnedAway(ctx, err)
	}
	if err := s.remember(ctx, ids); err != nil {
		return s.turnedAway(ctx, err)
	}
	s.state.Run = &state.Run{
		ID: newID(time.Now()), Status: state.Running, Digest: digest(s.Runbook), Started: time.Now().UTC(),
		Registries: ids, Vars: s.vars(), Given: s.Runbook.Given, VarsFile: s.VarsFile, Steps: []*state.Step{},
	}
	s.announce(false)
	p, err := s.ahead(ctx)
	if err != nil {
		return s.notBegun(ctx, err)
	}
	if res, ok := s.stale(p); !ok {
		return res
	}
	if err := s.show(p); err != nil {
		return s.notBegun(ctx, err)
	}
	if p.Refused() {
		return s.endangered(p)
	}
	if err := s.save(); err != nil {
		return refusal(fmt.Errorf("before anything was sent: %w", err))
	}
	return s.forward(ctx)
}

// notBegun ends a fresh run that has not written anything, its state included.
func (s *session) notBegun(ctx context.Context, err error) Result {
	if interrupted(ctx) {
		return s.end(ending{exit: Interrupted, result: "not begun", reason: "interrupted before any write", next: s.retype()}, nil)
	}
	e := ending{exit: Refused, result: "refused", reason: "nothing was written", next: s.retype()}
	if unanswered(err) {
		e.exit = Unread
	}
	if err != nil {
		e.reason += ": " + err.Error()
	}
	if _, ok := errors.AsType[*outsideError](err); ok {
		e.next = ""
	}
	return s.end(e, nil)
}

// endangered ends a fresh run whose plan has errors. The plan is what tells that they are mended.
func (s *session) endangered(p *Plan) Result {
	wrong := slices.DeleteFunc(p.AllFindings(), func(f event.Finding) bool { return !stops(f) })
	kind, name := wrong[0].About()
	reason := fmt.Sprintf("nothing was written: %s %s: %s: %s", kind, name, wrong[0].Code, wrong[0].Text)
	if more := len(wrong) - 1; more > 0 {
		reason += "; and " + number(more, "more error")
	}
	var flags []string
	if s.strict {
		flags = []string{"--strict"}
	}
	next := s.Command("plan", flags...)
	if !slices.ContainsFunc(wrong, func(f event.Finding) bool { return f.Code != "SRM001" }) {
		next = "" // it would say this again: what is to be typed stands in the finding
	}
	return s.end(ending{exit: Refused, result: "refused", reason: reason, next: next}, nil)
}

func pick(yes bool, a, b string) string {
	if yes {
		return a
	}
	return b
}

// turnedAway ends a call that could not make sure which registries it talks to.
func (s *session) turnedAway(ctx context.Context, err error) Result {
	switch {
	case s.state.Run == nil:
		return s.notBegun(ctx, err)
	case interrupted(ctx):
		return s.end(ending{exit: Interrupted, reason: "interrupted; this call has sent nothing", next: s.retype()}, nil)
	}
	if _, ok := errors.AsType[*state.Error](err); ok {
		return refusal(err)
	}
	exit := Failed
	if unanswered(err) {
		exit = Unread
	}
	return s.end(ending{
		exit: exit, result: "not resumed", next: s.retype(),
		reason: fmt.Sprintf("%v; this call has sent nothing, and run %s stands as before: %s", err, s.state.Run.ID, event.Words(string(s.state.Run.Status))),
	}, nil)
}

// unanswered reports that nothing but answers of registries is missing, or such that fit together: they may come when the
// same call is made again.
func unanswered(err error) bool {
	if _, ok := errors.AsType[*silentError](err); ok {
		return true
	}
	return registry.IsTemporary(err)
}

// vars are the runbook's vars as they may be kept: one may hold an address with credentials.
func (s *session) vars() map[string]any {
	kept := maps.Clone(s.Runbook.Vars)
	for name, v := range kept {
		if text, ok := v.(string); ok {
			kept[name] = s.Redact(text)
		}
	}
	return kept
}

func (s *session) announce(resumed bool) {
	s.Emit(event.RunStarted{
		Runbook: s.Runbook.Name, RunID: s.state.Run.ID, State: s.Store.Path(),
		Steps: len(s.Runbook.Steps), Resumed: resumed,
	})
	if text := s.window(false); text != "" {
		s.Emit(event.Window{Text: text})
	}
	for _, name := range slices.Sorted(maps.Keys(s.state.Run.Registries)) {
		s.Emit(named(name, s.state.Run.Registries[name]))
	}
}
