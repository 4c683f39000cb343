// Package event names what can happen in a run. The engine and the steps emit events; they know nothing of text,
// JSON, colours or terminals, and tests compare slices of them.
package event

import "time"

// Event is one thing that happened. The set is closed: only this package adds to it.
type Event interface{ event() }

// Sink takes events in the order in which they happen. It is called from one goroutine at a time and must not block
// for long. It never fails: an event that cannot be shown must not stop a migration.
type Sink func(Event)

// RunStarted opens a run, or the continuation of one.
type RunStarted struct {
	Runbook string // metadata.name
	RunID   string
	State   string // where the state is kept
	Steps   int
	Resumed bool
}

// Window says how the time stands in which the run may work.
type Window struct{ Text string }

// Registry is one that the run, or its plan, is about.
type Registry struct {
	Name string // in the runbook
	URL  string // without credentials
	ID   string // who it says it is; "" where it does not, or was not asked
}

// StepStarted says that a step is at work. Undo steps are steps too: Undoes names the step they put back.
type StepStarted struct {
	ID, Type string
	Text     string // the step in a line
	Undoes   string
}

// StepSettled tells what was found of a step that had been cut short, or whose answer was lost.
type StepSettled struct {
	ID   string
	Done bool // nothing is left to do
	Text string
}

// StepRetry announces that a request, or the step itself, is tried again.
type StepRetry struct {
	ID      string
	Attempt int // the attempt that failed, 1 for the first
	Err     string
	Wait    time.Duration
}

// RegistryRetry announces that a registry, which is needed before any step, is asked again.
type RegistryRetry struct {
	Name    string
	Attempt int // the attempt that failed, 1 for the first
	Err     string
	Wait    time.Duration
}

// StepLooked is one thing that a step has looked at, and what it saw.
type StepLooked struct {
	ID, Text string
	Unknown  bool // a look does not tell it
}

// StepProgress is what a waiting or long-running step saw last.
type StepProgress struct {
	ID       string
	Text     string
	State    string // of the exporter, where there is one
	Offset   int64
	Done     int           // versions on the target, where they are counted
	Of       int           // versions on the source
	Rate     float64       // versions per second; 0 where nothing can be said
	Left     time.Duration // until Done is Of at this rate; 0 where nothing can be said
	Trace    string
	Elapsed  time.Duration
	Repeated bool // nothing but the time differs from the progress before
}

// Severity says how bad something is.
type Severity string

// The severities of what is noticed.
const (
	Info     Severity = "info"
	Warning  Severity = "warning"
	Critical Severity = "critical"
)

// Noticed is a change that a person who watches a migration would want to know of.
type Noticed struct {
	ID       string
	Severity Severity
	About    string // state, trace, offset, stall, mismatch or channel
	Text     string
}

// Compared is the verdict of a comparison with its scope, and the first of what differs.
type Compared struct {
	ID             string
	Verdict        string // identical, different or unknown
	Text           string // the verdict with its scope
	Source, Target string // addresses

	// What differs, in versions but for the last two, and what differs and does not fail.
	Missing, Extra, Changed, Other, ExtraSubjects, Reported int

	Subjects, All, Versions int // compared, of how many, with how many versions
	Contexts                []string
	Differences             []Difference
	Hints                   []string
}

// Difference is one thing in which two registries differ.
type Difference struct {
	Text  string   `json:"text"`
	Fails bool     `json:"fails"`          // a verdict cannot be identical with it
	Diff  []string `json:"diff,omitempty"` // from the source's text to the target's, line by line
}

// StepWarning is something a person should read that does not stop the step.
type StepWarning struct{ ID, Text string }

// StepWaiting says that a step waits for a person's answer.
type StepWaiting struct {
	ID, Text  string
	Otherwise string        // what happens when nobody approves
	Left      time.Duration // until it fails without one; 0: it waits as long as it takes
	Commands  []string      // that answer
	Here      bool          // the question is put to whoever sits at this terminal, with all that belongs to it
}

