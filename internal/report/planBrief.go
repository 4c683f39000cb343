package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/srmigrate/srmigrate/internal/engine"
	"github.com/srmigrate/srmigrate/steps"
)

// Brief writes the plan of a run that begins into its log: a line for each step that changes something, and the verdict.
// Findings are events of the run, and not repeated.
func (t *Text) Brief(p *engine.Plan) {
	for _, st := range p.Steps {
		if text := brief(st); text != "" {
			t.Row("plan", st.ID, text)
		}
	}
	t.Row("plan", "", Verdict(p))
}

// brief is what a step changes on each registry, in numbers, and apart from that what the exporter does.
func brief(st engine.PlannedStep) string {
	var order []string
	effects := map[string][]steps.Effect{}
	for _, e := range st.Effects {
		where := e.Registry + pick(e.ByServer, ", by "+doer(st), "")
		if effects[where] == nil {
			order = append(order, where)
		}
		effects[where] = append(effects[where], e)
	}
	var parts []string
	for _, where := range order {
		parts = append(parts, "on "+where+": "+strings.Join(inNumbers(effects[where]), ", "))
	}
	text := strings.Join(parts, "; ")
	if text != "" && st.When != "" {
		text = "if " + st.When + ": " + text
	}
	return text
}

// inNumbers counts what gets the same.
func inNumbers(effects []steps.Effect) (texts []string) {
	type same struct {
		kind steps.Kind
		will string
	}
	var order []same
	names := map[same][]string{}
	for _, e := range effects {
		k := same{e.Kind, e.Will}
		switch e.Kind {
		case steps.OnExporter:
			texts = append(texts, "exporter "+e.Name+" "+becomes(e.Now, e.Will, "not there", "gone"))
			continue
		case steps.OnSettings:
			k.will = ""
		}
		if !slices.Contains(order, k) {
			order = append(order, k)
		}
		names[k] = append(names[k], e.Name)
	}
	for _, k := range order {
		switch k.kind {
		case steps.OnVersions:
			texts = append(texts, k.will)
		case steps.OnSettings:
			texts = append(texts, "settings of "+howMany(names[k]))
		default:
			texts = append(texts, "mode "+or(k.will, "not set")+" on "+howMany(names[k]))
		}
	}
	return texts
}

// howMany counts places.
func howMany(names []string) string {
	contexts := 0
	for _, n := range names {
		if isContext(n) {
			contexts++
		}
	}
	subjects := len(names) - contexts
	switch {
	case len(names) == 1 && names[0] == "":
		return "the default context"
	case contexts == 0:
		return plural(subjects, "subject")
	case subjects == 0:
		return plural(contexts, "context")
	}
	return fmt.Sprintf("%s and %s", plural(contexts, "context"), plural(subjects, "subject"))
}
