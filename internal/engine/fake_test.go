package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/srmigrate/srmigrate/internal/compare"
	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/registry"
	"github.com/srmigrate/srmigrate/internal/state"
	"github.com/srmigrate/srmigrate/runbook"
	"github.com/srmigrate/srmigrate/steps"
)

// world is what the steps of these tests act on: named things that are there or not.
type world struct {
	there map[string]bool
	log   []string         // every effect, in order
	fail  map[string]error // by step: Do returns this, and has no effect
	soft  map[string]int   // by step: so many attempts are refused for a moment
	lost  map[string]int   // by step: so many answers are lost, after the effect
	kill  map[string]bool  // by step: the process dies in Do, after the effect
	dies  map[string]bool  // by thing: the process dies in Record
	moves map[string]int   // by thing: so many times it changes while Record reads it
}

func newWorld() *world {
	return &world{there: map[string]bool{}, fail: map[string]error{}, soft: map[string]int{}, lost: map[string]int{}, kill: map[string]bool{}, dies: map[string]bool{}, moves: map[string]int{}}
}

// put makes a thing be there, or, as an undo step, not be there.
type put struct {
	w        *world
	Thing    string `json:"thing"`
	Gone     bool   `json:"gone,omitempty"`
	Version  int    `json:"version,omitempty"`
	freezes  string
	waits    []string
	holds    []string
	exporter string // that it has to do with
}

func (p *put) Describe() string { return fmt.Sprintf("put %s, gone %v", p.Thing, p.Gone) }
func (p *put) Freezes() string  { return p.freezes }
func (p *put) Waits() []string  { return p.waits }

func (p *put) Holds(*steps.Env) []string { return p.holds }

func (p *put) Record(context.Context, *steps.Env) (json.RawMessage, error) {
	if p.w.dies[p.Thing] {
		delete(p.w.dies, p.Thing)
		runtime.Goexit()
	}
	if p.w.moves[p.Thing] > 0 {
		p.w.moves[p.Thing]--
		return nil, fmt.Errorf("http://x: %w", compare.ErrMoved)
	}
	p.w.log = append(p.w.log, "record "+p.Thing)
	return json.Marshal(p.w.there[p.Thing])
}

func (p *put) Probe(context.Context, *steps.Env) (steps.Status, error) {
	if p.w.there[p.Thing] == !p.Gone {
		return steps.Status{Left: steps.Done, Now: "as wanted", Outputs: steps.Outputs{"text": "found so"}}, nil
	}
	return steps.Status{Left: steps.Todo, Now: "not as wanted"}, nil
}

func (p *put) Uses() (registry, name string, use steps.Use) { return "source", p.exporter, steps.Needs }

func (p *put) Do(_ context.Context, env *steps.Env) (steps.Outputs, error) {
	id := env.StepID
	if err := p.w.fail[id]; err != nil {
		return nil, err
	}
	if p.w.soft[id] > 0 {
		p.w.soft[id]--
		return nil, &registry.Error{Method: "PUT", URL: "http://x", Status: 503}
	}
	p.w.there[p.Thing] = !p.Gone
	p.w.log = append(p.w.log, "do "+id)
	if p.w.kill[id] {
		delete(p.w.kill, id)
		runtime.Goexit() // runs the deferred unlock, as the kernel would
	}
	if p.w.lost[id] > 0 {
		p.w.lost[id]--
		return nil, &registry.LostError{Method: "POST", URL: "http://x", Err: errors.New("connection reset")}
	}
	return steps.Outputs{"text": "did it"}, nil
}

// step makes a runbook step that puts its own id there, with the undo that takes it away.
func (w *world) step(id string, more ...func(*runbook.Step)) runbook.Step {
	st := runbook.Step{
		ID: id, Type: "put", Step: &put{w: w, Thing: id}, Digest: "digest of " + id, OnFailure: runbook.Rollback,
		Retry: registry.Retry{Attempts: 3}, Timeout: time.Minute, Line: 10,
	}
	st.Rollback = []runbook.Step{{
		ID: id + ".undo-1", Type: "put", Step: &put{w: w, Thing: id, Gone: true}, Retry: st.Retry, Timeout: time.Minute,
	}}
	for _, f := range more {
		f(&st)
	}
	return st
}

func noReturn(st *runbook.Step)   { st.NoReturn = true }
func stopOnFail(st *runbook.Step) { st.OnFailure = runbook.Stop }
func continueOn(st *runbook.Step) { st.OnFailure = runbook.Continue }
func noRollback(st *runbook.Step) { st.Rollback = nil }
func changed(st *runbook.Step)    { st.Digest += ", changed"; st.Step.(*put).Version = 2 }
func freezing(st *runbook.Step)   { st.Step.(*put).freezes = "source" }

