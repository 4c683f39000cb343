package engine

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/srmigrate/srmigrate/internal/state"
	"github.com/srmigrate/srmigrate/runbook"
)

func sum(parts []string) string {
	h := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(h[:])
}

// frozen makes sure that what is done is still what the runbook says. It returns the begun but unfinished step whose
// definition changed, nil when there is none.
func (s *session) frozen() (changed *state.Step, err error) {
	for i, e := range s.state.Run.Steps {
		if s.unchanged(i, e) {
			continue
		}
		if e.Finished() {
			return nil, s.thawed(i, e)
		}
		changed = e
	}
	return changed, s.strayed()
}

// unchanged says whether the i-th begun step is the runbook's i-th step, as it was.
func (s *session) unchanged(i int, e *state.Step) bool {
	if i >= len(s.Runbook.Steps) {
		return false
	}
	st := s.Runbook.Steps[i]
	return st.ID == e.ID && (!e.Intent && !e.Finished() || st.Digest == e.Digest)
}

func (s *session) thawed(i int, e *state.Step) error {
	text := fmt.Sprintf("has step %s as number %d, %s; ", e.ID, i+1, ended(e))
	st := stepOf(s.Runbook, e.ID)
	switch {
	case st == nil:
		text += fmt.Sprintf("%s does not have it any more", s.Runbook.File)
	case i >= len(s.Runbook.Steps) || s.Runbook.Steps[i].ID != e.ID:
		text += fmt.Sprintf("%s:%d has it in another place", s.Runbook.File, st.Line)
	default:
		text += fmt.Sprintf("%s:%d has changed it since", s.Runbook.File, st.Line)
		text += s.movedVars()
	}
	if s.movedVars() != "" {
		text += fmt.Sprintf("; %s, as in `%s`", varsAsBefore, s.asBegun("run"))
	}
	text += "; put it back as it was, or " + s.otherwise()
	return &state.Error{Path: s.Store.Path(), Text: text}
}

const varsAsBefore = "give the vars as before, with --var or in the environment"

func ended(e *state.Step) string {
	if e.Status == state.StepSkipped {
		return "skipped"
	}
	return "done"
}

// otherwise is the way out for someone who does not want a done step back as it was.
func (s *session) otherwise() string {
	switch {
	case s.state.Run.Status == state.Succeeded:
		return fmt.Sprintf("begin a new run with `%s`", s.Command("run", "--restart"))
	case s.closedBy() != "":
		return fmt.Sprintf("undo the run, its point of no return included, with `%s`", s.Command("rollback", "--past-no-return"))
	}
	return fmt.Sprintf("undo the run with `%s`", s.Command("rollback"))
}

// movedVars names the vars that are not what they were when the run went on last.
func (s *session) movedVars() string {
	text, before, now := "", s.state.Run.Vars, s.vars()
	for _, m := range s.moved() {
		text += fmt.Sprintf(" (var %s %s)", m.name, m)
	}
	for _, name := range slices.Sorted(maps.Keys(before)) {
		if _, known := now[name]; !known {
			text += fmt.Sprintf(" (var %s was %s, here it is not known)", name, inJSON(before[name]))
		}
	}
	return text
}

// inJSON spells a var the same way whether it was read from a runbook or from a state.
func inJSON(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		return "" // scalars always marshal
	}
	if f, err := strconv.ParseFloat(string(raw), 64); err == nil {
		return strconv.FormatFloat(f, 'f', -1, 64)
	}
	return string(raw)
}

func stepOf(rb *runbook.Runbook, id string) *runbook.Step {
	if i := indexOf(rb, id); i >= 0 {
		return &rb.Steps[i]
	}
	return nil
}

func indexOf(rb *runbook.Runbook, id string) int {
	return slices.IndexFunc(rb.Steps, func(st runbook.Step) bool { return st.ID == id })
}
