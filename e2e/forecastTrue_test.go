package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"strings"
	"time"

	"github.com/srmigrate/srmigrate/internal/engine"
	"github.com/srmigrate/srmigrate/internal/sandbox"
	"github.com/srmigrate/srmigrate/steps"
)

// thing is what an effect is on.
type thing struct {
	registry string
	kind     steps.Kind
	name     string
}

// cameTrue compares what the registries hold in the end with the last effect on each thing. What an exporter does
// counts once a step has waited for it, or if nothing has stopped it.
func (s *stage) cameTrue(p *engine.Plan) {
	s.t.Helper()
	last, coming := map[thing]steps.Effect{}, map[thing]steps.Effect{}
	for _, st := range p.Steps {
		if st.Type == "waitFor" {
			maps.Copy(last, coming)
			clear(coming)
		}
		for _, e := range st.Effects {
			t := thing{e.Registry, e.Kind, e.Name}
			if e.ByServer {
				coming[t] = e
				continue
			}
			if e.Kind == steps.OnExporter && e.Now != "" {
				clear(coming)
			}
			delete(coming, t)
			last[t] = e
		}
	}
	maps.Copy(last, coming)
	uncountable(p, last)
	end := time.Now().Add(10 * time.Second)
	for {
		wrong := s.wrong(last)
		if wrong == "" {
			return
		}
		if time.Now().After(end) {
			s.t.Error(wrong)
			return
		}
		<-time.After(50 * time.Millisecond)
	}
}

// uncountable takes out the copies of a registry that gets some in several ways, or from several sources.
func uncountable(p *engine.Plan, last map[thing]steps.Effect) {
	names, makers := map[string]map[string]bool{}, map[string]map[string]bool{}
	for _, st := range p.Steps {
		for _, e := range st.Effects {
			if e.Kind != steps.OnVersions {
				continue
			}
			if names[e.Registry] == nil {
				names[e.Registry], makers[e.Registry] = map[string]bool{}, map[string]bool{}
			}
			names[e.Registry][e.Name] = true
			if st.Type == "createExporter" || st.Type == "copy" {
				makers[e.Registry][st.ID] = true
			}
		}
	}
	maps.DeleteFunc(last, func(t thing, _ steps.Effect) bool {
		return t.kind == steps.OnVersions && (len(names[t.registry]) > 1 || len(makers[t.registry]) > 1)
	})
}

// wrong says which effects have not come true.
func (s *stage) wrong(last map[thing]steps.Effect) string {
	var b strings.Builder
	for name, r := range s.sides() {
		now := r.Snapshot()
		for t, e := range last {
			if t.registry != name {
				continue
			}
			if is, want := held(now, t, e); is != want {
				fmt.Fprintf(&b, "%s %s %q: planned %q, now %q\n", t.registry, t.kind, t.name, want, is)
			}
		}
	}
	return b.String()
}

var versionsOf = regexp.MustCompile(`^[0-9]+ versions? of [0-9]+ subjects?`)

// held is what a registry has and what an effect promised, both in the same words.
func held(now sandbox.Snapshot, t thing, e steps.Effect) (is, want string) {
	if strings.Contains(e.Will, ", if it is set on ") {
		return "", "" // nobody can tell
	}
	switch t.kind {
	case steps.OnMode:
		return shown(now.Modes[t.name], t.name, "READWRITE"), shown(e.Will, t.name, "READWRITE")
	case steps.OnSettings:
		return shown(settingsOf(now.Configs[t.name]), t.name, "BACKWARD"), shown(e.Will, t.name, "BACKWARD")
	case steps.OnExporter:
		want, _, _ = strings.Cut(e.Will, ", ")
		for _, x := range now.Exporters {
			if x.Name == t.name {
				is = strings.ReplaceAll(x.State, "STARTING", "RUNNING")
			}
		}
		return is, strings.ReplaceAll(want, "STARTING", "RUNNING")
	}
	if strings.Contains(e.Will, "deleted for good") || e.Now != "" || !versionsOf.MatchString(e.Will) {
		return "", ""
	}
	return holding(now), versionsOf.FindString(e.Will)
}

// shown is a mode or a level; the default context always has one.
func shown(value, name, byDefault string) string {
	if name == "" && value == "" {
		return byDefault
	}
	return value
}

// settingsOf is a config as a plan writes it.
func settingsOf(c sandbox.Config) string {
	level, ok := c["compatibility"].(string)
	if ok && len(c) == 1 || len(c) == 0 {
		return level
	}
	raw, err := json.Marshal(c)
	if err != nil {
		return err.Error()
	}
	return string(raw)
}

// holding counts the versions of a registry that held none of its own.
func holding(now sandbox.Snapshot) string {
	subjects := map[string]bool{}
	for _, v := range now.Versions {
		subjects[v.Subject] = true
	}
	return fmt.Sprintf("%s of %s", plural(len(now.Versions), "version"), plural(len(subjects), "subject"))
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
