package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/srmigrate/srmigrate/internal/engine"
	"github.com/srmigrate/srmigrate/steps"
)

// Group are effects of the same kind on one registry, in words.
type Group struct{ Registry, Text string }

// alike is what effects have in common that are told together.
type alike struct {
	registry  string
	kind      steps.Kind
	context   bool   // on contexts, otherwise on subjects
	now, will string // "" of settings of subjects, which are many and differ
	byServer  bool
}

// bunch are effects that are told together.
type bunch struct {
	alike
	effects []steps.Effect
}

// Grouped puts together what a step does to things that differ in little but the name.
func Grouped(st engine.PlannedStep) []Group {
	var list []bunch
	for _, e := range st.Effects {
		k := alike{e.Registry, e.Kind, isContext(e.Name), e.Now, e.Will, e.ByServer}
		if e.Kind == steps.OnSettings && !k.context {
			k.now, k.will = "", ""
		}
		i := slices.IndexFunc(list, func(b bunch) bool { return b.alike == k })
		if i < 0 {
			i, list = len(list), append(list, bunch{alike: k})
		}
		list[i].effects = append(list[i].effects, e)
	}
	var groups []Group
	for _, b := range list {
		groups = append(groups, Group{b.registry, b.text() + pick(b.byServer, ", by "+doer(st), "")})
	}
	return groups
}

// doer is what changes things on behalf of a step.
func doer(st engine.PlannedStep) string {
	return pick(st.Type == "deleteCopies", "the registry itself", "the exporter")
}

// text says what changes, and on what.
func (b bunch) text() string {
	names := b.names()
	switch now, will := b.values(); {
	case b.kind == steps.OnVersions:
		return fmt.Sprintf("copies: %s%s (%s)", will, pick(now != "", ", "+now, ""), firstFew(names))
	case b.kind == steps.OnExporter:
		return fmt.Sprintf("exporter %s: %s", firstFew(names), becomes(now, will, "not there", "gone"))
	case now == will && b.kind == steps.OnMode:
		return fmt.Sprintf("mode of %s: %s, lifted for a moment", places(names), or(now, "not set"))
	default:
		return fmt.Sprintf("%s of %s: %s", b.kind, places(names), becomes(now, will, "not set", "not set"))
	}
}

func (b bunch) names() (names []string) {
	for _, e := range b.effects {
		names = append(names, e.Name)
	}
	return names
}

// values are what is there and what will be, several where they differ.
func (b bunch) values() (now, will string) {
	var nows, wills []string
	for _, e := range b.effects {
		nows, wills = append(nows, e.Now), append(wills, e.Will)
	}
	return several(nows), several(wills)
}

func several(values []string) string {
	var each []string
	for _, v := range values {
		if !slices.Contains(each, v) {
			each = append(each, v)
		}
	}
	if len(each) == 1 {
		return each[0]
	}
	for i := range each {
		each[i] = or(each[i], "not set")
	}
	return firstFew(each)
}

func becomes(now, will, absent, gone string) string { return or(now, absent) + " -> " + or(will, gone) }

// shownNames is how many names stand in a line.
const shownNames = 3

func firstFew(names []string) string {
	text := strings.Join(names[:min(len(names), shownNames)], ", ")
	if more := len(names) - shownNames; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// isContext tells a context, written ":.ctx:", or "" for the default one, from a subject.
func isContext(name string) bool {
	return name == "" || strings.HasPrefix(name, ":") && strings.HasSuffix(name, ":") && strings.Count(name, ":") == 2
}

// places names contexts or subjects, not both.
func places(names []string) string {
	word, shown := "subject", slices.Clone(names)
	if isContext(names[0]) {
		word = "context"
		for i, n := range shown {
			shown[i] = strings.Trim(n, ":")
		}
	}
	switch {
	case len(names) == 1 && names[0] == "":
		return "the default context"
	case names[0] == ":*:":
		return "contexts that the exporter makes"
	case len(names) == 1:
		return word + " " + shown[0]
	case len(names) <= shownNames:
		return word + "s " + firstFew(shown)
	}
	return fmt.Sprintf("%d %ss, %s", len(names), word, firstFew(shown))
}
