// Package steps holds the step types of a runbook, one file each.
//
// A step type is a struct whose fields are the fields of the runbook, registered by its file's init. To add one, write
// steps/x.go, schemas/steps/x.schema.json, examples/steps/x.yaml and e2e/testdata/x.txtar; nothing else names it.
package steps

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/registry"
)

// Step is one unit of work of a runbook. The engine makes a new value for every step it loads and uses it from one
// goroutine at a time.
type Step interface {
	// Describe says in one line, without I/O, what the step is going to do.
	Describe() string

	// Probe looks, with cheap reads only, at how much of the step is left. The engine calls it before a step that an
	// earlier process left unfinished or whose answer was lost is tried again, and before every undo step. An error
	// means that it could not look.
	Probe(ctx context.Context, env *Env) (Status, error)

	// Do has the step's effect and returns when the effect is there to be seen. It is called again after a lost
	// answer or a kill, so it must bear its own leftovers; what it finds and what its record does not know, this run
	// made. An error that registry.IsLost reports is settled by Probe; any other is a failure of the step.
	Do(ctx context.Context, env *Env) (Outputs, error)
}

// ErrWaiting is what Do of an Asker returns while nobody has answered.
var ErrWaiting = errors.New("waiting for an answer")

// Asker is a step that asks a person, with Env.Answer for what was said. Asks returns the question. The engine ends the
// call while Do returns ErrWaiting, and fails the step when its timeout has passed since the question was asked. Do has
// no effect but its result: a step that was cut short is not probed but done again.
type Asker interface{ Asks() string }

// The commands that answer an Asker.
const (
	Approving = "approve"
	Rejecting = "reject"
)

// Checker is a step that can be wrong in ways JSON Schema cannot say. Check is called once on load and does no I/O.
type Checker interface{ Check(s Scope) []Problem }

// FileWriter is a step that writes files of the user's. Writes are their paths, by the field that names them, relative
// ones to the folder of the runbook.
type FileWriter interface{ Writes() map[string]string }

// Recorder is a step whose undo needs to know what was there before. Record is called once per step and run, before
// the first Do, and what it returns is saved before the first request of Do leaves. It holds names, modes and levels,
// never a secret.
type Recorder interface {
	Record(ctx context.Context, env *Env) (json.RawMessage, error)
}

// Undoer is a step that `rollback: auto` can put back. Undo is called on load with the step's id, does no I/O, and
// returns ordinary steps in the order in which they have to run.
type Undoer interface{ Undo(id string) []Spec }

// Finder is a step that looks for dangers before the first write of a fresh run. It only reads.
type Finder interface {
	Find(ctx context.Context, env *Env) ([]event.Finding, error)
}

// Leaver is a step that adds something which stays even when the step is undone. Left is called at the end of a run and
// of a rollback, and only reads.
type Leaver interface {
	Left(ctx context.Context, env *Env) ([]Leftover, error)
}

// Leftover is what a step added, counted and named, and what it means to those who come after a rollback.
type Leftover struct{ What, Then string }

// Mooter is an undo step that need not run when certain others run after it in the same rollback.
type Mooter interface {
	Moot(env *Env, later []Step) bool
}

// Freezer is a step that takes writes away from the clients of a registry; its undo goes before others. Freezes
// returns the registry's name, or "" when these parameters freeze nothing.
type Freezer interface{ Freezes() string }

// Remover is a step that takes away again what this run has added to a registry. Removes returns the registry's name.
type Remover interface{ Removes() string }

// Discarder is a step that deletes for good what may have been there before the run. Discards returns the registry's name,
// and tells which of its subjects go.
type Discarder interface {
	Discards(env *Env) (registry string, goes func(subject string) bool)
}

// Holder is an undo step that must have succeeded before the modes and compatibility settings of the registries it
// names are put back: a running exporter would set its own again.
type Holder interface{ Holds(env *Env) []string }

// Waiter is an undo step that puts back modes or compatibility of a registry and so waits for its Holder.
type Waiter interface{ Waits() []string }

// ByHander is a step that a person could do without the program. ByHand returns the commands, which name where credentials are found and show none.
type ByHander interface {
	ByHand(ctx context.Context, env *Env) []string
}

// Secretive is a step with secrets among its parameters. Secrets is called once on load, before anything is printed, by
// keys as in an exporter's config: they tell a password from an address.
type Secretive interface {
	Secrets() map[string]registry.Secret
}

// Stager is a step that a rehearsal cannot run as it is written.
type Stager interface{ Staging() Staging }

// Staging says what a rehearsal does to the parameters of a step, by their names.
type Staging struct {
	Leave  []string // they lead to real servers, and are left out
	Config string   // an exporter's config: its keys stay, without their values
	Files  []string // files that the step writes
	Every  string   // how often it looks
	Until  string   // a condition with times in it
}

// Spec is a step as the runbook writes it: what `rollback: auto` stands for.
type Spec struct {
	Type   string          `json:"type"`
	Params json.RawMessage `json:"params"`
}

// Left says how much of a step's effect is still missing.
type Left string

// What a probe can find.
const (
	Done Left = "done"
	Todo Left = "todo"
)

// Status is what a probe saw.
type Status struct {
	Left    Left
	Now     string  // what is there, in words: "mode READWRITE"
	Will    string  // what the step would make of it: "mode READONLY"
	Outputs Outputs // what Do would have returned, when nothing is left
}

// Outputter is a step with outputs besides its closing line. Outputs is called on load, does no I/O, and returns a value
// of each one's type by name. Do returns no others; it may leave some out.
type Outputter interface{ Outputs() map[string]any }

// Outputs are the named results of a step: strings, integers and booleans. The output "text" is the step's closing
// line; "verdict" is carried into the run's summary.
type Outputs map[string]any

// Text is the closing line of a step with these outputs.
func (o Outputs) Text() string { s, _ := o["text"].(string); return s }

// Problem is something wrong with a step's parameters. Path is a JSON pointer below the parameters ("/until"); Offset
// counts bytes into the string found there.
type Problem struct {
	Path    string
	Offset  int
	Message string
}

var types = map[string]func() Step{}

func register(name string, make func() Step) {
	if _, ok := types[name]; ok {
		panic("step type registered twice: " + name)
	}
	types[name] = make
}

// Types lists the names of all step types, sorted.
func Types() []string { return slices.Sorted(maps.Keys(types)) }

// New makes the step of a type from its parameters, which must already have passed the type's schema.
func New(typ string, params json.RawMessage) (Step, error) {
	make, ok := types[typ]
	if !ok {
		return nil, fmt.Errorf("unknown step type %q", typ)
	}
	s := make()
	dec := json.NewDecoder(bytes.NewReader(params))
	dec.DisallowUnknownFields()
	if err := dec.Decode(s); err != nil {
		return nil, fmt.Errorf("parameters of %s: %w", typ, err)
	}
	return s, nil
}

func spec(typ string, params Step) Spec {
	raw, err := json.Marshal(params)
	if err != nil {
		panic(err) // structs of strings, booleans and lists
	}
	return Spec{Type: typ, Params: raw}
}
