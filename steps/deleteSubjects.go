package steps

import (
	"context"
	"fmt"
	"strings"

	"github.com/srmigrate/srmigrate/internal/compare"
	"github.com/srmigrate/srmigrate/internal/event"
)

// DeleteSubjects deletes subjects of a registry, softly or for good, referrers before what they refer to. What this run
// did not create needs consent, and is saved first.
type DeleteSubjects struct {
	Registry  string   `json:"registry"`
	Subjects  []string `json:"subjects,omitempty"`
	Context   string   `json:"context,omitempty"`
	Permanent bool     `json:"permanent,omitempty"`
	AtMost    int      `json:"atMost"`
}

func init() { register("deleteSubjects", func() Step { return new(DeleteSubjects) }) }

// Describe names the registry and what is chosen there.
func (d *DeleteSubjects) Describe() string {
	how := "softly"
	if d.Permanent {
		how = "for good"
	}
	return fmt.Sprintf("delete %s of %s, %s, %s at most", d.chosen(), d.Registry, how, count(d.AtMost, "subject"))
}

func (d *DeleteSubjects) chosen() string {
	switch {
	case len(d.Subjects) == 0:
		return "every subject of " + placeName(contextPlace(compare.NormalContext(d.Context)))
	case d.Context == "":
		return "the subjects " + some(d.Subjects, 5)
	}
	return fmt.Sprintf("the subjects %s of %s", some(d.Subjects, 5), placeName(contextPlace(compare.NormalContext(d.Context))))
}

// Check reports what cannot be meant.
func (d *DeleteSubjects) Check(s Scope) []Problem {
	problems := s.registry("/registry", d.Registry)
	add := func(path, format string, args ...any) {
		problems = append(problems, Problem{Path: path, Message: fmt.Sprintf(format, args...)})
	}
	switch context := strings.Trim(d.Context, ":"); {
	case len(d.Subjects) == 0 && d.Context == "":
		add("", `missing key "subjects": write which subjects go, or context for all of one context`)
	case strings.Contains(context, "*") || strings.Contains(context, ":"):
		add("/context", "%q is not a context; write one as .a, a or :.a:", d.Context)
	}
	for i, p := range d.Subjects {
		switch {
		case d.Context != "" && isQualified(p):
			add(fmt.Sprintf("/subjects/%d", i), "%q says its context already; leave the field context out, or write the pattern alone", p)
		case strings.Contains(strings.TrimSuffix(strings.TrimPrefix(p, ":*:"), "*"), "*"):
			add(fmt.Sprintf("/subjects/%d", i), "%q: * stands at the end of a pattern, or for every context in front, as in :*:", p)
		}
	}
	return problems
}

// patterns are what is chosen, as an exporter has it.
func (d *DeleteSubjects) patterns() []string {
	if d.Context == "" {
		return d.Subjects
	}
	place := contextPlace(compare.NormalContext(d.Context))
	if len(d.Subjects) == 0 {
		return []string{place + "*"}
	}
	var all []string
	for _, p := range d.Subjects {
		all = append(all, place+p)
	}
	return all
}

// mapping tells which subjects of the registry are chosen.
func (d *DeleteSubjects) mapping(env *Env) compare.Mapping {
	return compare.Mapping{ContextType: "NONE", Patterns: d.patterns()}.Meant(env.Dialects[d.Registry])
}

// Discards returns the registry and what goes there for good.
func (d *DeleteSubjects) Discards(env *Env) (string, func(string) bool) {
	m := d.mapping(env)
	return d.Registry, func(subject string) bool {
		_, chosen := m.Map(subject)
		return chosen && d.Permanent
	}
}

// choice is what the step is about to delete.
type choice struct {
	removal
	subjects map[string]bool
	others   []versionKey // that this run did not create
	needed   []string     // what stays and refers to something that goes
}

