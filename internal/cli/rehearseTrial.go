package cli

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/srmigrate/srmigrate/internal/engine"
	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/registry"
	"github.com/srmigrate/srmigrate/internal/report"
	"github.com/srmigrate/srmigrate/internal/sandbox"
	"github.com/srmigrate/srmigrate/internal/state"
	"github.com/srmigrate/srmigrate/runbook"
	"github.com/srmigrate/srmigrate/steps"
)

// plantedID is the step that fails on purpose.
const plantedID = "rehearsed-failure"

// rehearser answers questions.
const rehearser = "rehearsal"

// on lets f work on registries that hold what the snapshot does.
func (r *rehearsing) on(ctx context.Context, faults []sandbox.Fault, f func(*sandbox.Set) error) error {
	all, err := seats(r.snap)
	if err != nil {
		return &exitError{engine.BadState, err}
	}
	set, err := sandbox.StartSet(ctx, all, faults...)
	if err != nil {
		return &exitError{engine.Failed, fmt.Errorf("the snapshot cannot be imitated: %w", err)}
	}
	err = f(set)
	if cerr := set.Close(); err == nil && cerr != nil {
		err = &exitError{engine.Failed, cerr}
	}
	return err
}

// trial runs the runbook once, on registries of its own. It fails behind the step with that index; -1 is none.
func (a *app) trial(ctx context.Context, r *rehearsing, rep *rehearsal, name string, at int) (*trial, error) {
	dir := filepath.Join(r.dir, name)
	if err := os.RemoveAll(dir); err != nil {
		return nil, &exitError{engine.Failed, err}
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, &exitError{engine.Failed, err}
	}
	if at < 0 {
		// without faults, and on registries that the run does not get: those of the run wait for the run
		if err := r.on(ctx, nil, func(set *sandbox.Set) error { return a.foresee(ctx, r, rep, set, dir) }); err != nil {
			return nil, err
		}
	}
	log, err := os.OpenFile(filepath.Join(dir, "log.txt"), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, &exitError{engine.Failed, err}
	}
	t := &trial{Log: log.Name(), Requests: map[string]int{}}
	err = r.on(ctx, r.faults, func(set *sandbox.Set) error { return a.perform(ctx, r, rep, set, t, log, dir, at) })
	return t, errors.Join(err, log.Close())
}

// foresee plans with the times that the runbook has.
func (a *app) foresee(ctx context.Context, r *rehearsing, rep *rehearsal, set *sandbox.Set, dir string) error {
	rb, _, err := a.staged(r, set, 0)
	if err != nil {
		return err
	}
	x, err := a.stagedEngine(r, rb, set, dir, func(event.Event) {}, nil)
	if err != nil {
		return err
	}
	p, err := x.Plan(ctx, engine.PlanOptions{})
	if err != nil {
		return &exitError{engine.Failed, err}
	}
	rep.Plan = report.Verdict(p)
	rep.found(p)
	return nil
}

// perform runs, and notes what came of it.
func (a *app) perform(ctx context.Context, r *rehearsing, rep *rehearsal, set *sandbox.Set, t *trial, log *os.File, dir string, at int) error {
	rb, stage, err := a.staged(r, set, r.longest)
	if err != nil {
		return err
	}
	if at >= 0 {
		t.FailsAfter = rb.Steps[at].ID
		if rb, err = plant(rb, at); err != nil {
			return &exitError{engine.Failed, err}
		}
	} else {
		rep.Shortened = append(stage.Shortened, r.bound(rb)...)
	}
	r.bound(rb)
	before := pictures(rb, set)
	var mu sync.Mutex
	text := &report.Text{Out: log, Redact: a.redact}
	x, err := a.stagedEngine(r, rb, set, dir, r.sink(text.Sink), func(e registry.Exchange) {
		mu.Lock()
		defer mu.Unlock()
		t.Requests[e.Registry]++
	})
	if err != nil {
		return err
	}
	x.Prompt = func(_ context.Context, q engine.Question) (engine.Reply, bool) {
		rep.answered(q.Step)
		return engine.Reply{Approved: true, By: rehearser}, true
	}
	x.Notify = func(_ context.Context, channel, step, _ string) error {
		rep.untold(step, channel)
		return nil
	}
	var unseen string
	x.ShowPlan = func(p *engine.Plan) { // which faults have befallen, other than the one without them
		unseen = strings.Join(p.Unseen, "; ")
		if at < 0 {
			rep.found(p)
		}
	}
	began := time.Now()
	res := x.Run(ctx, engine.RunOptions{MaxDuration: r.limit})
	t.ExitCode, t.Seconds = int(res.Exit), time.Since(began).Round(time.Millisecond).Seconds()
	if res.Err != nil {
		t.Error = a.redactor.Redact(res.Err.Error())
	} else if !t.begun() {
		t.Error = a.redactor.Redact(unseen)
	}
	st, err := x.Store.Load()
	if err != nil {
		return &exitError{engine.BadState, err}
	}
	t.Befallen = set.Faults.Hits()
	t.note(rb, st, a.redactor.Redact)
	t.compare(before, pictures(rb, set))
	return nil
}

