package engine

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/runbook"
)

// Moved says what is otherwise now than it was when a plan was made; what was found comes first, because it tells why the
// rest has moved.
func (p *Plan) Moved(before map[string]string, rb *runbook.Runbook) []string {
	now, found := p.Fingerprint(rb), p.found()
	names := slices.Collect(maps.Keys(before))
	for name := range now {
		if _, ok := before[name]; !ok {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(rank(a)-rank(b), strings.Compare(a, b)) })
	var moved []string
	for _, name := range names {
		was, planned := before[name]
		is, there := now[name]
		switch {
		case name == "runbook" && was != is:
			moved = append(moved, "the runbook, its registries or its vars")
		case !planned && found[name] != "":
			moved = append(moved, fmt.Sprintf("%s, which the plan does not have: %s", name, found[name]))
		case !planned:
			moved = append(moved, fmt.Sprintf("%s: %s, which the plan does not have", name, spelt(is)))
		case !there && isFinding(name):
			moved = append(moved, name+" in the plan, and not any more")
		case !there:
			moved = append(moved, fmt.Sprintf("%s: %s in the plan, and not any more", name, spelt(was)))
		case was != is:
			moved = append(moved, fmt.Sprintf("%s: %s in the plan, now %s", name, spelt(was), spelt(is)))
		}
	}
	return moved
}

// found are the texts of all findings by the facts that they are.
func (p *Plan) found() map[string]string {
	texts := map[string]string{}
	add := func(f event.Finding) {
		texts[factOf(f)] = strings.TrimPrefix(texts[factOf(f)]+"; "+f.Text, "; ")
	}
	for _, f := range p.Findings {
		add(f)
	}
	for _, st := range p.Steps {
		for _, f := range st.Findings {
			f.Step = st.ID
			add(f)
		}
	}
	return texts
}

func isFinding(name string) bool { return strings.Contains(name, ": finding ") }

// rank puts the runbook first, then the registries, then what was found.
func rank(name string) int {
	switch {
	case name == "runbook":
		return 0
	case isFinding(name):
		return 2
	case strings.HasPrefix(name, "registry "):
		return 1
	}
	return 3
}

// spelt is the value of a fact for people: what is empty on one side of a change is nothing.
func spelt(value string) string {
	was, will, change := strings.Cut(value, " -> ")
	if !change {
		return value
	}
	return or(was, "nothing") + " -> " + or(will, "nothing")
}