// choose looks at the registry.
func (d *DeleteSubjects) choose(ctx context.Context, env *Env) (c choice, err error) {
	client, err := env.Registry(d.Registry)
	if err != nil {
		return c, err
	}
	all, err := compare.Listed(ctx, client)
	if err != nil {
		return c, err
	}
	created, err := createdByRun(ctx, env, d.Registry)
	if err != nil {
		return c, err
	}
	c.going, c.subjects = map[compare.Key]compare.Copy{}, map[string]bool{}
	m := d.mapping(env)
	for _, v := range all {
		if _, chosen := m.Map(v.Subject); !chosen || v.Deleted && !d.Permanent {
			continue
		}
		c.going[v.Key] = v
		c.subjects[v.Subject] = true
		if !created[versionKey(v.Key)] {
			c.others = append(c.others, versionKey(v.Key))
		}
	}
	for _, by := range all {
		if _, goes := c.going[by.Key]; goes || by.Deleted && !d.Permanent {
			continue
		}
		for _, k := range by.References {
			if _, goes := c.going[k]; goes {
				c.needed = append(c.needed, fmt.Sprintf("%s version %d, to which %s version %d refers", k.Subject, k.Version, by.Subject, by.Version))
			}
		}
	}
	c.waves = inWaves(c.going)
	return c, nil
}

// createdByRun finds the versions that steps of this run have copied to a registry and that still are as they came. What
// somebody else has registered since is not among them.
func createdByRun(ctx context.Context, env *Env, name string) (map[versionKey]bool, error) {
	created := map[versionKey]bool{}
	for _, p := range env.Steps {
		if p.Type != "createExporter" && p.Type != "copy" || p.Record == nil {
			continue
		}
		rec, err := createRecordOf(p)
		if err != nil {
			return nil, err
		}
		if rec.Target != name || !rec.isMade() || rec.reach().unknown {
			continue
		}
		found, err := copiedBy(ctx, env, p, rec)
		if err != nil {
			return nil, err
		}
		for _, wave := range found.waves {
			for _, c := range wave {
				created[versionKey(c.Key)] = true
			}
		}
	}
	return created, nil
}

// Find tells of what nobody may delete by this step, and of what needs consent.
func (d *DeleteSubjects) Find(ctx context.Context, env *Env) ([]event.Finding, error) {
	c, err := d.choose(ctx, env)
	if err != nil {
		return nil, err
	}
	return d.judge(env, c), nil
}

// judge is what Find finds of a choice.
func (d *DeleteSubjects) judge(env *Env, c choice) (found []event.Finding) {
	if n := len(c.subjects); n > d.AtMost {
		found = append(found, event.Finding{
			Code: "SRM014", Severity: "error", Step: env.StepID, Count: n,
			Text:   fmt.Sprintf("%s of %s are chosen, and atMost is %d: %s", count(n, "subject"), d.Registry, d.AtMost, some(subjectsOf(c.subjects), 5)),
			Remedy: "narrow the choice, or raise atMost if all of them are meant",
		})
	}
	if len(c.needed) > 0 {
		found = append(found, event.Finding{
			Code: "SRM014", Severity: "error", Step: env.StepID, Count: len(c.needed),
			Text:   fmt.Sprintf("%s refuses to delete what others need: %s", d.Registry, some(c.needed, 5)),
			Remedy: "choose those that refer to it as well, or leave it out",
		})
	}
	if len(c.others) > 0 {
		found = append(found, d.notOurs(env, c))
	}
	return found
}

func (d *DeleteSubjects) notOurs(env *Env, c choice) event.Finding {
	var names []string
	for _, k := range c.others {
		names = append(names, fmt.Sprintf("%s version %d", k.Subject, k.Version))
	}
	return event.Finding{
		Code: "SRM013", Severity: "error", Step: env.StepID, Count: len(c.others),
		Text: fmt.Sprintf("this run did not create %s of %s that would be deleted: %s", count(len(c.others), "version"), d.Registry, some(names, 5)),
		Remedy: fmt.Sprintf("leave them out, or write allow: [{code: SRM013, atMost: %d, because: …}], and they are saved first",
			len(c.others)),
	}
}
