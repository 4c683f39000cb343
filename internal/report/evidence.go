package report

import (
	"encoding/json"
	"time"
)

// EvidenceVersion is the format of report.json.
const EvidenceVersion = 1

// evidenceKind tells a report from other JSON.
const evidenceKind = "srmigrate report"

// Evidence is what is known of a run. Everything in it is made from Journal, so that it can be made again, see Verify.
// schemas/report.schema.json describes it.
type Evidence struct {
	Kind    string `json:"kind"`
	Version int    `json:"version"`
	Tool    string `json:"tool"`              // the program that made it
	Head    string `json:"head"`              // the digest of the last line of the journal: it seals all before it
	Follows string `json:"follows,omitempty"` // the digest of the line before the first, of an earlier run

	Run        RunFacts       `json:"run"`
	Verdict    VerdictFacts   `json:"verdict"`
	Gaps       []string       `json:"gaps"` // what of the history is missing
	Runbook    *RunbookFacts  `json:"runbook,omitempty"`
	Plan       *PlanFacts     `json:"plan,omitempty"`
	Registries []RegistryFact `json:"registries"`
	Vars       map[string]any `json:"vars,omitempty"`
	Findings   []FindingFact  `json:"findings"`
	Steps      []StepFacts    `json:"steps"`
	Rollback   *RollbackFacts `json:"rollback,omitempty"`
	Approvals  []ApprovalFact `json:"approvals"`
	Waits      []WaitFacts    `json:"waits"`
	Compares   []CompareFacts `json:"compares"`
	Modes      []ModeFacts    `json:"modes"`
	Requests   RequestFacts   `json:"requests"`
	Notices    []Notice       `json:"notices"`
	Open       []OpenFact     `json:"open"`
	Kept       []KeptFact     `json:"kept"`

	Journal []json.RawMessage `json:"journal"`
}

// RunFacts are the run and the calls that worked on it.
type RunFacts struct {
	ID      string     `json:"id"`
	Runbook string     `json:"runbook"`
	State   string     `json:"state,omitempty"` // where it is kept
	Status  string     `json:"status"`          // as the state has it, or how a run ended that left none
	Digest  string     `json:"digest,omitempty"`
	Started time.Time  `json:"started,omitzero"`
	Ended   time.Time  `json:"ended,omitzero"`
	Seconds float64    `json:"seconds"`
	Calls   []CallFact `json:"calls"`
	Proof   string     `json:"proof,omitempty"`
	Moved   string     `json:"moved,omitempty"`
	Backup  string     `json:"backup,omitempty"`
}

// CallFact is one call of the program.
type CallFact struct {
	Verb     string    `json:"verb"`
	Command  string    `json:"command,omitempty"`
	Tool     string    `json:"tool"`
	Began    time.Time `json:"began"`
	Ended    time.Time `json:"ended,omitzero"` // of the last thing that is known of it
	ExitCode *int      `json:"exitCode,omitempty"`
	Result   string    `json:"result,omitempty"` // "" where the call was killed
	Reason   string    `json:"reason,omitempty"`
	Cut      int       `json:"cut,omitempty"` // bytes of an unfinished line that it found
}

// VerdictFacts are what a reader wants first.
type VerdictFacts struct {
	Level    string   `json:"level"` // good, waiting, warning, bad or running
	Headline string   `json:"headline"`
	Says     string   `json:"says"`           // what happened, and what is proven
	Safe     string   `json:"safe"`           // whether it is safe to move on
	Next     string   `json:"next,omitempty"` // what to do, in words
	Commands []string `json:"commands"`       // what to type
	Step     string   `json:"step,omitempty"` // that failed, or that asks
	Error    string   `json:"error,omitempty"`
}

// RunbookFacts say which text was run. The text itself is in the journal.
type RunbookFacts struct {
	File     string `json:"file"`
	SHA256   string `json:"sha256,omitempty"`   // "" where a secret stands in it
	Redacted bool   `json:"redacted,omitempty"` // a secret stood in it; a digest is of the text without it
	Texts    int    `json:"texts"`              // how many different ones the run had: later steps may be edited
}

// PlanFacts say what was planned when the run began. The plan itself is in the journal.
type PlanFacts struct {
	SHA256 string    `json:"sha256"` // of the compact JSON
	At     time.Time `json:"at"`
	Says   string    `json:"says"`
}

// RegistryFact is a registry that took part.
type RegistryFact struct {
	Name string `json:"name"`
	URL  string `json:"url"`
	ID   string `json:"id,omitempty"`
}

// FindingFact is what was found before the first write.
type FindingFact struct {
	Code     string `json:"code"`
	Severity string `json:"severity"`
	About    string `json:"about,omitempty"`
	Text     string `json:"text"`
	Remedy   string `json:"remedy,omitempty"`
	Allowed  string `json:"allowed,omitempty"`
}

// StepFacts are a step, or an undo step, over all calls.
type StepFacts struct {
	ID       string      `json:"id"`
	Type     string      `json:"type"`
	Text     string      `json:"text,omitempty"` // what it was to do
	Undoes   string      `json:"undoes,omitempty"`
	Status   string      `json:"status"`
	Says     string      `json:"says,omitempty"` // how it ended
	Error    string      `json:"error,omitempty"`
	When     string      `json:"when,omitempty"`
	NoReturn bool        `json:"noReturn,omitempty"`
	Accepted string      `json:"accepted,omitempty"`
	Spans    []Span      `json:"spans"` // when it was at work, once for each call
	Retries  []RetryFact `json:"retries"`
	Tried    int         `json:"retried"` // how often, those that were not kept among them
	Seconds  float64     `json:"seconds"`
	Writes   int         `json:"writes"`
	Reads    int         `json:"reads"`
	Commands []string    `json:"commands,omitempty"` // that would do it, of an undo step that is open
}

// Span is a time in which a step was at work, or waited.
type Span struct {
	From  time.Time `json:"from"`
	To    time.Time `json:"to"`
	Ended string    `json:"ended"` // done, failed, skipped, waiting, interrupted or killed
}

// RetryFact is an attempt that was followed by another.
type RetryFact struct {
	At      time.Time `json:"at"`
	Attempt int       `json:"attempt"`
	Error   string    `json:"error,omitempty"`
	Wait    float64   `json:"waitSeconds"`
}

// RollbackFacts are what was put back.
type RollbackFacts struct {
	Because string      `json:"because"`
	Began   time.Time   `json:"began,omitzero"`
	Steps   []StepFacts `json:"steps"`
}

// ApprovalFact is a question to a person, with the answer.
type ApprovalFact struct {
	Step     string    `json:"step"`
	Message  string    `json:"message"`
	Asked    time.Time `json:"asked"`
	Until    time.Time `json:"until,omitzero"`
	Digest   string    `json:"digest"` // of what it is about
	Decision string    `json:"decision,omitempty"`
	By       string    `json:"by,omitempty"`
	At       time.Time `json:"at,omitzero"`
	Comment  string    `json:"comment,omitempty"`
}
