package state

import (
	"fmt"
	"slices"
	"strings"
)

// Open lists the rollback's steps that are not done, in order.
func (r *Run) Open() []*Step {
	var open []*Step
	for _, e := range r.Undo {
		if !e.Finished() {
			open = append(open, e)
		}
	}
	return open
}

// Accept takes open steps of the rollback for done as things are; nothing is accepted when one of the ids is not open.
func (r *Run) Accept(ids []string, w Word) error {
	open := r.Open()
	var accepted []*Step
	for _, id := range ids {
		i := slices.IndexFunc(open, func(e *Step) bool { return e.ID == id })
		if i < 0 {
			return fmt.Errorf("step %q of the rollback is not open; %s", id, names(open))
		}
		accepted = append(accepted, open[i])
	}
	for _, e := range accepted {
		e.Status, e.Accepted, e.Ended = StepSkipped, &w, w.At
		e.Outputs = map[string]any{"text": fmt.Sprintf("accepted as it is by %s: %s", w.By, w.Because)}
	}
	return nil
}

func names(list []*Step) string {
	if len(list) == 0 {
		return "none is"
	}
	ids := make([]string, len(list))
	for i, e := range list {
		ids[i] = e.ID
	}
	return "open: " + strings.Join(ids, ", ")
}

// Over says whether nothing of the run is left to do, forward or back.
func (r *Run) Over() bool {
	return r.Status == Succeeded || r.Status == RolledBack || r.Status == Abandoned
}

// Abandon gives the run up. What it left stays, and the next run begins anew.
func (r *Run) Abandon(w Word) error {
	if r.Over() {
		return fmt.Errorf("run %s is %s: there is nothing to abandon", r.ID, r.Status)
	}
	r.Status, r.Abandoned = Abandoned, &w
	return nil
}
