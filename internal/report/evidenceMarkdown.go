package report

import (
	"fmt"
	"slices"
	"strings"
)

// Markdown is evidence as the summary of a job or a comment on a pull request: the verdict first, what is left to do, a
// table of the steps, the rest folded. The first line does not change from run to run.
func Markdown(e *Evidence) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "<!-- srmigrate report: %s -->\n", inline(e.Run.Runbook))
	fmt.Fprintf(&b, "### %s `%s`: %s\n\n%s\n\n", runMark(e.Verdict.Level), code(e.Run.Runbook), inline(e.Verdict.Headline), inline(e.Verdict.Says))
	fmt.Fprintf(&b, "**Safe to move on?** %s\n", inline(e.Verdict.Safe))
	if e.Verdict.Error != "" {
		fmt.Fprintf(&b, "\n**What went wrong** at `%s`: %s\n", code(e.Verdict.Step), inline(e.Verdict.Error))
	}
	for _, part := range []struct {
		text string
		most int
	}{
		{nextMarkdown(e), 4_000},
		{openMarkdown(e), 12_000},
		{stepsMarkdown("Steps", e.Steps), 16_000},
		{undoMarkdown(e), 8_000},
		{comparedMarkdown(e), 8_000},
		{modesMarkdown(e), 4_000},
		{approvalsMarkdown(e), 4_000},
		{evidenceMarkdown(e), mostMarkdown},
	} {
		b.WriteString(shorten(part.text, min(part.most, mostMarkdown-b.Len())))
	}
	return []byte(b.String())
}

func runMark(level string) string {
	return map[string]string{good: "✅", neutral: "⏳", warning: "⚠️", bad: "⛔", going: "⏳"}[level]
}

// fence is a block of commands. Its fence is longer than any that a command holds.
func fence(list []string) string {
	if len(list) == 0 {
		return ""
	}
	text := strings.Join(list, "\n")
	marks := "```"
	for strings.Contains(text, marks) {
		marks += "`"
	}
	return fmt.Sprintf("\n%ssh\n%s\n%s\n", marks, text, marks)
}

func nextMarkdown(e *Evidence) string {
	if e.Verdict.Next == "" && len(e.Verdict.Commands) == 0 {
		return ""
	}
	return "\n**What next** " + inline(e.Verdict.Next) + "\n" + fence(e.Verdict.Commands)
}

func openMarkdown(e *Evidence) string {
	var b strings.Builder
	if len(e.Open) > 0 {
		b.WriteString("\n#### What is left to do\n\n")
	}
	for _, o := range e.Open {
		fmt.Fprintf(&b, "- `%s`: %s\n", code(o.Step), inline(o.Text))
		for _, c := range o.Commands {
			fmt.Fprintf(&b, "  - `%s`\n", code(c))
		}
	}
	for i, k := range e.Kept {
		if i == 0 {
			b.WriteString("\n#### What stays on purpose\n\n")
		}
		fmt.Fprintf(&b, "- `%s`: %s\n", code(k.Step), inline(k.Text))
	}
	return b.String()
}

func stepsMarkdown(title string, list []StepFacts) string {
	if len(list) == 0 {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "\n#### %s\n\n| | step | how it ended | time | retries |\n|---|---|---|---|---|\n", title)
	for _, s := range list {
		time, retries := "", ""
		if len(s.Spans) > 0 {
			time = spoken(s.Seconds)
		}
		if s.Tried > 0 {
			retries = commas(s.Tried)
		}
		fmt.Fprintf(&b, "| %s | `%s` | %s | %s | %s |\n", stepMark(s.Status), code(s.ID), inline(or(or(s.Error, s.Says), statusWord(s.Status))), inline(time), retries)
		if s.NoReturn {
			b.WriteString("| | | **— no return —** | | |\n")
		}
	}
	return b.String()
}

func stepMark(status string) string {
	return map[string]string{"done": "✅", "failed": "⛔", "blocked": "🚫", "skipped": "⏭️", "waiting": "⏳", "running": "⏳", "pending": "▫️"}[icon(status)]
}

func undoMarkdown(e *Evidence) string {
	if e.Rollback == nil {
		return ""
	}
	return stepsMarkdown("Rollback, because "+inline(or(e.Rollback.Because, "it was asked for")), e.Rollback.Steps)
}

func comparedMarkdown(e *Evidence) string {
	var b strings.Builder
	for i, c := range e.Compares {
		if i == 0 {
			b.WriteString("\n#### Comparison\n\n")
		}
		fmt.Fprintf(&b, "- `%s`: %s\n", code(c.Step), inline(c.Text))
		for _, d := range c.Differences {
			fmt.Fprintf(&b, "  - %s\n", inline(d.Text))
		}
	}
	return b.String()
}

func modesMarkdown(e *Evidence) string {
	if len(e.Modes) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("\n#### Modes\n\n| registry | place | before | in between | after |\n|---|---|---|---|---|\n")
	for _, m := range e.Modes {
		var between []string
		for _, c := range m.Changes {
			if c.Mode != m.After && !slices.Contains(between, c.Mode) {
				between = append(between, c.Mode)
			}
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", code(m.Registry), inline(placeName(m.Place)), inline(or(m.Before, "not seen")),
			inline(strings.Join(between, ", ")), inline(m.After))
	}
	return b.String()
}

func approvalsMarkdown(e *Evidence) string {
	var b strings.Builder
	for i, a := range e.Approvals {
		if i == 0 {
			b.WriteString("\n#### Approvals\n\n")
		}
		said := "no answer"
		if a.By != "" {
			said = fmt.Sprintf("%s by %s, %s", a.Decision, a.By, stampOf(a.At))
			said += pick(a.Comment != "", ": "+a.Comment, "")
		}
		fmt.Fprintf(&b, "- `%s`: %s – %s\n", code(a.Step), inline(a.Message), inline(said))
	}
	return b.String()
}

func evidenceMarkdown(e *Evidence) string {
	var b strings.Builder
	b.WriteString("\n<details><summary>Evidence</summary>\n\n")
	row := func(name, text string) {
		if text != "" {
			fmt.Fprintf(&b, "- %s: %s\n", inline(name), inline(text))
		}
	}
	for _, g := range e.Gaps {
		row("not known", g)
	}
	row("run", e.Run.ID+", begun "+stampOf(e.Run.Started)+", "+spoken(e.Run.Seconds))
	for _, r := range e.Registries {
		row("registry "+r.Name, r.URL+pick(r.ID != "", ", cluster "+r.ID, ""))
	}
	row("proof", e.Run.Proof)
	row("moved", e.Run.Moved)
	row("saved before it was lost", e.Run.Backup)
	row("requests", fmt.Sprintf("%s that may have changed something, %s refused; %s that asked", commas(e.Requests.Writes), commas(e.Requests.Refused), commas(e.Requests.Reads)))
	if e.Runbook != nil {
		row("runbook", e.Runbook.File+pick(e.Runbook.SHA256 != "", ", "+e.Runbook.SHA256, ""))
	}
	if e.Plan != nil {
		row("plan", e.Plan.Says+", "+e.Plan.SHA256)
	}
	row("history", plural(len(e.Journal), "line")+", sealed by "+e.Head)
	b.WriteString("\n</details>\n")
	return b.String()
}
