package engine

import (
	"fmt"
	"strings"

	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/runbook"
	"github.com/srmigrate/srmigrate/steps"
)

// Fingerprint is what a plan rests on, fact by fact: who the registries are, the modes, settings and exporters that
// steps are going to change, whether something of what they copy is there already, which steps are passed over, and what
// was found. A count or an id is not in it, so that a registry in use may go on; nor is how long it takes.
func (p *Plan) Fingerprint(rb *runbook.Runbook) map[string]string {
	facts := map[string]string{"runbook": digest(rb)}
	for name, id := range p.Registries {
		if id.ID != "" {
			facts["registry "+name] = id.ID
		}
	}
	appear := map[string]bool{}
	for _, f := range p.Findings {
		facts[factOf(f)] = severity(f)
	}
	for _, st := range p.Steps {
		at := "step " + st.ID + ": "
		if st.When != "" && st.Todo() {
			facts[at+"it is to be done"] = "yes"
		}
		for _, e := range st.Effects {
			if e.ByServer && e.Kind == steps.OnMode && e.Now == "" && !strings.HasSuffix(e.Name, ":") {
				appear[e.Registry+" "+e.Name] = true // with a subject that is copied: there may be more by then
			}
			if appear[e.Registry+" "+e.Name] {
				continue
			}
			if e.Kind == steps.OnVersions && e.ByServer {
				facts[at+strings.TrimSpace(fmt.Sprintf("copies on %s %s", e.Registry, e.Name))] = map[bool]string{true: "none is there", false: "some are there"}[e.Now == ""]
			}
			if e.Kind == steps.OnMode || e.Kind == steps.OnExporter || e.Kind == steps.OnSettings && !e.ByServer {
				facts[at+strings.TrimSpace(fmt.Sprintf("%s of %s %s", e.Kind, e.Registry, e.Name))] = e.Now + " -> " + e.Will
			}
		}
		for _, f := range st.Findings {
			f.Step = st.ID
			facts[factOf(f)] = severity(f)
		}
		if st.Unseen != "" {
			facts[at+"could be looked at"] = "no"
		}
	}
	return facts
}

// factOf is under which name a finding stands in a fingerprint.
func factOf(f event.Finding) string {
	kind, name := f.About()
	return kind + " " + name + ": finding " + f.Code
}

// severity is that of the code: a strict call takes a warning for an error, and finds nothing else.
func severity(f event.Finding) string {
	for _, c := range event.Codes() {
		if c.Code == f.Code {
			return c.Severity
		}
	}
	return f.Severity
}
