package engine

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/state"
	"github.com/srmigrate/srmigrate/runbook"
)

// Given are the vars that a command line has to name to mean a run as it was worked on last. No secret is in it.
type Given struct {
	Vars     []string // name=value, by name
	VarsFile string
	Firm     bool // they go over those of the call that asks
}

// GivenTo are the vars that a run was given on the command line, and those that came from the environment or a file and that
// this call finds to be otherwise. The latter are few: a pipeline sets them for every call.
func GivenTo(run *state.Run, rb *runbook.Runbook) Given { return givenTo(run, rb, false) }

// GivenByHand are those of the command line alone, for where the environment is not that of a run.
func GivenByHand(run *state.Run, rb *runbook.Runbook) Given { return givenTo(run, rb, true) }

func givenTo(run *state.Run, rb *runbook.Runbook, byHand bool) (g Given) {
	if run == nil || rb == nil {
		return g
	}
	for _, name := range slices.Sorted(maps.Keys(run.Given)) {
		was, kept := run.Vars[name]
		now, known := rb.Vars[name]
		text := spelledVar(was)
		switch from := run.Given[name]; {
		case from == runbook.FromFile && run.VarsFile != "":
			g.VarsFile = run.VarsFile
		case !kept || !slices.Contains(rb.Plain, name) || strings.Contains(text, "[redacted]"):
		case from == runbook.FromFlag, !byHand && known && inJSON(was) != inJSON(now):
			g.Vars = append(g.Vars, name+"="+text)
		}
	}
	return g
}

// spelledVar is a value as --var takes it.
func spelledVar(v any) string {
	if text, ok := v.(string); ok {
		return text
	}
	return inJSON(v)
}

// Command is how the user would call the program again on this run.
func (s *session) Command(verb string, flags ...string) string {
	return s.Engine.Command(GivenTo(s.state.Run, s.Runbook), verb, flags...)
}

// asBegun is Command with the vars of the run, whatever this call was given.
func (s *session) asBegun(verb string, flags ...string) string {
	g := GivenTo(s.state.Run, s.Runbook)
	g.Firm = true
	return s.Engine.Command(g, verb, flags...)
}

// movedVar is a var that is not what it was when the run was worked on last.
type movedVar struct {
	name      string
	was, is   string // as JSON; "" where only the state knows it, and of a secret
	then, now string // where outside of the runbook it came from, "" for the runbook's own value
}

// forgotten is one that was given from outside, and is not any more: nobody decided that.
func (m movedVar) forgotten() bool { return m.then != "" && m.now == "" }

// edited is one whose value the runbook had, and has.
func (m movedVar) edited() bool { return m.then == "" && m.now == "" }

func (m movedVar) String() string {
	from := func(value, of string) string {
		switch {
		case m.edited():
			return value
		case value == "":
			return "secret, from " + or(of, "the runbook")
		}
		return value + " from " + or(of, "the runbook")
	}
	return fmt.Sprintf("was %s, now it is %s", from(m.was, m.then), from(m.is, m.now))
}

// moved are the vars that both the run and the runbook know, and that have changed. Of a secret it is only known that nobody
// gives it any more.
func (s *session) moved() (list []movedVar) {
	run, now := s.state.Run, s.vars()
	for _, name := range slices.Sorted(maps.Keys(now)) {
		if was, ok := run.Vars[name]; ok && inJSON(was) != inJSON(now[name]) {
			list = append(list, movedVar{name, inJSON(was), inJSON(now[name]), run.Given[name], s.Runbook.Given[name]})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(run.Given)) {
		_, plain := run.Vars[name]
		_, known := now[name]
		m := movedVar{name: name, then: run.Given[name], now: s.Runbook.Given[name]}
		if !plain && !known && m.forgotten() && slices.ContainsFunc(s.Runbook.Steps, m.matters) {
			list = append(list, m)
		}
	}
	return list
}

func (m movedVar) matters(st runbook.Step) bool { return slices.Contains(st.Vars, m.name) }

// strayed refuses to go on where a step would do something else because of a var. What a person has changed in the runbook
// is meant. A var that is not given any more is not, and neither is another one for a step that was cut short: only one
// that failed may be mended so.
func (s *session) strayed() error {
	for _, m := range s.moved() {
		for i := range s.Runbook.Steps {
			st := &s.Runbook.Steps[i]
			e := s.state.Run.Step(st.ID)
			cut := e != nil && e.Intent && e.Status == state.StepRunning
			if m.matters(*st) && (e == nil || !e.Finished()) && (m.forgotten() || cut && !m.edited()) {
				return &state.Error{Path: s.Store.Path(), Text: s.strays(m, st.ID, cut)}
			}
		}
	}
	return nil
}

func (s *session) strays(m movedVar, id string, cut bool) string {
	text := fmt.Sprintf("is of a run with other vars: %s %s, and step %s rests on it", m.name, m, id)
	if cut {
		text += ", which has begun"
	}
	way := fmt.Sprintf("go on with `%s`", s.asBegun("run"))
	if !slices.ContainsFunc(GivenTo(s.state.Run, s.Runbook).Vars, func(v string) bool { return strings.HasPrefix(v, m.name+"=") }) {
		way = fmt.Sprintf("give it from %s as before, and go on with `%s`", m.then, s.asBegun("run"))
	}
	if m.forgotten() && !cut && m.is != "" {
		return text + "; " + way + "; where the runbook's is meant, give that with --var"
	}
	return text + "; " + way + fmt.Sprintf(", or undo the run with `%s`; what a step does is changed in the runbook", s.asBegun("rollback"))
}

// tellMovedVars says which vars are not what they were.
func (s *session) tellMovedVars(list []movedVar) {
	for _, m := range list {
		s.Emit(event.StepWarning{ID: "var " + m.name, Text: fmt.Sprintf("it %s; run %s was worked on with the former", m, s.state.Run.ID)})
	}
}
