package engine

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/srmigrate/srmigrate/runbook"
	"github.com/srmigrate/srmigrate/steps"
)

// Fingerprint is what a plan rests on, fact by fact: who the registries are, the modes, settings and exporters that
// steps are going to change, and what was found. A count or an id is not in it, so that a registry in use may go on.
func (p *Plan) Fingerprint(rb *runbook.Runbook) map[string]string {
	facts := map[string]string{"runbook": digest(rb)}
	for name, id := range p.Registries {
		facts["registry "+name] = id.ID
	}
	appear := map[string]bool{}
	for _, st := range p.Steps {
		at := "step " + st.ID + ": "
		for _, e := range st.Effects {
			if e.ByServer && e.Kind == steps.OnMode && e.Now == "" && !strings.HasSuffix(e.Name, ":") {
				appear[e.Registry+" "+e.Name] = true // with a subject that is copied: there may be more by then
			}
			if appear[e.Registry+" "+e.Name] {
				continue
			}
			if e.Kind == steps.OnMode || e.Kind == steps.OnExporter || e.Kind == steps.OnSettings && !e.ByServer {
				facts[at+strings.TrimSpace(fmt.Sprintf("%s of %s %s", e.Kind, e.Registry, e.Name))] = e.Now + " -> " + e.Will
			}
		}
		for _, f := range st.Findings {
			facts[at+"finding "+f.Code] = f.Severity
		}
		if st.Unseen != "" {
			facts[at+"could be looked at"] = "no"
		}
	}
	return facts
}

// Moved says what is otherwise now than it was when a plan was made, "" where nothing is.
func Moved(before, now map[string]string) []string {
	names := slices.Collect(maps.Keys(before))
	for name := range now {
		if _, ok := before[name]; !ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var moved []string
	for _, name := range names {
		was, planned := before[name]
		is, there := now[name]
		switch {
		case name == "runbook" && was != is:
			moved = append(moved, "the runbook, its registries or its vars")
		case !planned:
			moved = append(moved, fmt.Sprintf("%s: %s, which the plan does not have", name, is))
		case !there:
			moved = append(moved, fmt.Sprintf("%s: %s in the plan, and not any more", name, was))
		case was != is:
			moved = append(moved, fmt.Sprintf("%s: %s in the plan, now %s", name, was, is))
		}
	}
	return moved
}
