package engine

import (
	"slices"

	"github.com/srmigrate/srmigrate/internal/state"
	"github.com/srmigrate/srmigrate/runbook"
	"github.com/srmigrate/srmigrate/steps"
)

// lookAgain opens entries behind the i-th that are done where that one, which failed when they ran, is now about to act on
// the same exporter, or on what it put back of the same registry: it leaves that as it was in the middle of the run, and
// they leave it as it was before.
func (u *undoing) lookAgain(i int, st *runbook.Step) {
	for _, e := range u.state.Run.Undo[i+1:] {
		if !e.Finished() || e.Accepted != nil || e.Asked != nil {
			continue
		}
		if behind, err := u.undoStep(e); err == nil && (sameExporter(st.Step, behind.Step) || sameRegistry(st.Step, behind.Step)) {
			e.Status, e.Error = state.StepBlocked, "was put back, and has to be looked at again after "+u.state.Run.Undo[i].ID
		}
	}
}

func sameExporter(a, b steps.Step) bool {
	one, ok := a.(steps.ExporterUser)
	other, too := b.(steps.ExporterUser)
	if !ok || !too {
		return false
	}
	registry, name, _ := one.Uses()
	registry2, name2, _ := other.Uses()
	return name != "" && registry == registry2 && name == name2
}

// sameRegistry reports whether both put back something of one registry that an exporter may have changed.
func sameRegistry(a, b steps.Step) bool {
	one, ok := a.(steps.Waiter)
	other, too := b.(steps.Waiter)
	return ok && too && slices.ContainsFunc(one.Waits(), func(r string) bool { return slices.Contains(other.Waits(), r) })
}
