package engine

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/state"
	"github.com/srmigrate/srmigrate/runbook"
	"github.com/srmigrate/srmigrate/steps"
)

// Question is what a run waits for, with all that a person should see before an answer.
type Question struct {
	Step, Message string
	Since         time.Time
	Until         time.Time // zero when it waits as long as it takes
	Done          []Line    // what the steps before have told
	Remaining     []Line    // what an approval lets happen
	Undoing       bool      // it is the rollback that asks
	NoReturn      bool      // behind an approval nothing is rolled back by itself
	Otherwise     Otherwise // what a rejection does
	Given         Given     // to the run that asks

	run   string
	asked *state.Question
}

// Line is a step in a line. A step that runs whatever the answer is waits for it all the same.
type Line struct {
	ID, Text string
	Anyway   bool
}

// Reply is what a person says to a question.
type Reply struct {
	Approved    bool
	By, Comment string
}

// Question is what the last run asks at the step. It needs no lock. The error is a *state.Error when the state is to
// blame, and otherwise says why there is nothing to answer.
func (x *Engine) Question(step string) (Question, error) {
	if err := x.present("answer"); err != nil {
		return Question{}, err
	}
	st, err := x.Store.Load()
	if err == nil && st == nil {
		err = x.present("answer") // it went between two looks
	}
	if err == nil {
		err = x.Store.Match(st, x.Runbook.Name)
	}
	if err != nil {
		return Question{}, err
	}
	return (&session{Engine: x.serial(), state: st}).open(step)
}

// Reply answers a question; the run finds the answer when it is called next, or at once when it waits.
func (x *Engine) Reply(q Question, r Reply) error { return x.serial().reply(q, r) }

func (x *Engine) reply(q Question, r Reply) error {
	now := time.Now().UTC()
	a := state.Answer{
		Run: q.run, Step: q.Step, Question: q.asked.ID, Digest: q.asked.Digest, Decision: state.Rejected,
		By: x.Redact(r.By), At: now, Comment: x.Redact(r.Comment),
	}
	if r.Approved {
		a.Decision = state.Approved
	}
	if late(q.asked, nil) {
		return fmt.Errorf("step %s waited for an answer until %s; it fails when `%s` goes on",
			q.Step, q.Until.Format(time.RFC3339), x.Command(q.Given, "run"))
	}
	return x.Store.Reply(q.asked, a)
}

// open finds the question that is open at the step.
func (s *session) open(step string) (Question, error) {
	run, e := s.state.Run, s.state.Run.Waiting()
	if e == nil || e.ID != step {
		return Question{}, s.notAsked(step, e)
	}
	st, err := s.asking(e)
	switch {
	case err != nil:
		return Question{}, err
	case e.Answer != nil:
		return Question{}, &state.AnsweredError{Answer: *e.Answer}
	case e.Asked.Digest != s.agenda(run, e):
		return Question{}, s.otherQuestion(step)
	}
	return s.question(st, e), nil
}

func (s *session) otherQuestion(step string) error {
	moved, then := s.movedVars(), fmt.Sprintf("`%s` asks again", s.Engine.Command(Given{}, "run"))
	if moved != "" {
		then = fmt.Sprintf("%s, as in `%s`, or where others are meant, give those with --var: %s", varsAsBefore, s.asBegun(steps.Approving, step, "--by", "WHO"), then)
	}
	return fmt.Errorf("the runbook%s has changed since step %s asked, so an answer would be to another question; %s", moved, step, then)
}

// asking makes the step that asks.
func (s *session) asking(e *state.Step) (*runbook.Step, error) {
	if e.Undoes != "" {
		return s.undoStep(e)
	}
	if st := stepOf(s.Runbook, e.ID); st != nil {
		return st, nil
	}
	return nil, fmt.Errorf("%s does not have step %s any more, which asks", s.Runbook.File, e.ID)
}

func (s *session) notAsked(step string, e *state.Step) error {
	run := s.state.Run
	text := fmt.Sprintf("run %s does not wait for an answer", run.ID)
	switch {
	case !s.knows(step):
		return fmt.Errorf("%s has no step %q", s.Runbook.File, step)
	case e != nil:
		text = fmt.Sprintf("run %s waits for an answer at step %s, not at %s", run.ID, e.ID, step)
	default:
		text += fmt.Sprintf(" at step %s: it is %s", step, run.Status)
	}
	return errors.New(text + "; answering in advance does nothing")
}

// knows says whether there is a step of that id, or an undo step.
func (s *session) knows(id string) bool {
	named := func(st runbook.Step) bool { return st.ID == id }
	for _, st := range s.Runbook.Steps {
		if named(st) || slices.ContainsFunc(st.Rollback, named) {
			return true
		}
	}
	run := s.state.Run
	return run != nil && slices.ContainsFunc(slices.Concat(run.Steps, run.Undo), func(e *state.Step) bool { return e.ID == id })
}

// question is the open question of e with what a person should see.
func (s *session) question(st *runbook.Step, e *state.Step) Question {
	q := Question{
		Step: e.ID, Message: e.Asked.Message, Since: e.Asked.Since, Until: e.Asked.Until, Undoing: e.Undoes != "",
		NoReturn: st.NoReturn, run: s.state.Run.ID, asked: e.Asked, Given: GivenByHand(s.state.Run, s.Runbook),
	}
	for _, d := range slices.Concat(s.state.Run.Steps, s.state.Run.Undo) {
		if text, _ := d.Outputs["text"].(string); d.Finished() {
			q.Done = append(q.Done, Line{ID: d.ID, Text: text})
		}
	}
	q.Remaining, q.Otherwise = s.remaining(e), s.ifRefused(st, e)
	return q
}

// remaining are the steps after e in the order in which they run.
func (s *session) remaining(e *state.Step) (list []Line) {
	if e.Undoes == "" {
		for _, st := range s.Runbook.Steps[indexOf(s.Runbook, e.ID)+1:] {
			list = append(list, Line{ID: st.ID, Text: st.Step.Describe() + provisos(st)})
		}
		return list
	}
	first := slices.Index(s.state.Run.Undo, e) + 1
	for i, u := range s.state.Run.Undo[first:] {
		st, err := s.undoStep(u)
		if err != nil || u.Finished() || (&undoing{session: s}).moot(st, u, first+i) {
			continue
		}
		list = append(list, Line{ID: u.ID, Text: st.Step.Describe(), Anyway: u.Undoes != e.Undoes})
	}
	return list
}

// provisos are what decides whether a step runs, and what its failure would mean.
func provisos(st runbook.Step) string {
	text := ""
	if st.When != "" {
		text += "; only if " + st.When
	}
	if st.OnFailure != runbook.Rollback {
		text += "; onFailure " + string(st.OnFailure)
	}
	if st.NoReturn {
		text += "; a point of no return"
	}
	return text
}

// approve answers what the run waits for now; the rest of the list it only warns of.
func (s *session) approve(list []string, by string) error {
	for _, id := range list {
		err := s.approveOne(id, by)
		if _, bad := errors.AsType[*state.Error](err); bad {
			return err
		}
		if err != nil {
			s.Emit(event.StepWarning{ID: id, Text: "not approved: " + err.Error()})
		}
	}
	return nil
}

func (s *session) approveOne(id, by string) error {
	if s.state.Run == nil {
		return errors.New("there is no run yet that waits for an answer; answering in advance does nothing")
	}
	q, err := s.open(id)
	if err != nil {
		return err
	}
	return s.reply(q, Reply{Approved: true, By: by})
}
