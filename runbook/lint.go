package runbook

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/steps"
)

// Finding is a danger that the runbook alone tells, with its place in the file. It is about a step or a registry, whose
// allow may say that it is meant.
type Finding struct {
	event.Finding
	File      string
	Line, Col int
}

func (f Finding) Error() string {
	at := fmt.Sprintf("%s:%d:%d: ", f.File, f.Line, f.Col)
	if kind, name := f.About(); name != "" {
		at += kind + " " + name + ": "
	}
	if f.Finding.Allowed != "" {
		return at + fmt.Sprintf("allowed %s: %s; because %s", f.Code, f.Text, f.Allowed)
	}
	text := at + fmt.Sprintf("%s %s: %s", f.Severity, f.Code, f.Text)
	if f.Remedy != "" {
		text += "; " + f.Remedy
	}
	return text
}

// FindingsOf are what the runbook alone tells of a step.
func (rb *Runbook) FindingsOf(step string) []event.Finding {
	return rb.findings(func(f Finding) bool { return f.Step == step && f.Registry == "" && f.Channel == "" })
}

// FindingsOfRegistries are those that are about no step.
func (rb *Runbook) FindingsOfRegistries() []event.Finding {
	return rb.findings(func(f Finding) bool { return f.Registry != "" || f.Channel != "" })
}

func (rb *Runbook) findings(of func(Finding) bool) []event.Finding {
	list := []event.Finding{}
	for _, f := range rb.Findings {
		if of(f) {
			list = append(list, f.Finding)
		}
	}
	return list
}

// linter looks for dangers in a runbook that has no problems.
type linter struct {
	*assembler
	rb    *Runbook
	nodes []*node // of the steps
	vague bool    // which registries or exporters the steps are about is not known
	all   []Finding
}

func (a *assembler) lint(rb *Runbook) []Finding {
	l := &linter{assembler: a, rb: rb, nodes: a.root.get("spec").get("steps").entries()}
	for i := range rb.Steps {
		l.alone(i)
	}
	if l.vague = slices.ContainsFunc(l.nodes, isVague); !l.vague {
		l.order()
	}
	l.registries()
	l.literals()
	l.unused()
	slices.SortStableFunc(l.all, func(a, b Finding) int { return cmp.Or(a.Line-b.Line, a.Col-b.Col) })
	return slices.Compact(l.all)
}

// about adds a finding about a step.
func (l *linter) about(i int, at place, f event.Finding) {
	st := &l.rb.Steps[i]
	f.Step = st.ID
	l.all = append(l.all, Finding{steps.Weigh(st.Allow, f), l.file, at.line, at.col})
}

// aboutRegistry adds one about a registry.
func (l *linter) aboutRegistry(r Registry, at place, f event.Finding) {
	f.Registry = r.Name
	l.all = append(l.all, Finding{steps.Weigh(r.Allow, f), l.file, at.line, at.col})
}

// alone asks one step. What rests on a value that is not known is not said.
func (l *linter) alone(i int) {
	st := &l.rb.Steps[i]
	s, ok := st.Step.(steps.Linter)
	if !ok {
		return
	}
	scope := l.scopeOf(st.ID)
	scope.Before, scope.After = l.scope.Before[:i:i], l.scope.Before[i+1:]
	for _, found := range s.Lint(scope) {
		n, whole := l.nodes[i].step.params.find(found.Path)
		if whole && opens(n) {
			continue
		}
		l.about(i, n.at, found.Finding)
	}
}

// isVague reports whether it is not known which registries or which exporter a step is about.
func isVague(n *node) bool {
	return slices.ContainsFunc([]string{"registry", "source", "target", "exporter", "mode"}, func(key string) bool {
		v := n.step.params.get(key)
		return v != nil && v.open
	})
}
