package runbook

import (
	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/steps"
)

// told says what the runbook alone has told, by what it is about.
type told struct{ step, registry, code string }

// unused tells of every allow that allows nothing, as far as the runbook alone can: what only the registries tell is
// judged where they are looked at.
func (l *linter) unused() {
	known := map[told]bool{}
	for _, f := range l.all {
		known[told{f.Step, f.Registry, f.Code}] = true
	}
	live := map[string]bool{}
	for _, c := range l.set.codes() {
		live[c.Code] = c.Live
	}
	for i, st := range l.rb.Steps {
		n := l.nodes[i]
		if len(st.Allow) == 0 || l.vague || opens(n.step.params) {
			continue
		}
		for j, c := range st.Allow {
			if !live[c.Code] && !known[told{st.ID, "", c.Code}] {
				l.about(i, n.get("allow").items[j].at, steps.UnusedAllow(c))
			}
		}
	}
	for i, r := range l.rb.Registries {
		n := l.root.get("spec").get("registries").keys()[i].value
		if len(r.Allow) == 0 || opens(n) {
			continue
		}
		for j, c := range r.Allow { // nothing on the registries is about one of them
			if c.Code != event.Unused && !known[told{"", r.Name, c.Code}] {
				l.aboutRegistry(r, n.get("allow").items[j].at, steps.UnusedAllow(c))
			}
		}
	}
}
