package cli

import (
	"fmt"
	"slices"

	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/report"
	"github.com/srmigrate/srmigrate/internal/state"
	"github.com/srmigrate/srmigrate/runbook"
)

// history keeps what happens in a call beside the state. It is opened by the first thing that happens, which is never
// before the state is locked.
type history struct {
	app     *app
	in      *input
	rb      *runbook.Runbook
	store   *state.Store
	rec     *report.Recorder
	journal *state.Journal // nil before the first line
	told    bool           // that it cannot be kept

	happened bool   // something did
	run      string // the run that the call worked on, "" where it did not get that far
}

func (a *app) newHistory(in *input, rb *runbook.Runbook, store *state.Store) *history {
	h := &history{app: a, in: in, rb: rb, store: store}
	h.rec = &report.Recorder{Open: h.open, Append: h.append, Redact: a.redact}
	return h
}

// open finds where the history of earlier calls ends, and what this one begins with.
func (h *history) open() (c report.Call, src report.Source, err error) {
	c = report.Call{Verb: h.in.verb, Tool: version(), Command: h.app.invoked()}
	if h.journal, c.Cut, err = h.store.OpenJournal(); err != nil {
		return c, src, err
	}
	if st, err := h.store.Peek(); err == nil && st != nil { // otherwise the engine says so
		c.Run, h.run = st.Run.ID, st.Run.ID
	}
	return c, report.Source{File: h.rb.File, Text: h.app.raw, Secret: holdsSecret(h.rb)}, nil
}

// holdsSecret says whether a secret stands in the runbook itself.
func holdsSecret(rb *runbook.Runbook) bool {
	found := rb.FindingsOfRegistries()
	for _, st := range rb.Steps {
		found = append(found, rb.FindingsOf(st.ID)...)
	}
	return slices.ContainsFunc(found, func(f event.Finding) bool { return f.Code == event.Literal })
}

func (h *history) append(object []byte) error { return h.journal.Append(object) }

// sink keeps what happens before it is shown. What ends a call is sealed, and then shown with the seal.
func (h *history) sink(next event.Sink) event.Sink {
	return func(e event.Event) {
		h.happened = true
		h.rec.Sink(e)
		switch end := e.(type) {
		case event.RunStarted:
			h.run = end.RunID
		case event.RunEnded:
			end.History, end.Head = h.seal(end.RunID)
			e = end
		case event.Stopped:
			h.seal("")
		}
		if err := h.rec.Failed(); err != nil && !h.told {
			h.told = true
			next(event.StepWarning{Text: fmt.Sprintf("the history of the run cannot be written: %v; the run goes on, and what happens from here on is in no report", err)})
		}
		next(e)
	}
}

// seal ends the history of the call with how the run stands.
func (h *history) seal(run string) (path, head string) {
	var saved *state.Run
	if st, err := h.store.Peek(); err == nil && st != nil && st.Run.ID == run {
		saved = st.Run
	}
	if err := h.rec.Seal(saved); err != nil || h.journal == nil {
		return "", ""
	}
	head = h.journal.Head()
	if err := h.close(); err != nil {
		return "", ""
	}
	return h.store.JournalPath(), head
}

// close makes the history durable, as far as the disk has it.
func (h *history) close() error {
	j := h.journal
	if h.journal = nil; j == nil {
		return nil
	}
	if err := j.Close(); err != nil {
		h.rec.Fail(&state.Error{Path: h.store.JournalPath(), Text: "cannot be written", Err: err})
		return err
	}
	return nil
}
