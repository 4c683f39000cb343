package runbook

import (
	"fmt"
	"slices"

	"github.com/srmigrate/srmigrate/steps"
)

// names tells of exporters that seem to be mistaken for others: a name that is almost the one that a step makes, and one
// that is made and stays although the runbook deletes what it does not make.
func (l *linter) names() {
	made, ended := map[string][]string{}, map[string][]string{} // by registry
	for _, st := range l.rb.Steps {
		switch registry, name, use := uses(st); {
		case name == "":
		case use == steps.Makes:
			made[registry] = append(made[registry], name)
		case use == steps.Ends:
			ended[registry] = append(ended[registry], name)
		}
	}
	for i, st := range l.rb.Steps {
		registry, name, use := uses(st)
		switch {
		case name == "":
		case use != steps.Makes:
			l.slip(i, registry, name, made[registry])
		case len(ended[registry]) > 0 && !slices.Contains(ended[registry], name):
			l.about(i, l.nodes[i].at, warning("SRM048", "have a step delete it as well, or allow this where it is to go on",
				"exporter %s stays on %s when the run has succeeded: the runbook deletes %s, and not this one",
				name, registry, anyOf(ended[registry])))
		}
	}
}

// slip tells of a name that no step makes, and that is almost one that a step does.
func (l *linter) slip(i int, registry, name string, made []string) {
	if meant := closest(name, made); meant != "" && !slices.Contains(made, name) {
		l.about(i, l.nodes[i].at, warning("SRM047", fmt.Sprintf("write %s if that is the one, or allow this", meant),
			"no step makes exporter %s on %s, and one makes %s", name, registry, meant))
	}
}

// anyOf names the first of some exporters.
func anyOf(names []string) string {
	if len(names) > 1 {
		return fmt.Sprintf("%s and %d more", names[0], len(names)-1)
	}
	return names[0]
}
