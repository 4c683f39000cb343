package state

import (
	"fmt"
	"math"
	"slices"
)

// check finds what the engine could not handle.
func (s *State) check() error {
	r := s.Run
	switch {
	case s.Runbook == "":
		return fmt.Errorf("it does not name its runbook")
	case r == nil || r.ID == "":
		return fmt.Errorf("the run is missing")
	case !slices.Contains(runStatuses, r.Status):
		return fmt.Errorf("unknown status %q of the run", r.Status)
	case r.Registries == nil:
		return fmt.Errorf("the run has no registries")
	case r.Steps == nil:
		return fmt.Errorf("the run has no list of steps")
	case r.Status == Abandoned && r.Abandoned == nil:
		return fmt.Errorf("the run is abandoned, and it does not say by whom")
	case r.Keeps < 0 || r.Keeps > len(r.Steps):
		return fmt.Errorf("the rollback keeps %d steps, and %d were begun", r.Keeps, len(r.Steps))
	}
	whole(r.Vars)
	if err := checkSteps("step", r.Steps); err != nil {
		return err
	}
	return checkSteps("undo step", r.Undo)
}

var runStatuses = []Status{Running, Waiting, Interrupted, Succeeded, Failed, RollingBack, RolledBack, RollbackIncomplete, Abandoned}

var stepStatuses = []StepStatus{StepPending, StepRunning, StepWaiting, StepSucceeded, StepFailed, StepSkipped, StepBlocked}

func checkSteps(what string, list []*Step) error {
	for i, e := range list {
		switch {
		case e == nil:
			return fmt.Errorf("%s %d is null", what, i+1)
		case e.ID == "" || e.Type == "":
			return fmt.Errorf("%s %d lacks its id or type", what, i+1)
		case !slices.Contains(stepStatuses, e.Status):
			return fmt.Errorf("unknown status %q of %s %s", e.Status, what, e.ID)
		case e.Status == StepWaiting && e.Asked == nil:
			return fmt.Errorf("%s %s waits, and what it asked is missing", what, e.ID)
		case e.Answer != nil && (e.Asked == nil || !e.Answer.to(e.ID, e.Asked)):
			return fmt.Errorf("%s %s has the answer to another question", what, e.ID)
		}
		whole(e.Outputs)
	}
	return nil
}

// whole makes integers what they were before JSON, which knows numbers only.
func whole(m map[string]any) {
	for k, v := range m {
		if f, ok := v.(float64); ok && f == math.Trunc(f) && math.Abs(f) < 1<<53 {
			m[k] = int(f)
		}
	}
}
