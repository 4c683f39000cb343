package steps

import (
	"fmt"
	"slices"

	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/registry"
)

// Sibling is a run that another state in the same place has: it may have made what this run finds, and then knows what was
// there before.
type Sibling struct {
	Name     string            // such as "run R of instance blue, which is at work"
	URLs     map[string]string // of its registries, by their names there
	Steps    []Past
	Over     bool   // it has succeeded: what it left is meant
	Run      string // the command that goes on with it, "" where only the rollback goes on
	Rollback string // the command that undoes it
}

// siblings are the runs that may have left something, and a remark about those of which nothing is known.
func (e *Env) siblings() (list []Sibling, unread string) {
	if e.Siblings == nil {
		return nil, ""
	}
	return e.Siblings()
}

// is says whether a registry of the sibling is this one.
func (s Sibling) is(name string, c *registry.Client) bool {
	u, ok := s.URLs[name]
	return ok && sameURL(u, c.URL())
}

// made is the step that made an exporter on a registry, "" for none.
func (s Sibling) made(c *registry.Client, exporter string) string {
	for _, p := range s.Steps {
		if p.Type != "createExporter" || p.Record == nil {
			continue
		}
		if r, err := createRecordOf(p); err == nil && r.Exporter == exporter && r.isMade() && s.is(r.Source, c) {
			return p.ID
		}
	}
	return ""
}

// opened is the step that set IMPORT at one of the places, itself or by its exporter, "" for none.
func (s Sibling) opened(c *registry.Client, places []string) string {
	for _, p := range s.Steps {
		name, change := openingOf(p)
		if change != nil && s.is(name, c) && slices.ContainsFunc(places, func(place string) bool {
			return slices.Contains(change.made(place), imports)
		}) {
			return p.ID
		}
	}
	return ""
}

// openingOf is what a step did to the modes of which registry, by its record alone; nil where it did nothing there.
func openingOf(p Past) (name string, change modeChange) {
	if p.Record == nil {
		return "", nil
	}
	switch p.Type {
	case "setMode":
		var r modeRecord
		if decodeRecord(p, &r) == nil {
			return r.Registry, r
		}
	case "createExporter":
		if r, err := createRecordOf(p); err == nil && r.isOurs() {
			return r.Target, r
		}
	case "copy":
		var r copyRecord
		if decodeRecord(p, &r) == nil {
			return r.Target, copyModes{r.Opens}
		}
	}
	return "", nil
}

// bySibling is the finding for what another run has made, and knows how to undo; false where none has. did tells its step.
func (e *Env) bySibling(what, verb string, did func(Sibling) string) (event.Finding, bool) {
	list, _ := e.siblings()
	for _, s := range list {
		id := did(s)
		if s.Over || id == "" {
			continue
		}
		f := earlierRun(e, "", "")
		f.Text = fmt.Sprintf("%s, %s by step %s of %s", what, verb, id, s.Name)
		f.Remedy = fmt.Sprintf("let that run put it back: `%s` goes on with that", s.Rollback)
		if s.Run != "" {
			f.Remedy = fmt.Sprintf("let that run come to its end: `%s` goes on with it, `%s` undoes it", s.Run, s.Rollback)
		}
		return f, true
	}
	return event.Finding{}, false
}

// finished is the run that made an exporter and has succeeded; nil for none.
func (e *Env) finished(c *registry.Client, exporter string) *Sibling {
	list, _ := e.siblings()
	i := slices.IndexFunc(list, func(s Sibling) bool { return s.Over && s.made(c, exporter) != "" })
	if i < 0 {
		return nil
	}
	return &list[i]
}

// admitting adds to a finding what could not be looked at.
func (e *Env) admitting(f event.Finding) event.Finding {
	if _, unread := e.siblings(); unread != "" {
		f.Text += "; " + unread
	}
	return f
}