// onExporter lets a step and its undo start or stop an exporter.
func onExporter(on bool) func(*runbook.Step) {
	return func(st *runbook.Step) {
		do, undo := st.Step.(*put), st.Rollback[0].Step.(*put)
		do.Thing, do.Gone = "running", !on
		undo.Thing, undo.exporter, undo.Gone = "running", "x", on
	}
}

func exportTarget(st *runbook.Step) {
	st.Rollback[0].Step.(*put).holds = []string{"target"}
	modes := st.Rollback[0]
	modes.ID, modes.Step = st.ID+".undo-2", &put{w: st.Step.(*put).w, Thing: st.ID + "-modes", Gone: true, waits: []string{"target"}}
	st.Rollback = append(st.Rollback, modes)
}

// bench runs a runbook of fake steps again and again on one state.
type bench struct {
	*world
	t      *testing.T
	store  *state.Store
	rb     *runbook.Runbook
	events []event.Event
}

func newBench(t *testing.T, w *world, list ...runbook.Step) *bench {
	t.Helper()
	path := filepath.Join(t.TempDir(), "b.state.json")
	return &bench{world: w, t: t, store: state.NewStore(path, "test", state.OS{}), rb: book(list...)}
}

func book(list ...runbook.Step) *runbook.Runbook {
	return &runbook.Runbook{File: "b.yaml", Name: "b", Steps: list, RollbackTimeout: time.Minute, Retry: registry.Retry{Attempts: 1}}
}

func (b *bench) engine() *Engine {
	return &Engine{
		Runbook: b.rb, Store: b.store, Invoked: "srmigrate run b.yaml",
		Emit: func(e event.Event) { b.events = append(b.events, e) },
		restore: func(typ string, params json.RawMessage) (steps.Step, error) {
			if typ == "ask" {
				return &steps.Approve{Message: "Go?"}, nil
			}
			p := &put{w: b.world}
			return p, json.Unmarshal(params, p)
		},
		Command: func(_ Given, verb string, flags ...string) string {
			return strings.Join(append([]string{"srmigrate", verb, "b.yaml"}, flags...), " ")
		},
	}
}

func (b *bench) run(o RunOptions) Result {
	return b.call(func(x *Engine) Result { return x.Run(b.t.Context(), o) })
}

func (b *bench) rollback(o RollbackOptions) Result {
	return b.call(func(x *Engine) Result { return x.Rollback(b.t.Context(), o) })
}

// change is what a person does to the state between two calls.
func (b *bench) change(f func(*state.Run) error) {
	b.t.Helper()
	st, err := b.store.Load()
	if err == nil {
		err = errors.Join(f(st.Run), b.store.Save(st))
	}
	if err != nil {
		b.t.Fatal(err)
	}
}

// call is one process; one that is killed ends with exit -1.
func (b *bench) call(f func(*Engine) Result) Result {
	b.events = nil
	res := Result{Exit: -1}
	done := make(chan struct{})
	go func() {
		defer close(done)
		res = f(b.engine())
	}()
	<-done
	return res
}

func (b *bench) want(got Result, exit Exit, status state.Status, there ...string) {
	b.t.Helper()
	if got.Exit != exit {
		b.t.Errorf("exit %d (%v), want %d", got.Exit, got.Err, exit)
	}
	st, err := b.store.Load()
	if err != nil {
		b.t.Fatal(err)
	}
	switch {
	case st == nil && status != "":
		b.t.Errorf("no state, want %s", status)
	case st != nil && st.Run.Status != status:
		b.t.Errorf("run is %s, want %s", st.Run.Status, status)
	}
	var have []string
	for thing, is := range b.there {
		if is {
			have = append(have, thing)
		}
	}
	slices.Sort(have)
	slices.Sort(there)
	if !slices.Equal(have, there) {
		b.t.Errorf("there is %q, want %q", have, there)
	}
}

// effects counts how often a step had its effect.
func (b *bench) effects(id string) int {
	n := 0
	for _, l := range b.log {
		if l == "do "+id {
			n++
		}
	}
	return n
}

func (b *bench) ended() event.RunEnded {
	b.t.Helper()
	for _, e := range b.events {
		if e, ok := e.(event.RunEnded); ok {
			return e
		}
	}
	b.t.Fatal("no RunEnded")
	return event.RunEnded{}
}