// StepDone ends a step well.
type StepDone struct {
	ID, Text string
	Undoes   string
	Took     time.Duration
}

// StepSkipped ends a step that had nothing to do.
type StepSkipped struct{ ID, Text, Undoes string }

// StepFailed ends a step badly.
type StepFailed struct {
	ID, Text string
	Undoes   string
	Took     time.Duration
}

// Finding is something about the runbook or the registries that a reviewer must know before the first write.
type Finding struct {
	Code     string `json:"code"`     // SRM001 …, stable; see Codes
	Severity string `json:"severity"` // error or warning
	Step     string `json:"step"`     // "" where it is about a registry
	Registry string `json:"registry,omitempty"`
	Channel  string `json:"channel,omitempty"` // of notifications, where it is about one
	Text     string `json:"text"`
	Remedy   string `json:"remedy,omitempty"`
	Count    int    `json:"count,omitempty"`   // how many things it is about; 0 where that is one
	Allowed  string `json:"allowed,omitempty"` // why the runbook allows it, "" where it does not: then an error stops the run
}

// About is what the finding is about: a step, a registry or a channel, and its name.
func (f Finding) About() (kind, name string) {
	switch {
	case f.Step != "":
		return "step", f.Step
	case f.Channel != "":
		return "channel", f.Channel
	}
	return "registry", f.Registry
}

// Moved is something that a plan rests on and that is otherwise now.
type Moved struct{ Text string }

// RollbackStarted says why steps are being put back, and how many undo steps there are.
type RollbackStarted struct {
	Because string
	Steps   int
	Resumed bool
}

// Ahead is what a rollback that begins, or that is only looked at, will do.
type Ahead struct{ ID, Text string }

// Kept names what a rollback leaves in place on purpose.
type Kept struct{ Step, Text string }

// Open is something that is left for a person to do.
type Open struct {
	ID       string
	Text     string
	Commands []string // what to type, in this order
}

// Stopped is a call that ends with an error, which whoever made the call tells of.
type Stopped struct {
	ExitCode int
	Text     string
}

// RunEnded closes a run, or its continuation.
type RunEnded struct {
	Runbook  string // metadata.name
	RunID    string
	Result   string // the state's word for how the run stands: succeeded, failed, rolledBack …
	ExitCode int
	Step     string   // the step that failed, "" when none did
	Error    string   // why it did
	Undone   []string // the undo steps that put something back, in order
	Reason   string
	Proof    string // the last verdict of a compare, "" when there is none
	Moved    string // what the run moved, "" when it cannot say
	Backup   string // what the run has saved before it was lost, and where; "" when nothing
	State    string
	History  string // where the history of the run is kept, "" where it is not
	Head     string // the digest that seals it
	Next     string // the command to type next, "" when there is none
	Took     time.Duration
}

// Words is how a run stands as a sentence has it.
func Words(status string) string {
	switch status {
	case "rolledBack":
		return "rolled back"
	case "rollingBack":
		return "rolling back"
	case "rollbackIncomplete":
		return "rollback incomplete"
	}
	return status
}

func (RunStarted) event()      {}
func (Window) event()          {}
func (Registry) event()        {}
func (Ahead) event()           {}
func (StepStarted) event()     {}
func (StepSettled) event()     {}
func (StepRetry) event()       {}
func (RegistryRetry) event()   {}
func (StepLooked) event()      {}
func (StepProgress) event()    {}
func (Noticed) event()         {}
func (Compared) event()        {}
func (StepWarning) event()     {}
func (StepWaiting) event()     {}
func (StepDone) event()        {}
func (StepSkipped) event()     {}
func (StepFailed) event()      {}
func (Finding) event()         {}
func (Moved) event()           {}
func (RollbackStarted) event() {}
func (Kept) event()            {}
func (Open) event()            {}
func (Stopped) event()         {}
func (RunEnded) event()        {}
