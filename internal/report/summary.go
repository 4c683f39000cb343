package report

import (
	"encoding/json"
	"io"
	"time"

	"github.com/srmigrate/srmigrate/internal/event"
)

// Summary is how a call ended, as one JSON object. schemas/result.schema.json describes it.
type Summary struct {
	Version    int             `json:"version"`
	Runbook    string          `json:"runbook,omitempty"`
	Run        string          `json:"run,omitempty"`
	Result     string          `json:"result"`
	ExitCode   int             `json:"exitCode"`
	Step       string          `json:"step,omitempty"`
	Error      string          `json:"error,omitempty"`
	Reason     string          `json:"reason"`
	Findings   []event.Finding `json:"findings"`
	Undone     []string        `json:"undone"`
	Open       []openItem      `json:"open"`
	CopiesLeft []keptItem      `json:"copiesLeft"`
	Moved      string          `json:"moved,omitempty"`
	Proof      string          `json:"proof,omitempty"`
	Backup     string          `json:"backup,omitempty"`
	State      string          `json:"state,omitempty"`
	History    string          `json:"history,omitempty"`
	Head       string          `json:"head,omitempty"`
	Next       string          `json:"next,omitempty"`
	Seconds    float64         `json:"seconds"`

	asked *openItem // what waits for an answer
}

type openItem struct {
	Step     string   `json:"step"`
	Text     string   `json:"text"`
	Commands []string `json:"commands"`
}

type keptItem struct {
	Step string `json:"step"`
	Text string `json:"text"`
}

// NewSummary returns the summary of a call that has not begun.
func NewSummary() *Summary {
	return &Summary{Version: 1, Findings: []event.Finding{}, Undone: []string{}, Open: []openItem{}, CopiesLeft: []keptItem{}}
}

// Sink takes out of the events what a summary tells.
func (s *Summary) Sink(e event.Event) {
	switch e := e.(type) {
	case event.RunStarted:
		s.Runbook, s.Run = e.Runbook, e.RunID
	case event.Finding:
		s.Findings = append(s.Findings, e)
	case event.Kept:
		s.CopiesLeft = append(s.CopiesLeft, keptItem{e.Step, e.Text})
	case event.Open:
		s.Open = append(s.Open, openItem{e.ID, e.Text, append([]string{}, e.Commands...)})
	case event.StepWaiting:
		s.asked = &openItem{e.ID, e.Text, append([]string{}, e.Commands...)}
	case event.StepDone, event.StepFailed:
		s.asked = nil // one question at a time
	case event.RunEnded:
		if s.asked != nil {
			s.Open = append(s.Open, *s.asked)
		}
		s.Runbook, s.Run = or(e.Runbook, s.Runbook), or(e.RunID, s.Run)
		s.Result, s.ExitCode, s.Reason, s.Step, s.Error = e.Result, e.ExitCode, e.Reason, e.Step, e.Error
		s.Moved, s.Proof, s.Backup, s.State, s.Next = e.Moved, e.Proof, e.Backup, e.State, e.Next
		s.History, s.Head = e.History, e.Head
		s.Undone = append(s.Undone, e.Undone...)
		s.Seconds = e.Took.Round(time.Millisecond).Seconds()
	}
}

// End takes what the events have not told: the exit code, and the error of a call that ended without them.
func (s *Summary) End(exitCode int, result, reason string) {
	s.ExitCode = exitCode
	s.Result = or(s.Result, result)
	switch {
	case s.Reason == "":
		s.Reason = reason
	case reason != "":
		s.Reason += ": " + reason
	}
}

// Write prints the summary; every text passes redact before it is encoded.
func (s *Summary) Write(w io.Writer, redact func(string) string) error {
	s.clean(redact)
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(s)
}

func (s *Summary) clean(redact func(string) string) {
	clean := func(p *string) { *p = Printable(redact(*p)) }
	for _, p := range []*string{&s.Runbook, &s.Run, &s.Result, &s.Step, &s.Error, &s.Reason, &s.Moved, &s.Proof, &s.Backup, &s.State, &s.History, &s.Head, &s.Next} {
		clean(p)
	}
	for i := range s.Findings {
		f := &s.Findings[i]
		for _, p := range []*string{&f.Step, &f.Registry, &f.Channel, &f.Text, &f.Remedy, &f.Allowed} {
			clean(p)
		}
	}
	for i := range s.Undone {
		clean(&s.Undone[i])
	}
	for i := range s.Open {
		clean(&s.Open[i].Step)
		clean(&s.Open[i].Text)
		for j := range s.Open[i].Commands {
			clean(&s.Open[i].Commands[j])
		}
	}
	for i := range s.CopiesLeft {
		clean(&s.CopiesLeft[i].Step)
		clean(&s.CopiesLeft[i].Text)
	}
}
