package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/srmigrate/srmigrate/internal/engine"
	"github.com/srmigrate/srmigrate/internal/event"
)

// Plan writes a plan as lines: a step, what it changes, what puts it back, and in the end what is dangerous and what
// could not be seen.
func (t *Text) Plan(p *engine.Plan) {
	t.Row("plan", p.Runbook, p.Says)
	if p.Locked != "" {
		t.Row("locked", "", p.Locked+", and what follows may be otherwise in a moment")
	}
	if p.Window != nil && p.Window.Says != "" {
		t.Row("window", "", p.Window.Says)
	}
	for _, r := range registries(p) {
		t.Row("registry", r.name, r.text)
	}
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

// detail is something about a planned step. A registry may be called like another detail: effect tells what changes on it.
type detail struct {
	name, text string
	effect     bool
}

func details(st engine.PlannedStep) []detail {
	var list []detail
	add := func(name, text string) {
		if text != "" {
			list = append(list, detail{name: name, text: text})
		}
	}
	add("when", st.When)
	add("now", st.Now)
	for _, e := range Grouped(st) {
		list = append(list, detail{e.Registry, e.Text, true})
	}
	add("later", st.Later)
	add("takes", takes(st))
	for _, l := range st.Lost {
		add("lost", l)
	}
	for i, text := range undoes(st) {
		add(pick(i == 0, "undo", "then"), text)
	}
	if st.Unseen != "" {
		add("unseen", "what it would find cannot be told")
	}
	return list
}

// undoes are the undo steps, and where they do not run by themselves.
func undoes(st engine.PlannedStep) []string {
	var texts []string
	for _, u := range st.Undo {
		texts = append(texts, u.Text)
	}
	if st.OnFailure != "rollback" && len(texts) > 0 {
		texts = append(texts, "not by itself: onFailure is "+st.OnFailure)
	}
	return texts
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
	case p.Window != nil && p.Window.Over:
		parts = append(parts, "refused: the window "+p.Window.Says)
	case p.Refused():
		parts = append(parts, "refused: "+plural(wrong, "error")+" to deal with before anything is written")
	case p.Outlook == engine.Nothing:
		parts = append(parts, "nothing to do")
	case p.Outlook == engine.Declines:
		parts = append(parts, "not ready: the last run has to be dealt with first")
	case len(p.Unseen) > 0:
		parts = append(parts, fmt.Sprintf("not all of it could be seen%s: %s to do", pick(p.Outlook == engine.Begins, ", so run would refuse", ""), plural(todo, "step")))
	case p.Offline:
		parts = append(parts, fmt.Sprintf("%s to do; no registry was asked", plural(todo, "step")))
	default:
		parts = append(parts, fmt.Sprintf("ready: %s to do", plural(todo, "step")))
	}
	if warnings > 0 {
		parts = append(parts, plural(warnings, "warning"))
	}
	if text := duration(p); text != "" && todo > 0 && !p.Refused() {
		parts = append(parts, text)
	}
	return strings.Join(parts, "; ")
}

// duration is how long a plan takes: what is certain, and what is estimated.
func duration(p *engine.Plan) string {
	switch least, expected := p.AtLeast(), p.Expected(); {
	case expected > 0 && least > 0 && age(expected) != age(least):
		return fmt.Sprintf("it takes at least %s, about %s by estimate", age(least), age(expected))
	case least > 0:
		return "it takes at least " + age(least)
	case expected > 0:
		return fmt.Sprintf("it takes about %s by estimate", age(expected))
	}
	return ""
}

// takes is how long a step takes.
func takes(st engine.PlannedStep) string {
	least := time.Duration(st.AtLeast * float64(time.Second))
	var parts []string
	if least > 0 {
		parts = append(parts, "at least "+age(least))
	}
	if st.Basis != "" {
		parts = append(parts, fmt.Sprintf("about %s by estimate: %s", age(time.Duration(st.Expected*float64(time.Second))), st.Basis))
	}
	return strings.Join(parts, ", ")
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
