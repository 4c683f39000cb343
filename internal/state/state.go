// Package state keeps what a run has done: the value, its store on disk and the lock beside it.
//
// The state is written before every effect and after it. A reader who finds a step running therefore knows that its
// requests may have left, and a reader who finds a step missing knows that none has.
package state

import (
	"encoding/json"
	"fmt"
	"time"
)

// Version is the format this program writes. It reads every older one and refuses newer ones.
const Version = 3

// State is the content of a state file.
type State struct {
	Version  int       `json:"version"`
	Serial   int       `json:"serial"`   // one more with every save
	Checksum string    `json:"checksum"` // of the content without it, see Encode
	Tool     string    `json:"tool"`     // the program's version that saved it
	Runbook  string    `json:"runbook"`
	Run      *Run      `json:"run"`
	History  []Summary `json:"history,omitempty"` // earlier runs, oldest first
}

// Status says how a run stands.
type Status string

// The states of a run. A run that is running or rolling back while nobody holds the lock was killed.
const (
	Running            Status = "running"
	Waiting            Status = "waiting" // for a person's answer
	Interrupted        Status = "interrupted"
	Succeeded          Status = "succeeded"
	Failed             Status = "failed"
	RollingBack        Status = "rollingBack"
	RolledBack         Status = "rolledBack"
	RollbackIncomplete Status = "rollbackIncomplete"
	Abandoned          Status = "abandoned" // a person gave it up: what it left is theirs
)

// Run is one execution of a runbook, over all the processes that worked on it.
type Run struct {
	ID         string              `json:"id"`
	Status     Status              `json:"status"`
	Digest     string              `json:"digest"` // of the runbook's steps
	Started    time.Time           `json:"started"`
	Updated    time.Time           `json:"updated"`
	Worker     *Holder             `json:"worker,omitempty"` // who saved it last while working on the run
	Registries map[string]Identity `json:"registries"`
	Vars       map[string]any      `json:"vars,omitempty"`     // resolved, never a secret
	Given      map[string]string   `json:"given,omitempty"`    // where those come from that are not the runbook's own, secret ones too
	VarsFile   string              `json:"varsFile,omitempty"` // that some of them came from
	Steps      []*Step             `json:"steps"`              // begun, in order
	Failure    *Failure            `json:"failure,omitempty"`
	Undo       []*Step             `json:"undo,omitempty"`      // the rollback, in its order
	Keeps      int                 `json:"keeps,omitempty"`     // how many begun steps the rollback leaves: those up to a point of no return
	Kept       []Leftover          `json:"kept,omitempty"`      // what the rollback has left in place
	Proof      string              `json:"proof,omitempty"`     // verdict of the last compare since schemas were moved
	Moved      string              `json:"moved,omitempty"`     // what the run moved
	Replacing  string              `json:"replacing,omitempty"` // the begun step that is undone because its definition changed
	Abandoned  *Word               `json:"abandoned,omitempty"` // who gave the run up
	Edited     []Word              `json:"edited,omitempty"`    // who took over a file that was altered by hand
}

// Word is what a person decided in place of the program.
type Word struct {
	By      string    `json:"by"`
	Because string    `json:"because"`
	At      time.Time `json:"at"`
}

// Leftover is something that stays after a rollback.
type Leftover struct {
	Step string `json:"step"`
	Text string `json:"text"`
}

// Identity tells registries apart.
type Identity struct {
	URL string `json:"url"`
	ID  string `json:"id"` // cluster and group id, or the URL again where the server has none
	// Holds are a few subjects that were there when the run began, Proven a few of a registry that held none then and
	// some at the last proof. One that has none of them any more has lost its memory; Lost says so after a rollback.
	Holds  []string `json:"holds,omitempty"`
	Proven []string `json:"proven,omitempty"`
	Lost   string   `json:"lost,omitempty"`
}

// StepStatus says how a step stands. A step that is not in the state is pending.
type StepStatus string

