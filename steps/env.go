package steps

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/srmigrate/srmigrate/internal/compare"
	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/registry"
)

// Env is what the engine lends to a step for one call.
type Env struct {
	RunID      string
	StepID     string
	Undoes     string                                // the step this one is part of the rollback of, "" otherwise
	Registries map[string]*registry.Client           // by runbook name; they retry under the step's policy
	Exports    map[string]map[string]registry.Secret // by runbook name: exporter config that reaches this registry
	Dialects   map[string]string                     // by runbook name: "confluent" or "guide", what contextType, patterns and /mode mean there
	Steps      []Past                                // this run's steps that were begun, in order, this one included
	Ahead      []Effect                              // in a plan: what the steps before this one will have done
	Blind      string                                // in a plan: a step before this one that could not be looked at
	Known      *Known                                // in a plan: what was worked out already; nil elsewhere
	Coming     []Declared                            // in a plan: the steps before this one that are still to be done
	Earlier    *Earlier                              // in a plan: what the last run before this one knows of the step; nil for nothing
	After      []Upcoming                            // the steps behind this one that are still to be done, but for those with a when
	Waits      bool                                  // in a plan: one of those may take long, so registries may be otherwise by then
	Skipped    []string                              // this run's steps whose when was false
	Allow      []Consent                             // what the runbook allows this step
	Vars       map[string]any                        // the runbook's vars, for expressions
	Siblings   func() ([]Sibling, string)            // runs of other states in the same place, and of which nothing is known; nil: nobody looks
	Fellows    func() []Fellow                       // what other cells of the fleet do; nil where this is no cell of one
	Files      Files
	Dir        string // the runbook's folder: relative paths begin there
	Emit       event.Sink
	Answer     *Answer // to what this step asks; nil while nobody has answered
	// Notify tells somebody by a channel of the runbook, and does not take long; nil where nobody can be told.
	Notify func(ctx context.Context, channel, step, text string) error
}

// Answer is what a person said to the question of an Asker.
type Answer struct {
	Approved    bool
	By, Comment string
	At          time.Time
}

// Past is what this run knows of one of its steps.
type Past struct {
	ID, Type string
	Done     bool            // it succeeded
	Record   json.RawMessage // nil when the step keeps none
	Outputs  Outputs
}

// Files are the side files of a run, kept beside its state for what is too long to stand in it.
type Files interface {
	// Write replaces the file in one step: after a crash it is there whole, or as it was before.
	Write(name string, fill func(io.Writer) error) error
	// Open returns an error that errors.Is reports as fs.ErrNotExist when there is no such file.
	Open(name string) (io.ReadCloser, error)
	// Path is the name under which a person finds the file.
	Path(name string) string
}

// Registry returns the client of a declared registry.
func (e *Env) Registry(name string) (*registry.Client, error) {
	c, ok := e.Registries[name]
	if !ok {
		return nil, fmt.Errorf("registry %q is not declared", name)
	}
	return c, nil
}

// isGuide reports whether the registry takes what it is sent as the guide explains it.
func (e *Env) isGuide(name string) bool { return e.Dialects[name] == compare.GuideDialect }

// Past returns what this run knows of the step; false when it was not begun.
func (e *Env) Past(id string) (Past, bool) {
	for _, p := range e.Steps {
		if p.ID == id {
			return p, true
		}
	}
	return Past{}, false
}

// record decodes this step's own record into v; false when there is none yet.
func (e *Env) record(v any) (bool, error) {
	p, ok := e.Past(e.StepID)
	if !ok || p.Record == nil {
		return false, nil
	}
	return true, json.Unmarshal(p.Record, v)
}

// Scope is what a step may refer to, for Check.
type Scope struct {
	ID         string            // of this step
	Registries []string          // declared, in file order
	Channels   []string          // of spec.notifications
	Dialects   map[string]string // by registry: "confluent" or "guide"
	IDs        []string          // of all steps, in file order
	Access     map[string]Access // by registry; for Lint
	Before     []Declared        // the steps that stand before this one, in file order
	After      []Declared        // the steps that stand behind this one; for Lint
	Vars       map[string]any    // by name: a value of the var's type, the zero value where it is not known yet
}

// Upcoming is a step that stands behind the one at work, with what the runbook allows it.
type Upcoming struct {
	Declared
	Allow []Consent
}

// Declared is a step that stands before the one being checked. Inside a rollback list that includes the step that the
// list belongs to.
type Declared struct {
	ID   string
	Step Step
}
