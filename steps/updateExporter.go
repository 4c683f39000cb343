package steps

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/srmigrate/srmigrate/internal/compare"
	"github.com/srmigrate/srmigrate/internal/registry"
)

// UpdateExporter changes an exporter that is there: it pauses it, puts the whole object, resets it if asked, and lets it
// go on if it ran. With step it puts back what that step changed, where it is still what the step wanted.
type UpdateExporter struct {
	Registry            string         `json:"registry,omitempty"`
	Exporter            string         `json:"exporter"`
	ContextType         string         `json:"contextType,omitempty"`
	Context             string         `json:"context,omitempty"`
	Subjects            []string       `json:"subjects,omitempty"`
	SubjectRenameFormat string         `json:"subjectRenameFormat,omitempty"`
	KekRenameFormat     string         `json:"kekRenameFormat,omitempty"`
	Target              string         `json:"target,omitempty"`
	Config              exporterConfig `json:"config,omitempty"`
	Reset               bool           `json:"reset,omitempty"`
	Step                string         `json:"step,omitempty"`

	secured bool // this process has just looked for conflicts, and saved what was allowed
}

func init() { register("updateExporter", func() Step { return new(UpdateExporter) }) }

func (u *UpdateExporter) ref() exporterRef {
	return exporterRef{Registry: u.Registry, Exporter: u.Exporter, Step: u.Step}
}

func (u *UpdateExporter) given() exporterSpec {
	return exporterSpec{
		ContextType: u.ContextType, Context: u.Context, Subjects: u.Subjects,
		SubjectRenameFormat: u.SubjectRenameFormat, KekRenameFormat: u.KekRenameFormat,
	}
}

// Secrets are the values of the exporter's config.
func (s *UpdateExporter) Secrets() map[string]registry.Secret { return s.Config }

// setsConfig reports whether the config is written at all. What a server shows of it is never sent back in place of a
// secret.
func (u *UpdateExporter) setsConfig() bool { return u.Target != "" || len(u.Config) > 0 }

// changes names the fields that the runbook gives, in its own words.
func (u *UpdateExporter) changes() []string {
	var names []string
	for _, f := range u.given().fields() {
		if f.shown {
			names = append(names, f.name)
		}
	}
	if u.setsConfig() {
		names = append(names, "config")
	}
	return names
}

// Describe names the exporter and what is changed of it.
func (u *UpdateExporter) Describe() string {
	text := fmt.Sprintf("change %s of %s", strings.Join(u.changes(), ", "), u.ref())
	switch {
	case u.Step != "" && u.setsConfig():
		text = fmt.Sprintf("put %s back as it was before step %s, and its config as given", u.ref(), u.Step)
	case u.Step != "":
		text = fmt.Sprintf("put %s back as it was before step %s", u.ref(), u.Step)
	case len(u.changes()) == 0:
		return "begin again with the first record: " + u.ref().String()
	}
	if u.Reset {
		text += ", and begin again with the first record"
	}
	return text
}

// Check reports what cannot be changed, and an undo that could not bring the old config back.
func (u *UpdateExporter) Check(s Scope) []Problem {
	problems := s.registry("/registry", u.ref().registry())
	if u.Target != "" {
		problems = append(problems, s.registry("/target", u.Target)...)
	}
	if u.Target == u.ref().registry() {
		problems = append(problems, Problem{Path: "/target", Message: fmt.Sprintf(
			"target and registry are both %q; an exporter needs two registries", u.Target)})
	}
	if u.ContextType != "" || u.Context != "" {
		problems = append(problems, checkContext(u.ref().registry(), s, u.ContextType, u.Context)...)
	}
	problems = append(problems, hidden(u.Config)...)
	switch specs := u.given().unlike(exporterSpec{}); {
	case u.Step != "" && len(specs) > 0:
		problems = append(problems, Problem{Path: "/" + specs[0].name, Message: fmt.Sprintf(
			"%s is put back as step %s found it; leave it out, or leave out step", specs[0].name, u.Step)})
	case u.Step == "" && len(problems) == 0 && len(u.changes()) == 0 && !u.Reset:
		problems = append(problems, Problem{Message: "there is nothing to change: give subjects, contextType, a rename format, config, target or reset"})
	}
	if u.Step != "" && len(problems) == 0 {
		problems = u.checkStep(s)
	}
	return problems
}

// checkStep reports a step that is no earlier change of this exporter, and one whose config nobody can put back.
func (u *UpdateExporter) checkStep(s Scope) []Problem {
	if problems := u.ref().check(s, "changes", changesExporter); len(problems) > 0 || u.setsConfig() {
		return problems
	}
	for _, d := range s.Before {
		if other, ok := d.Step.(*UpdateExporter); ok && d.ID == u.Step && other.setsConfig() {
			return []Problem{{Path: "/step", Message: fmt.Sprintf("step %s writes the exporter's config, and servers do not show the old one, "+
				"so it cannot be undone by itself; give that step a rollback list with updateExporter: {exporter: %s, step: %s, config: …} "+
				"that writes the config as it was, or rollback: none", u.Step, u.Exporter, u.Step)}}
		}
	}
	return nil
}

