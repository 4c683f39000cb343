package steps

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
)

// modesTheirs names the places where a setMode step found what it was about to set before it had sent anything: somebody
// else has set that since the step was recorded, and it is not this run's to put back.
type modesTheirs struct {
	RunID  string   `json:"runId"`
	Places []string `json:"places"`
}

func modesTheirsFile(id string) string { return id + ".theirs.json" }

// loadModesTheirs returns those places of a step of this run; none of most steps.
func loadModesTheirs(env *Env, id string) ([]string, error) {
	var t modesTheirs
	if err := readSide(env, modesTheirsFile(id), &t); err != nil || t.RunID != env.RunID {
		return nil, err
	}
	return t.Places, nil
}

func saveModesTheirs(env *Env, places []string) error {
	t := modesTheirs{RunID: env.RunID, Places: places}
	return env.Files.Write(modesTheirsFile(env.StepID), func(w io.Writer) error { return json.NewEncoder(w).Encode(t) })
}

// noteTheirs is for the first look after the record, in the process that has recorded. A later one cannot tell: an earlier
// process may have set what it finds.
func (s *SetMode) noteTheirs(env *Env, seen modesSeen) error {
	if !s.unsent {
		return nil
	}
	s.unsent = false
	var rec modeRecord
	if there, err := env.record(&rec); err != nil || !there {
		return err
	}
	theirs := slices.DeleteFunc(slices.Clone(seen.places), func(p string) bool {
		return !s.reach().needs(s.Mode, p, rec.Places[p]) || !s.shows(p, seen.own[p], clearing{})
	})
	earlier, err := loadModesTheirs(env, env.StepID) // of another definition of the step
	if err != nil || len(theirs)+len(earlier) == 0 {
		return err
	}
	if len(theirs) > 0 {
		warn(env, fmt.Sprintf("what this step was to set on %s of %s, somebody else has set just before it: a rollback leaves that as it is",
			some(modePlaces(theirs, s.whole), 5), s.Registry))
	}
	return saveModesTheirs(env, theirs)
}

// takeOver makes places this run's own again before it sets them.
func (s *SetMode) takeOver(env *Env, todo []string) error {
	theirs, err := loadModesTheirs(env, env.StepID)
	if err != nil {
		return err
	}
	left := slices.DeleteFunc(slices.Clone(theirs), func(p string) bool { return slices.Contains(todo, p) })
	if len(left) == len(theirs) {
		return nil
	}
	return saveModesTheirs(env, left)
}
