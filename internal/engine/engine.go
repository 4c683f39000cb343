// Package engine runs a runbook: it records, announces, acts and settles, and puts back what it did when a step fails.
//
// Everything it knows it has from the state file and from the registries themselves, so any process may take over
// from one that died.
package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/planted"
	"github.com/srmigrate/srmigrate/internal/registry"
	"github.com/srmigrate/srmigrate/internal/state"
	"github.com/srmigrate/srmigrate/runbook"
	"github.com/srmigrate/srmigrate/steps"
)

// Exit is the program's exit code for the way a run ended.
type Exit int

// The exit codes. Pipelines decide on them, so a number never changes its meaning.
const (
	OK                 Exit = 0  // done, or nothing to do
	Failed             Exit = 1  // changes are in place; run again after the fix
	Usage              Exit = 2  // the command line makes no sense
	Refused            Exit = 3  // before any write
	RolledBack         Exit = 4  // failed, registries as before
	RollbackIncomplete Exit = 5  // someone must act
	Waiting            Exit = 6  // for an answer; run again after it
	Interrupted        Exit = 7  // resumable
	Locked             Exit = 8  // another process works on this state
	Stale              Exit = 9  // what the plan rests on has moved
	Differ             Exit = 10 // registries are not the same, or something is to be done
	Unread             Exit = 11 // not everything could be read, or a registry did not answer, or changed too fast, before anything was sent
	BadState           Exit = 12 // missing, unreadable, unwritable, newer, or not of this runbook or these registries
)

// ErrInterrupted is the cause with which a signal cancels the context of a run.
var ErrInterrupted = errors.New("interrupted by a signal")

// timeUp is the cause with which a call that may take only so long is interrupted.
type timeUp struct{ after time.Duration }

func (e *timeUp) Error() string {
	return fmt.Sprintf("the %s of --max-duration are over", spelled(e.after))
}

func (e *timeUp) Is(target error) bool { return target == ErrInterrupted }

// Engine works on one runbook and its state.
type Engine struct {
	Runbook *runbook.Runbook
	Store   *state.Store
	Clients map[string]*registry.Client // by runbook name
	Readers map[string]*registry.Client // the same, for looking ahead: they cannot change anything
	Emit    event.Sink
	// Command is how the user would call the program again on this runbook, for a run that was given these vars: a verb,
	// then flags.
	Command func(g Given, verb string, flags ...string) string
	// Elsewhere is how the user would call the program on the run of another state, which may be of another runbook; nil:
	// other states are not looked at.
	Elsewhere func(other state.Other, verb string) string
	// VarsFile is the file that this call has vars from, "" for none.
	VarsFile string
	// Invoked is this call, for whoever meets its lock.
	Invoked string
	// Redact is what every text passes on its way into the state; nil changes nothing.
	Redact func(string) string
	// Prompt puts a question to whoever sits at the terminal; false is neither yes nor no. nil: nobody does.
	Prompt func(ctx context.Context, q Question) (Reply, bool)
	// ShowPlan gets the plan of a run that begins, before the first write and also when that will not come; nil: nobody
	// wants it.
	ShowPlan func(*Plan)

	// Notify tells somebody by a channel of the runbook; nil: nobody can be told.
	Notify func(ctx context.Context, channel, step, text string) error

	// Fellows are what other cells of the fleet do; nil where the runbook is no cell of one.
	Fellows func() []steps.Fellow

	restore func(typ string, params json.RawMessage) (steps.Step, error) // nil: steps.New
}

// Result is how a call ended. Err is what the events have not told.
type Result struct {
	Exit Exit
	Err  error
}

// session is one process's turn at a run.
type session struct {
	*Engine
	state   *state.State
	started time.Time
	verb    string            // of this call: run or rollback
	flags   []string          // of this call, where they decide what happens
	keep    bool              // nothing is rolled back by itself
	wait    bool              // for answers, instead of ending
	strict  bool              // warnings stop a run before it begins
	because string            // of a rollback
	unknown map[string]error  // registries that could not be asked who they are, and why
	unkept  bool              // the last save has no copy, and that was said
	before  *state.Run        // the run that this call puts into the history, nil for none
	planned map[string]string // what the plan of this call rests on, nil without one
	replan  string            // the command that makes it again
	looked  bool              // whether the registries still hold what they held
}

