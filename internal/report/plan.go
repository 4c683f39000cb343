package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/srmigrate/srmigrate/internal/engine"
	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/steps"
)

// Plan writes a plan as lines: a step, what it changes, what puts it back, and in the end what is dangerous and what
// could not be seen.
func (t *Text) Plan(p *engine.Plan) {
	t.Row("plan", p.Runbook, p.Says)
	for _, st := range p.Steps {
		t.plannedStep(st)
	}
	for _, f := range p.AllFindings() {
		for _, l := range lines(f) {
			t.write(l)
		}
	}
	for _, s := range p.Unseen {
		t.Row("unseen", "", s)
	}
	t.Row("verdict", "", Verdict(p))
}

func (t *Text) plannedStep(st engine.PlannedStep) {
	if !st.Todo() {
		t.Row(st.Standing, st.ID, st.Done)
		return
	}
	t.Row(st.Standing, st.ID, st.Text)
	for _, d := range details(st) {
		t.Row("", "", fmt.Sprintf("%-7s %s", d.name, d.text))
	}
	if st.NoReturn {
		t.Row("no return", st.ID, "from here on nothing is rolled back by itself")
	}
}

// detail is something about a planned step.
type detail struct{ name, text string }

func details(st engine.PlannedStep) []detail {
	var list []detail
	add := func(name, text string) {
		if text != "" {
			list = append(list, detail{name, text})
		}
	}
	add("when", st.When)
	add("now", st.Now)
	for _, e := range Grouped(st.Effects) {
		add(e.Registry, e.Text)
	}
	add("later", st.Later)
	for _, l := range st.Lost {
		add("lost", l)
	}
	add("undo", undoes(st))
	if st.Unseen != "" {
		add("unseen", "what it would find cannot be told")
	}
	return list
}

func undoes(st engine.PlannedStep) string {
	var texts []string
	for _, u := range st.Undo {
		texts = append(texts, u.Text)
	}
	text := strings.Join(texts, "; ")
	if st.OnFailure != "rollback" && text != "" {
		text += "; not by itself: onFailure is " + st.OnFailure
	}
	return text
}

// Group are effects of the same kind on one registry, in words.
type Group struct{ Registry, Text string }

// Grouped puts together what differs in nothing but the name.
func Grouped(effects []steps.Effect) []Group {
	type key struct {
		registry  string
		kind      steps.Kind
		now, will string
		byServer  bool
	}
	var order []key
	names := map[key][]string{}
	for _, e := range effects {
		k := key{e.Registry, e.Kind, e.Now, e.Will, e.ByServer}
		if names[k] == nil {
			order = append(order, k)
		}
		names[k] = append(names[k], e.Name)
	}
	var groups []Group
	for _, k := range order {
		text := fmt.Sprintf("%s: %s -> %s", things(k.kind, names[k]), or(k.now, "not set"), or(k.will, "not set"))
		if k.kind == steps.OnVersions {
			text = fmt.Sprintf("%s: %s", things(k.kind, names[k]), k.will)
		}
		groups = append(groups, Group{k.registry, text + pick(k.byServer, ", by the exporter", "")})
	}
	return groups
}

// shownNames is how many names stand in a line.
const shownNames = 3

func things(kind steps.Kind, names []string) string {
	var shown []string
	for _, n := range names[:min(len(names), shownNames)] {
		if n == "" && (kind == steps.OnMode || kind == steps.OnSettings) {
			n = "the default context"
		}
		shown = append(shown, n)
	}
	text := string(kind) + " " + pick(kind == steps.OnMode || kind == steps.OnSettings, "of ", "") + strings.Join(shown, ", ")
	if more := len(names) - shownNames; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// Verdict is the plan in a line.
func Verdict(p *engine.Plan) string {
	todo, warnings, wrong := 0, 0, 0
	for _, st := range p.Steps {
		if st.Todo() {
			todo++
		}
	}
	for _, f := range p.AllFindings() {
		switch {
		case f.Allowed != "":
		case f.Severity == "error":
			wrong++
		default:
			warnings++
		}
	}
	var parts []string
	switch {
	case p.Refused():
		parts = append(parts, "refused: "+plural(wrong, "error")+" to deal with before anything is written")
	case p.Outlook == engine.Nothing, p.Outlook == engine.Declines:
		parts = append(parts, p.Says)
	case len(p.Unseen) > 0:
		parts = append(parts, fmt.Sprintf("not all of it could be seen: %s to do", plural(todo, "step")))
	case p.Offline:
		parts = append(parts, fmt.Sprintf("%s to do; no registry was asked", plural(todo, "step")))
	default:
		parts = append(parts, fmt.Sprintf("ready: %s to do", plural(todo, "step")))
	}
	if warnings > 0 {
		parts = append(parts, plural(warnings, "warning"))
	}
	if d := p.Estimate(); d > 0 && todo > 0 && !p.Refused() {
		parts = append(parts, "it takes at least "+age(d))
	}
	return strings.Join(parts, "; ")
}

func plural(n int, what string) string { return fmt.Sprintf("%d %s%s", n, what, pick(n == 1, "", "s")) }

// Worst sorts findings, errors first, and leaves the order else.
func Worst(list []event.Finding) []event.Finding {
	sorted := slices.Clone(list)
	slices.SortStableFunc(sorted, func(a, b event.Finding) int {
		return strings.Compare(a.Severity, b.Severity) // "error" before "warning"
	})
	return sorted
}
