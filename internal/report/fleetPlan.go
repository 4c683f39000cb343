package report

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/srmigrate/srmigrate/internal/engine"
	"github.com/srmigrate/srmigrate/internal/event"
)

// FleetPlan is what run would do with the cells of a matrix. `srmigrate schema fleetPlan` describes it.
type FleetPlan struct {
	Version  int             `json:"version"`
	Runbook  string          `json:"runbook"`
	ExitCode int             `json:"exitCode"`
	Reason   string          `json:"reason"`
	Findings []event.Finding `json:"findings"` // about cells together
	Unseen   []string        `json:"unseen"`   // why it cannot be said whether cells meet
	Cells    []CellPlan      `json:"cells"`    // in the order of the matrix
}

// CellPlan is the plan of one cell, or the error that there is in its place.
type CellPlan struct {
	Cell     string          `json:"cell"`
	ExitCode int             `json:"exitCode"`
	Verdict  string          `json:"verdict"`
	Error    string          `json:"error,omitempty"`
	Raw      json.RawMessage `json:"plan,omitempty"` // for JSON alone

	Plan   *engine.Plan        `json:"-"`
	Redact func(string) string `json:"-"`
	File   string              `json:"-"` // of its row
	Line   int                 `json:"-"`
}

// Sum is called once all cells are there; changes says that something to do has an exit code of its own.
func (f *FleetPlan) Sum(changes bool) {
	if f.Findings == nil {
		f.Findings = []event.Finding{}
	}
	if f.Unseen == nil {
		f.Unseen = []string{}
	}
	counts := map[engine.Outlook]int{}
	refused, failed, unread := 0, 0, 0
	for i := range f.Cells {
		c := &f.Cells[i]
		if c.Plan == nil {
			c.Verdict = "no plan: " + c.Redact(c.Error)
			failed++
		} else {
			c.ExitCode, c.Verdict = int(c.Plan.Exit(changes)), c.Redact(Verdict(c.Plan))
			counts[c.Plan.Outlook]++
		}
		switch engine.Exit(c.ExitCode) {
		case engine.Refused:
			refused++
		case engine.Unread:
			unread++
		}
		if Worse(c.ExitCode, f.ExitCode) {
			f.ExitCode = c.ExitCode
		}
	}
	together := 0
	for _, found := range f.Findings {
		if found.Allowed == "" {
			together++
		}
	}
	if together > 0 && Worse(int(engine.Refused), f.ExitCode) {
		f.ExitCode = int(engine.Refused)
	}
	if len(f.Unseen) > 0 && Worse(int(engine.Unread), f.ExitCode) {
		f.ExitCode = int(engine.Unread)
	}
	var parts []string
	for _, p := range []struct {
		n    int
		text string
	}{
		{counts[engine.Begins], "begin"},
		{counts[engine.GoesOn], "go on"},
		{counts[engine.RollsOn], "finish a rollback"},
		{counts[engine.Nothing], "have nothing to do"},
		{counts[engine.Declines], "are not ready"},
		{failed, "have no plan"},
	} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", p.n, p.text))
		}
	}
	f.Reason = fmt.Sprintf("of %s %s", plural(len(f.Cells), "cell"), strings.Join(parts, ", "))
	if refused > 0 {
		f.Reason += fmt.Sprintf("; refused: %d", refused)
	}
	if together > 0 {
		f.Reason += "; refused: " + plural(together, "finding") + " about cells together"
	}
	if unread > 0 {
		f.Reason += fmt.Sprintf("; not wholly seen: %d", unread)
	}
	if len(f.Unseen) > 0 {
		f.Reason += fmt.Sprintf("; not known whether they meet others: %d", len(f.Unseen))
	}
}

// Refused are the cells that run would not begin, or that have no plan.
func (f *FleetPlan) Refused() (list []CellPlan) {
	for _, c := range f.Cells {
		if c.Plan == nil || engine.Exit(c.ExitCode) == engine.Refused {
			list = append(list, c)
		}
	}
	return list
}

// FleetPlan writes the plan of each cell in brief, and the sum.
func (t *Text) FleetPlan(f *FleetPlan) {
	for _, c := range f.Cells {
		own := *t
		own.Redact = c.Redact
		own.Row("cell", c.Cell, c.Verdict)
		if c.Plan == nil {
			continue
		}
		for _, st := range c.Plan.Steps {
			if text := brief(st); text != "" {
				own.Row("plan", st.ID, text)
			}
		}
		for _, found := range c.Plan.AllFindings() {
			own.Sink(found)
		}
		for _, text := range c.Plan.Unseen {
			own.Row("unseen", "", text)
		}
	}
	for _, found := range f.Findings {
		t.Sink(found)
	}
	for _, text := range f.Unseen {
		t.Row("unseen", "", text)
	}
	t.Row("fleet", f.Runbook, f.Reason)
}

// FleetPlanMarkdown is the plan as a comment on a pull request: all cells in a table, then their plans as far as they fit.
func FleetPlanMarkdown(f *FleetPlan) string {
	var b strings.Builder
	sign := map[int]string{0: "✅", 10: "✅", 3: "⛔", 11: "❓"}[f.ExitCode]
	fmt.Fprintf(&b, "<!-- srmigrate plan: %s -->\n### %s Plan of fleet `%s`\n\n%s.\n", inline(f.Runbook), or(sign, "❌"), code(f.Runbook), inline(capital(f.Reason)))
	if len(f.Findings)+len(f.Unseen) > 0 {
		b.WriteString("\n")
	}
	for _, found := range f.Findings {
		b.WriteString(shorten(fmt.Sprintf("- **%s %s** %s\n", inline(found.Severity), inline(found.Code), inline(strings.TrimSpace(found.Text+" "+found.Remedy))), 4_000))
	}
	for i, text := range f.Unseen {
		if b.Len() > mostMarkdown/4 {
			fmt.Fprintf(&b, "- %d more could not be looked at\n", len(f.Unseen)-i)
			break
		}
		b.WriteString(shorten(fmt.Sprintf("- ❓ %s\n", inline(text)), 4_000))
	}
	b.WriteString("\n| cell | plan |\n|---|---|\n")
	for i, c := range f.Cells {
		row := fmt.Sprintf("| `%s` | %s |\n", code(c.Cell), inline(c.Verdict))
		if b.Len()+len(row) > mostMarkdown/2 {
			fmt.Fprintf(&b, "\n%d more cells.\n", len(f.Cells)-i)
			break
		}
		b.WriteString(row)
	}
	for _, c := range f.Cells {
		if c.Plan == nil {
			continue
		}
		text := fmt.Sprintf("\n<details><summary>%s</summary>\n\n%s\n</details>\n", inline(c.Cell), c.Redact(PlanMarkdown(c.Plan)))
		if b.Len()+len(text) > mostMarkdown {
			fmt.Fprintf(&b, "\nThe plans of all cells are too long for one page: plan --only CELL shows one.\n")
			break
		}
		b.WriteString(text)
	}
	return b.String()
}