// bound lets a wait fail before the rehearsal is over, so that what it has seen is told; it says where.
func (r *rehearsing) bound(rb *runbook.Runbook) (list []runbook.Shortened) {
	for i := range rb.Steps {
		st := &rb.Steps[i]
		if most := r.limit / 2; st.Type == "waitFor" && (st.Timeout == 0 || st.Timeout > most) {
			written := "none"
			if st.Timeout > 0 {
				written = st.Timeout.String()
			}
			list = append(list, runbook.Shortened{Step: st.ID, Field: "timeout", Written: written, Instead: most.String(), Defaults: st.Timeout == 0})
			st.Timeout = most
		}
		if r.longest > 0 {
			st.Retry.Backoff, st.Retry.MaxBackoff = min(st.Retry.Backoff, r.longest), min(st.Retry.MaxBackoff, r.longest)
		}
	}
	return list
}

// stagedEngine works on the sandbox, with a state of its own, and connects to nothing else.
func (a *app) stagedEngine(r *rehearsing, rb *runbook.Runbook, set *sandbox.Set, dir string, sink event.Sink, observe func(registry.Exchange)) (*engine.Engine, error) {
	in := r.input
	in.spot = spot{path: state.Resolve(filepath.Join(dir, rb.Name+".state.json")), backend: state.OnDisk(state.OS{})} // never the runbook's own
	clients, readers := map[string]*registry.Client{}, map[string]*registry.Client{}
	for _, reg := range rb.Registries {
		config := reg.Config()
		config.Redactor, config.Logger, config.Observe = a.redactor, a.logger(r.verbose), observe
		config.Transport = &http.Transport{DialContext: set.Dial, MaxIdleConnsPerHost: 16}
		for _, to := range []map[string]*registry.Client{clients, readers} {
			c, err := registry.New(config)
			if err != nil {
				return nil, &exitError{engine.Refused, err}
			}
			to[reg.Name], config.ReadOnly = c, true
		}
	}
	x := a.blindEngine(&in, rb, clients, sink)
	x.Readers = readers
	return x, nil
}

// plant is the runbook with a step that fails behind the one with that index.
func plant(rb *runbook.Runbook, at int) (*runbook.Runbook, error) {
	s, err := steps.New("assert", []byte(`{"that": "false", "message": "the rehearsal has it fail here"}`))
	if err != nil {
		return nil, err
	}
	failing := runbook.Step{
		ID: plantedID, Type: "assert", Line: rb.Steps[at].Line, Col: rb.Steps[at].Col, Step: s, Timeout: time.Minute,
		Retry: registry.Retry{Attempts: 1}, OnFailure: runbook.Rollback, Digest: plantedID,
	}
	with := *rb
	with.Steps = append(append(append([]runbook.Step{}, rb.Steps[:at+1]...), failing), rb.Steps[at+1:]...)
	return &with, nil
}

// note takes from the state what became of each step.
func (t *trial) note(rb *runbook.Runbook, st *state.State, redact func(string) string) {
	begun := map[string]*state.Step{}
	if st != nil && st.Run != nil {
		t.Result = string(st.Run.Status)
		for _, s := range st.Run.Steps {
			begun[s.ID] = s
		}
		for _, s := range st.Run.Undo {
			t.Undone = append(t.Undone, rehearsedStep{ID: s.ID, Type: s.Type, Status: string(s.Status), Error: redact(s.Error)})
		}
		for _, k := range st.Run.Kept {
			t.Kept = append(t.Kept, redact(k.Step+": "+k.Text))
		}
	}
	for _, s := range rb.Steps {
		step := rehearsedStep{ID: s.ID, Type: s.Type, Status: string(state.StepPending)}
		if b := begun[s.ID]; b != nil {
			step.Status, step.Error = string(b.Status), redact(b.Error)
			if !b.Ended.IsZero() {
				step.Seconds = b.Ended.Sub(b.Started).Round(time.Millisecond).Seconds()
			}
		}
		if s.ID != plantedID {
			t.Steps = append(t.Steps, step)
		}
	}
}
