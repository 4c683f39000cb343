package engine

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/state"
	"github.com/srmigrate/srmigrate/steps"
)

// ask sees to it that the step's question is in the state, and takes over the answer that lies beside it. An approval
// is of what was there to be seen: when that has changed since, the question is asked anew.
func (w *work) ask() error {
	e, agenda := w.entry, w.agenda(w.state.Run, w.entry)
	if e.Asked == nil || e.Status == state.StepFailed {
		return w.put(agenda)
	}
	if err := w.hear(); err != nil {
		return err
	}
	switch {
	case late(e.Asked, e.Answer):
		return fmt.Errorf("nobody answered within %s", e.Asked.Until.Sub(e.Asked.Since).Round(time.Second))
	case e.Asked.Digest != agenda:
		w.Emit(event.StepWarning{ID: e.ID, Text: void(e.Answer) + ": what remains to be done, or what was done before, has changed since; it is asked anew"})
		return w.put(agenda)
	}
	return w.take()
}

// put asks. From now on there is something to answer.
func (w *work) put(agenda string) error {
	e := w.entry
	e.Status, e.Error, e.Answer, w.env.Answer = state.StepWaiting, "", nil, nil
	e.Asked = &state.Question{
		ID: strings.ToLower(rand.Text()[:6]), Since: time.Now().UTC(), Digest: agenda,
		Message: w.Redact(w.step.Step.(steps.Asker).Asks()),
	}
	if w.step.Timeout > 0 {
		e.Asked.Until = e.Asked.Since.Add(w.step.Timeout)
	}
	return w.save()
}

// hear reads the answer, unless the state has it.
func (w *work) hear() error {
	if w.entry.Answer != nil {
		return nil
	}
	a, err := w.Store.Answer(w.state.Run.ID, w.entry.ID, w.entry.Asked)
	if a != nil {
		a.By, a.Comment = w.Redact(a.By), w.Redact(a.Comment) // whoever gave it may not have known the secrets
	}
	w.entry.Answer = a
	return err
}

// take keeps the answer. A point of no return is closed by the approval, not by the question.
func (w *work) take() error {
	e := w.entry
	if e.Answer == nil {
		return nil
	}
	w.env.Answer = answered(e)
	e.NoReturn = e.NoReturn || w.step.NoReturn && w.env.Answer.Approved
	return w.save()
}

// given closes a point of no return whose approval no run has found yet: what it is of may be under way.
func (s *session) given() error {
	e := s.state.Run.Waiting()
	if e == nil || e.Undoes != "" {
		return nil
	}
	if st := stepOf(s.Runbook, e.ID); st == nil || !st.NoReturn {
		return nil
	}
	a, err := s.Store.Answer(s.state.Run.ID, e.ID, e.Asked)
	e.NoReturn = e.NoReturn || a != nil && a.Decision == state.Approved
	return err
}

// answered is a step's answer as the step sees it, nil when there is none.
func answered(e *state.Step) *steps.Answer {
	a := e.Answer
	if a == nil {
		return nil
	}
	return &steps.Answer{Approved: a.Decision == state.Approved, By: a.By, At: a.At, Comment: a.Comment}
}

func void(a *state.Answer) string {
	if a == nil {
		return "its question is void"
	}
	return fmt.Sprintf("its answer (%s) is void", a)
}

// late says whether the time to answer has passed without an answer. One that was given in time counts whenever it is
// found.
func late(q *state.Question, a *state.Answer) bool {
	at := time.Now()
	if a != nil {
		at = a.At
	}
	return !q.Until.IsZero() && at.After(q.Until)
}

// withdraw takes a question back that nobody needs to answer any more.
func (s *session) withdraw(e *state.Step, because string) {
	if e.Status != state.StepWaiting {
		return
	}
	e.Status, e.Error = state.StepFailed, "its question was withdrawn: "+because
	s.Emit(event.StepWarning{ID: e.ID, Text: "its question is withdrawn: " + because})
}

// agenda is the digest of what an approval at e is of: what remains to be done, and what the steps before have told.
func (x *Engine) agenda(run *state.Run, e *state.Step) string {
	parts := []string{run.ID, e.ID, plain(run.Vars)} // a var may decide whether a later step runs at all
	if e.Undoes != "" {
		for _, u := range run.Undo[max(slices.Index(run.Undo, e), 0):] {
			parts = append(parts, u.ID, u.Type, plain(u.Params))
		}
	} else {
		for _, st := range x.Runbook.Steps[max(indexOf(x.Runbook, e.ID), 0):] {
			parts = append(parts, st.ID, st.Digest, fmt.Sprint(st.OnFailure, st.NoReturn))
		}
	}
	for _, d := range slices.Concat(run.Steps, run.Undo) {
		if d != e && d.Finished() {
			parts = append(parts, d.ID, string(d.Status), plain(d.Outputs), d.Error)
		}
	}
	return sum(parts)
}

// plain spells a value the same way before it was saved and after. The state leaves out what is empty.
func plain(v any) string {
	raw, err := json.Marshal(v)
	var back any
	if err == nil {
		err = json.Unmarshal(raw, &back)
	}
	if m, ok := back.(map[string]any); ok && len(m) == 0 {
		back = nil
	}
	if err == nil {
		raw, err = json.Marshal(back)
	}
	if err != nil {
		panic(err) // parameters and outputs, which the state has to take anyway
	}
	return string(raw)
}