// The states of a step. Waiting is for a person's answer, blocked for another undo step which failed.
const (
	StepPending   StepStatus = "pending"
	StepRunning   StepStatus = "running"
	StepWaiting   StepStatus = "waiting"
	StepSucceeded StepStatus = "succeeded"
	StepFailed    StepStatus = "failed"
	StepSkipped   StepStatus = "skipped"
	StepBlocked   StepStatus = "blocked"
)

// Step is what is known of one step, or of one undo step.
type Step struct {
	ID        string          `json:"id"`
	Type      string          `json:"type"`
	Status    StepStatus      `json:"status"`
	Digest    string          `json:"digest,omitempty"`
	Intent    bool            `json:"intent"`         // saved before its first request: an effect is possible from here on
	When      *When           `json:"when,omitempty"` // nil before the step was reached, and where it has no condition
	NoReturn  bool            `json:"noReturn,omitempty"`
	Record    json.RawMessage `json:"record,omitempty"`  // what was there before
	Outputs   map[string]any  `json:"outputs,omitempty"` // strings, integers, booleans
	Rollback  []Armed         `json:"rollback,omitempty"`
	Freezes   string          `json:"freezes,omitempty"` // the registry whose clients cannot write while this stands
	Touches   []string        `json:"touches,omitempty"` // registries whose modes it changes
	Undoes    string          `json:"undoes,omitempty"`  // of undo steps: the step they put back
	Params    json.RawMessage `json:"params,omitempty"`  // of undo steps
	Late      Late            `json:"late,omitempty"`    // of undo steps
	Asked     *Question       `json:"asked,omitempty"`   // of steps that ask a person: what they asked last
	Answer    *Answer         `json:"answer,omitempty"`  // to that question
	Error     string          `json:"error,omitempty"`
	Tolerated bool            `json:"tolerated,omitempty"` // it failed, and the run went on because of onFailure: continue
	ByHand    []string        `json:"byHand,omitempty"`    // of undo steps that failed: the commands that would do it
	Accepted  *Word           `json:"accepted,omitempty"`  // of undo steps: who took them over as they are
	Started   time.Time       `json:"started,omitzero"`
	Ended     time.Time       `json:"ended,omitzero"`
}

// When is what the condition of a step was found to say, once for the run.
type When struct {
	Holds bool   `json:"holds"`
	Text  string `json:"text"` // the condition, with the values it rests on
}

func (w *When) String() string { return fmt.Sprintf("when is %t: %s", w.Holds, w.Text) }

// Armed is an undo step as it stood when its step began, secrets redacted.
type Armed struct {
	ID     string          `json:"id"`
	Type   string          `json:"type"`
	Params json.RawMessage `json:"params"`
	Late   Late            `json:"late,omitempty"`
}

// Late are the texts of parameters, by JSON pointer, that have references left: by turns text and reference.
type Late map[string][]string

// Failure is why a run failed or was rolled back.
type Failure struct {
	Step  string `json:"step"`
	Error string `json:"error"`
}

// Summary is what is kept of an earlier run.
type Summary struct {
	ID      string    `json:"id"`
	Status  Status    `json:"status"`
	Digest  string    `json:"digest"`
	Started time.Time `json:"started"`
	Ended   time.Time `json:"ended"`
	Failure *Failure  `json:"failure,omitempty"`
}

// Step returns the begun step of that id, nil when there is none.
func (r *Run) Step(id string) *Step {
	for _, s := range r.Steps {
		if s.ID == id {
			return s
		}
	}
	return nil
}

// Finished says that nothing of the step is left to do.
func (s *Step) Finished() bool {
	return s.Status == StepSucceeded || s.Status == StepSkipped || s.Tolerated
}

// Retire moves the present run into the history, which keeps the last twenty.
func (s *State) Retire() {
	if s.Run == nil {
		return
	}
	r := s.Run
	s.History = append(s.History, Summary{
		ID: r.ID, Status: r.Status, Digest: r.Digest, Started: r.Started, Ended: r.Updated, Failure: r.Failure,
	})
	if n := len(s.History); n > 20 {
		s.History = s.History[n-20:]
	}
	s.Run = nil
}
