package runbook

import (
	"fmt"
	"slices"

	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/steps"
)

func warning(code, remedy, text string, args ...any) event.Finding {
	return event.Finding{Code: code, Severity: "warning", Text: fmt.Sprintf(text, args...), Remedy: remedy}
}

// course is how things stand before a step, as far as the steps before it say.
type course struct {
	noReturn bool
	frozen   map[string]bool // registries
	moved    []string        // registries that schemas were copied from
}

// order looks at what steps mean for each other.
func (l *linter) order() {
	c := &course{frozen: map[string]bool{}}
	for i, st := range l.rb.Steps {
		if c.noReturn = c.noReturn || st.NoReturn; !c.noReturn {
			l.undone(i, st)
		}
		l.waits(i, st, c)
		l.cutOver(i, st, c)
		c.pass(st)
	}
	l.proof()
	l.exporters()
	l.names()
}

func (c *course) pass(st Step) {
	if name := freezes(st); name != "" {
		c.frozen[name] = true
	}
	if name := thaws(st); name != "" {
		c.frozen[name] = false
	}
	if m, ok := st.Step.(steps.Mover); ok && !slices.Contains(c.moved, m.Moves()) {
		c.moved = append(c.moved, m.Moves())
	}
}

// at is where a field of the step stands, or the step.
func (l *linter) at(i int, key string) place {
	if f := l.nodes[i].field(key); f != nil {
		return f.at
	}
	return l.nodes[i].at
}

// undone tells of a step before the point of no return that stays when the run fails, although it could be undone.
func (l *linter) undone(i int, st Step) {
	if name := freezes(st); name != "" {
		if !opensAgain(st.Rollback, name) {
			l.about(i, l.at(i, "rollback"), warning("SRM041",
				"leave rollback out, or have a restoreMode in it; if somebody else opens it then, allow this",
				"nothing in its rollback opens %s again: when the run fails, clients cannot register until somebody notices", name))
		}
		return
	}
	u, ok := st.Step.(steps.Undoer)
	if ok && len(st.Rollback) == 0 && len(u.Undo(st.ID)) > 0 {
		l.about(i, l.at(i, "rollback"), warning("SRM045", "write rollback: auto, or list the steps that undo it",
			"it changes a registry and has no rollback: when the run fails, what it did stays"))
	}
}

func freezes(st Step) string {
	if f, ok := st.Step.(steps.Freezer); ok {
		return f.Freezes()
	}
	return ""
}

func thaws(st Step) string {
	if t, ok := st.Step.(steps.Thawer); ok {
		return t.Thaws()
	}
	return ""
}

func opensAgain(list []Step, name string) bool {
	return slices.ContainsFunc(list, func(u Step) bool { return thaws(u) == name })
}

// waits tells of steps that may wait for ever. The end of a window ends them.
func (l *linter) waits(i int, st Step, c *course) {
	if l.root.get("spec").get("window").get("notAfter") != nil || st.Timeout > 0 || !patient(st.Step) || l.nodes[i].get("timeout") != nil {
		return
	}
	if _, moves := st.Step.(steps.Mover); moves { // it comes to an end by itself
		return
	}
	if !asks(st) {
		l.about(i, l.nodes[i].at, warning("SRM044", "give the step a timeout, such as timeout: 6h",
			"it waits without end: what never comes true is noticed by nobody"))
		return
	}
	for _, r := range l.rb.Registries {
		if c.frozen[r.Name] {
			l.about(i, l.nodes[i].at, warning("SRM042", "give the step a timeout; without an answer the run is then rolled back",
				"%s is frozen while this step waits for an answer, without end: clients cannot register meanwhile", r.Name))
		}
	}
}

// cutOver tells of an approval after which clients move, while others may still write to where they come from.
func (l *linter) cutOver(i int, st Step, c *course) {
	if !asks(st) {
		return
	}
	for _, name := range c.moved {
		if c.frozen[name] || !st.NoReturn && !l.isLastWord(i, name) {
			continue
		}
		l.about(i, l.nodes[i].at, warning("SRM040",
			fmt.Sprintf("put a step before it: setMode: {registry: %s, mode: READONLY, recursive: true}, and wait once more", name),
			"%s is still open when this is approved: what clients register there after the last look is not on the target", name))
		return
	}
}

func asks(st Step) bool { _, ok := st.Step.(steps.Asker); return ok }

// isLastWord says whether nobody is asked between the step and the end of an exporter of the registry, where the runbook
// has no point of no return that is asked for and never freezes that registry.
func (l *linter) isLastWord(i int, name string) bool {
	if slices.ContainsFunc(l.rb.Steps, func(st Step) bool { return freezes(st) == name || asks(st) && st.NoReturn }) {
		return false
	}
	for _, st := range l.rb.Steps[i+1:] {
		on, exporter, use := uses(st)
		switch {
		case asks(st):
			return false
		case use == steps.Ends && on == name && exporter != "":
			return true
		}
	}
	return false
}

func uses(st Step) (registry, exporter string, use steps.Use) {
	if u, ok := st.Step.(steps.ExporterUser); ok {
		return u.Uses()
	}
	return "", "", ""
}

// proof tells of a last copy that nothing compares.
func (l *linter) proof() {
	last := -1
	for i, st := range l.rb.Steps {
		if _, ok := st.Step.(steps.Mover); ok {
			last = i
		}
		if p, ok := st.Step.(steps.Prover); ok && p.Proves() {
			last = -1
		}
	}
	if last >= 0 {
		l.about(last, l.nodes[last].at, warning("SRM043", "end with a compare step, when nobody writes any more",
			"no step after it compares: the run ends not proven"))
	}
}

// exporters tells of steps whose exporter an earlier step has deleted.
func (l *linter) exporters() {
	ended, made := map[[2]string]string{}, map[[2]string]bool{}
	for i, st := range l.rb.Steps {
		registry, name, use := uses(st)
		key := [2]string{registry, name}
		switch {
		case name == "":
		case use == steps.Makes:
			made[key] = true
			delete(ended, key)
		case use == steps.Ends && st.When == "":
			ended[key] = st.ID
		case ended[key] == "":
		case use == steps.Needs, use == steps.Knows && !made[key]:
			l.about(i, l.nodes[i].at, warning("SRM046", "move it in front of that step, or leave the exporter out",
				"it needs exporter %s on %s, which step %s deletes before", name, registry, ended[key]))
		}
	}
}