// retype is the command that goes on with what this call was asked to do.
func (s *session) retype() string { return s.Command(s.verb, s.flags...) }

// locked takes the state for the length of f. A bug in the engine ends the call like an error: the state on disk is
// whole, and the next call goes on from it.
func (x *Engine) locked(verb string, f func(s *session) Result) (res Result) {
	unlock, err := x.Store.Lock(x.Invoked)
	if err != nil {
		return refusal(err)
	}
	x = x.serial()
	defer func() {
		if r := recover(); r != nil {
			res = Result{Failed, internal(r)}
		}
		if res.Err != nil {
			x.Emit(event.Stopped{ExitCode: int(res.Exit), Text: res.Err.Error()})
		}
		res.Err = errors.Join(res.Err, unlock())
	}()
	st, err := x.Store.Load()
	if err != nil {
		return refusal(err)
	}
	if st == nil {
		st = &state.State{Runbook: x.Runbook.Name}
	}
	if err := x.Store.Match(st, x.Runbook.Name); err != nil {
		return refusal(err)
	}
	return f(&session{Engine: x, state: st, started: time.Now(), verb: verb})
}

// present refuses a call that needs an earlier run where there is none. It makes nothing, not even a lock.
func (x *Engine) present(purpose string) error {
	there, err := x.Store.Exists()
	if err != nil || there {
		return err
	}
	return &state.Error{Path: x.Store.Path(), Text: "does not exist, so there is nothing to " + purpose +
		"; if an earlier job kept it elsewhere, name it with --state"}
}

// serial is the engine with a sink that steps may use from several goroutines.
func (x *Engine) serial() *Engine {
	var mu sync.Mutex
	own := *x
	if own.Redact == nil {
		own.Redact = func(s string) string { return s }
	}
	if own.restore == nil {
		own.restore = steps.New
	}
	said := map[event.StepWarning]bool{} // what a step looks at twice need not be told twice
	own.Emit = func(e event.Event) {
		mu.Lock()
		defer mu.Unlock()
		if w, ok := e.(event.StepWarning); ok {
			if said[w] {
				return
			}
			said[w] = true
		}
		x.Emit(e)
	}
	return &own
}

// refusal finds the exit code of an error that ended a call before it began.
func refusal(err error) Result {
	if _, ok := errors.AsType[*state.LockedError](err); ok {
		return Result{Locked, err}
	}
	if _, ok := errors.AsType[*state.Error](err); ok {
		return Result{BadState, err}
	}
	return Result{Failed, err}
}

func (s *session) save() error {
	me := s.Store.Holder()
	s.state.Run.Updated, s.state.Run.Worker = time.Now().UTC(), &me
	if err := s.Store.Save(s.state); err != nil && !planted.Is(planted.Untouched) {
		return err
	}
	s.tellUnkept()
	return nil
}

// tellUnkept says once that the state has no copy beside it.
func (s *session) tellUnkept() {
	err := s.Store.Unkept()
	if err != nil && !s.unkept {
		s.Emit(event.StepWarning{Text: err.Error()})
	}
	s.unkept = err != nil
}

// as saves the run under a new status.
func (s *session) as(status state.Status) error {
	s.state.Run.Status = status
	return s.save()
}

// interrupted says whether a signal ended the context.
func interrupted(ctx context.Context) bool {
	return ctx.Err() != nil && errors.Is(context.Cause(ctx), ErrInterrupted)
}

// interrupt ends the call resumably. A rollback stays a rollback, and what waits for an answer goes on waiting.
func (s *session) interrupt(ctx context.Context) Result {
	e := ending{exit: Interrupted, reason: "stopped by a signal", next: s.retype()}
	if t, ok := errors.AsType[*timeUp](context.Cause(ctx)); ok {
		e.reason = "stopped: " + t.Error()
	}
	if s.state.Run.Status == state.RollingBack || s.state.Run.Status == state.Waiting {
		return s.end(e, s.save())
	}
	return s.end(e, s.as(state.Interrupted))
}
