package state

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"
)

// Question is what a step has asked a person.
type Question struct {
	ID      string    `json:"id"`             // names the file of the answer
	Since   time.Time `json:"since"`          // when it was asked
	Until   time.Time `json:"until,omitzero"` // when it fails without an answer; zero for never
	Digest  string    `json:"digest"`         // of what an approval is of
	Message string    `json:"message"`
}

// Decision is what a person decided.
type Decision string

// The decisions.
const (
	Approved Decision = "approved"
	Rejected Decision = "rejected"
)

// Answer is what a person said to a question. It lies beside the state until the run takes it over: whoever answers
// need not wait for the lock that a waiting run holds.
type Answer struct {
	Run      string    `json:"run"`
	Step     string    `json:"step"`
	Question string    `json:"question"` // its id
	Digest   string    `json:"digest"`   // the question's
	Decision Decision  `json:"decision"`
	By       string    `json:"by"`
	At       time.Time `json:"at"`
	Comment  string    `json:"comment,omitempty"`
}

// String says the answer in a line.
func (a *Answer) String() string {
	text := fmt.Sprintf("%s by %s at %s", a.Decision, a.By, a.At.Format(time.RFC3339))
	if a.Comment != "" {
		text += ": " + a.Comment
	}
	return text
}

// to says whether this is a whole answer to the question of that step.
func (a *Answer) to(step string, q *Question) bool {
	return a.Step == step && a.Question == q.ID && a.Digest == q.Digest && a.By != "" && !a.At.IsZero() &&
		(a.Decision == Approved || a.Decision == Rejected)
}

// AnsweredError says that somebody else was faster.
type AnsweredError struct{ Answer Answer }

func (e *AnsweredError) Error() string {
	return fmt.Sprintf("step %s has been answered already: %s", e.Answer.Step, &e.Answer)
}

// Waiting is the step whose question is open, nil when there is none. A run asks one question at a time.
func (r *Run) Waiting() *Step {
	if r.Over() {
		return nil
	}
	for _, e := range slices.Concat(r.Undo, r.Steps) {
		if e.Status == StepWaiting {
			return e
		}
	}
	return nil
}

// Answer reads the answer to a question of a step; nil without error when there is none yet.
func (s *Store) Answer(run, step string, q *Question) (*Answer, error) {
	path := s.sidePath(answerName(step, q))
	raw, _, err := s.at.Read(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, &Error{path, "cannot be read", bare(err)}
	}
	a := new(Answer)
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(a); err != nil {
		return nil, &Error{Path: path, Text: fmt.Sprintf("is damaged: %v; remove it and answer again", err)}
	}
	if a.Run != run || !a.to(step, q) {
		return nil, &Error{Path: path, Text: fmt.Sprintf("is damaged: it is no answer to what step %s asked; remove it and answer again", step)}
	}
	return a, nil
}

// Reply keeps the answer to a question. The first one counts: every later one gets an *AnsweredError.
func (s *Store) Reply(q *Question, a Answer) error {
	path := s.sidePath(answerName(a.Step, q))
	raw, err := json.MarshalIndent(a, "", "  ")
	if err == nil {
		err = s.at.Add(path, append(raw, '\n'))
	}
	switch {
	case err == nil:
		return nil
	case !errors.Is(err, fs.ErrExist):
		return &Error{path, "cannot be written", bare(err)}
	}
	first, err := s.Answer(a.Run, a.Step, q)
	if first == nil {
		return errors.Join(err, &Error{Path: path, Text: "has been answered by somebody else"})
	}
	return &AnsweredError{*first}
}

func answerName(step string, q *Question) string {
	return fmt.Sprintf("approval.%s.%s.json", step, q.ID)
}
