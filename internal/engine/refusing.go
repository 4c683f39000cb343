package engine

import (
	"fmt"
	"strings"

	"github.com/srmigrate/srmigrate/internal/state"
	"github.com/srmigrate/srmigrate/runbook"
)

// Otherwise is what happens when nobody approves: a rejection and silence fail the step that asks.
type Otherwise struct {
	RollsBack bool
	Text      string // it, for a person; without a subject, as "rolls back: …"
}

// ifRefused is what a rejection at e would do, as far as that goes by itself.
func (s *session) ifRefused(st *runbook.Step, e *state.Step) Otherwise {
	past := s.closedBy()
	switch {
	case e.Undoes != "":
		return Otherwise{Text: s.leavesUndone(e)}
	case past != "":
		return Otherwise{Text: "stops; nothing is rolled back behind the point of no return " + past}
	case st.OnFailure != runbook.Rollback || s.keep:
		return Otherwise{Text: "stops; what was done stays as it is, until somebody calls rollback"}
	}
	var list []string
	for _, l := range s.undone(undoList(s.state.Run, 0)) {
		list = append(list, fmt.Sprintf("%s (%s)", l.Text, l.ID))
	}
	if len(list) == 0 {
		return Otherwise{RollsBack: true, Text: "ends the run; there is nothing to roll back"}
	}
	return Otherwise{RollsBack: true, Text: "rolls back: " + strings.Join(list, "; ")}
}

// leavesUndone is what a rejection in a rollback holds back; the rest goes on.
func (s *session) leavesUndone(e *state.Step) string {
	var list []string
	for _, l := range s.remaining(e) {
		if !l.Anyway {
			list = append(list, fmt.Sprintf("%s (%s)", l.Text, l.ID))
		}
	}
	if len(list) == 0 {
		return "holds nothing back; the rollback ends incomplete"
	}
	return "leaves undone: " + strings.Join(list, "; ")
}

// undone is what a rollback by these entries would do now.
func (s *session) undone(entries []*state.Step) (list []Line) {
	run := *s.state.Run
	run.Undo = entries
	u := &undoing{session: &session{Engine: s.Engine, state: &state.State{Run: &run}}}
	for i, e := range run.Undo {
		st, err := u.undoStep(e)
		switch {
		case err != nil:
			list = append(list, Line{ID: e.ID, Text: err.Error()})
		case !u.moot(st, e, i):
			list = append(list, Line{ID: e.ID, Text: st.Step.Describe()})
		}
	}
	return list
}