// changesExporter is a test for exporterRef.check: steps that change an exporter that was there before.
func changesExporter(step Step) (exporterRef, bool) {
	switch step := step.(type) {
	case *UpdateExporter:
		return step.ref(), true
	case *CreateExporter:
		return exporterRef{Registry: step.source(), Exporter: step.Exporter}, step.ifExists() != existsFail
	}
	return exporterRef{}, false
}

// checkContext reports a context where it means nothing, and the lack of one.
func checkContext(source string, scope Scope, contextType, context string) []Problem {
	guide := scope.Dialects[source] == compare.GuideDialect
	switch custom := contextType == "CUSTOM"; {
	case guide && contextType == "DEFAULT":
		return []Problem{{Path: "/contextType", Message: fmt.Sprintf("%s has dialect guide, which does not know contextType DEFAULT; NONE moves all into the default context there", source)}}
	case guide && custom && contextName(context) == ".":
		return []Problem{{Path: "/context", Message: "write contextType NONE to move all into the default context"}}
	case custom && contextName(context) == "":
		return []Problem{{Path: "/contextType", Message: "contextType CUSTOM needs context: the one on the target that is put in front"}}
	case custom && contextName(context) == ".":
		return []Problem{{Path: "/context", Message: "the default context cannot be put in front; contextType NONE keeps contexts as they are, DEFAULT moves all into the default one"}}
	case !custom && context != "":
		return []Problem{{Path: "/context", Message: fmt.Sprintf("context goes with contextType CUSTOM only; leave it out, or write CUSTOM%s",
			map[bool]string{true: " beside it", false: " instead of " + contextType}[contextType == ""])}}
	}
	return nil
}

// pointer escapes a key for a JSON pointer.
func pointer(key string) string { return strings.NewReplacer("~", "~0", "/", "~1").Replace(key) }

// Undo puts the exporter back as it was; Check of that says so when a config stands in the way.
func (u *UpdateExporter) Undo(id string) []Spec {
	return []Spec{spec("updateExporter", &UpdateExporter{Registry: u.Registry, Exporter: u.Exporter, Step: id})}
}

// Moot reports whether the same rollback is going to delete the exporter, because this run made it.
func (u *UpdateExporter) Moot(env *Env, later []Step) bool { return u.ref().deletedLater(env, later) }

// Holds returns the registry that a createExporter, which is undone, has an exporter write to.
func (u *UpdateExporter) Holds(env *Env) []string {
	if p, there := env.Past(u.Step); there && p.Type == "createExporter" && p.Record != nil {
		if r, err := createRecordOf(p); err == nil {
			return []string{r.Target}
		}
	}
	return nil
}

// newConfig is the whole config to be sent, nil when it is left alone.
func (u *UpdateExporter) newConfig(env *Env, now *registry.Exporter) (map[string]registry.Secret, error) {
	switch {
	case !u.setsConfig():
		return nil, nil
	case u.Target != "":
		return u.Config.over(env.Exports[u.Target]), nil
	}
	all := u.Config.over(now.Config)
	for _, k := range slices.Sorted(maps.Keys(all)) {
		if isHidden(all[k].Reveal()) {
			return nil, fmt.Errorf("config of exporter %q has %s, which %s does not show, and the whole config has to be sent; "+
				"write %s here as well, or name the registry it goes to in target", u.Exporter, k, u.ref().registry(), k)
		}
	}
	return all, nil
}

// dropped lists the config keys that the exporter has now and will not have any more.
func dropped(now, sent map[string]registry.Secret) []string {
	var keys []string
	for _, k := range slices.Sorted(maps.Keys(now)) {
		if _, kept := sent[k]; !kept {
			keys = append(keys, k)
		}
	}
	return keys
}

// hidden reports values that were read from a server, and would be stored as they are.
func hidden(config exporterConfig) []Problem {
	var problems []Problem
	for _, k := range slices.Sorted(maps.Keys(config)) {
		if isHidden(config[k].Reveal()) {
			problems = append(problems, Problem{Path: "/config/" + pointer(k), Message: fmt.Sprintf(
				"%s is what a server shows in place of a secret; write the secret itself, with env or file", k)})
		}
	}
	return problems
}

// isHidden reports a config value that a server shows in place of a secret, or with one in it.
func isHidden(v string) bool {
	return strings.Contains(v, "[hidden]") || strings.Contains(v, "***@") || v != "" && strings.Trim(v, "*") == "" ||
		v == registry.Secret{}.String()
}

// Staging is what a rehearsal changes.
func (*UpdateExporter) Staging() Staging {
	return Staging{Config: "config"}
}
