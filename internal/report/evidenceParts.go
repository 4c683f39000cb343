package report

import (
	"time"
)

// WaitFacts are what was seen of a copy while a step waited for it.
type WaitFacts struct {
	Step     string    `json:"step"`
	Samples  []Sample  `json:"samples"`
	CaughtUp time.Time `json:"caughtUp,omitzero"` // when nothing was missing for the first time
}

// Sample is one look.
type Sample struct {
	At     time.Time `json:"at"`
	State  string    `json:"state,omitempty"`
	Offset int64     `json:"offset"`
	Copied int       `json:"copied"`
	Of     int       `json:"of"`
	Trace  string    `json:"trace,omitempty"`
}

// CompareFacts are a comparison.
type CompareFacts struct {
	Step          string           `json:"step"`
	At            time.Time        `json:"at"`
	Verdict       string           `json:"verdict"`
	Text          string           `json:"text"`
	Source        string           `json:"source"`
	Target        string           `json:"target"`
	Subjects      int              `json:"subjects"`
	All           int              `json:"allSubjects"`
	Versions      int              `json:"versions"`
	Missing       int              `json:"missing"`
	Extra         int              `json:"extra"`
	Changed       int              `json:"changed"`
	Other         int              `json:"other"`
	ExtraSubjects int              `json:"extraSubjects"`
	Reported      int              `json:"reported"`
	Contexts      []string         `json:"contexts"`
	Hints         []string         `json:"hints"`
	Differences   []DifferenceFact `json:"differences"` // the first
}

// DifferenceFact is one thing in which the registries differ.
type DifferenceFact struct {
	Text  string   `json:"text"`
	Fails bool     `json:"fails"`
	Diff  []string `json:"diff,omitempty"`
}

// ModeFacts are a place whose mode was another one during the run, as the run's own requests have seen it.
type ModeFacts struct {
	Registry string       `json:"registry"`
	Place    string       `json:"place"`            // "" is the default context
	Before   string       `json:"before,omitempty"` // "" where it was not seen
	After    string       `json:"after"`
	Changes  []ModeChange `json:"changes"`
}

// ModeChange is one of them.
type ModeChange struct {
	At    time.Time `json:"at"`
	Step  string    `json:"step,omitempty"`
	Mode  string    `json:"mode"`
	ByRun bool      `json:"byRun"` // this run sent it; otherwise it was found so
}

// RequestFacts count requests. Each one that may have changed something is in the journal.
type RequestFacts struct {
	Writes  int          `json:"writes"`
	Refused int          `json:"refused"` // of the writes: those that ended with an error
	Reads   int          `json:"reads"`
	ByRoute []RouteFacts `json:"byRoute"`
}

// RouteFacts count alike requests.
type RouteFacts struct {
	Registry string  `json:"registry"`
	Route    string  `json:"route"`
	Status   int     `json:"status"` // 0: no answer
	Count    int     `json:"count"`
	Seconds  float64 `json:"seconds"` // all together
	Most     float64 `json:"mostSeconds"`
}

// Notice is what a person who watches would have been told.
type Notice struct {
	At       time.Time `json:"at"`
	Step     string    `json:"step,omitempty"`
	Severity string    `json:"severity"` // info, warning or critical
	Text     string    `json:"text"`
}

// OpenFact is something that is left for a person to do.
type OpenFact struct {
	Step     string   `json:"step"`
	Text     string   `json:"text"`
	Commands []string `json:"commands"`
}

// KeptFact is what stays in place on purpose.
type KeptFact struct {
	Step string `json:"step"`
	Text string `json:"text"`
}
