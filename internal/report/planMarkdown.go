package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/srmigrate/srmigrate/internal/engine"
)

// A comment on a pull request must not be longer than 65,536 characters; what does not fit is counted.
const mostMarkdown = 60_000

// PlanMarkdown is a plan as a comment on a pull request: the verdict first, a table, the details folded. The first
// line does not change from plan to plan, so that a program can find its own comment again; instances of a
// runbook have one each.
func PlanMarkdown(p *engine.Plan) string {
	var b strings.Builder
	name := p.Runbook
	if p.Instance != "" {
		name += "." + p.Instance
	}
	fmt.Fprintf(&b, "<!-- srmigrate plan: %s -->\n", inline(name))
	fmt.Fprintf(&b, "### %s Plan of `%s`\n\n%s\n\n%s\n", mark(p), code(name), inline(capital(Verdict(p))+"."), quoted(capital(p.Says)+"."+windowed(p)))
	for _, part := range []struct {
		text string
		most int
	}{
		{registriesMarkdown(p), 4_000},
		{findingsMarkdown(p), 18_000},
		{unseenMarkdown(p), 4_000},
		{tableMarkdown(p), 22_000},
		{lostMarkdown(p), 6_000},
		{detailsMarkdown(p), mostMarkdown},
	} {
		b.WriteString(shorten(part.text, min(part.most, mostMarkdown-b.Len())))
	}
	return b.String()
}

// windowed is how the time stands in which the run may work.
func windowed(p *engine.Plan) string {
	if p.Window == nil || p.Window.Says == "" {
		return ""
	}
	return " The window " + p.Window.Says + "."
}

func mark(p *engine.Plan) string {
	switch p.Exit(false) {
	case engine.Refused:
		return "⛔"
	case engine.Unread:
		return "❓"
	}
	switch {
	case p.Outlook == engine.Declines:
		return "✋"
	case p.Offline:
		return "📄" // of the runbook alone
	case p.Outlook == engine.GoesOn, p.Outlook == engine.RollsOn:
		return "⏳"
	}
	return "✅"
}

func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

var markdown = strings.NewReplacer(
	"\\", "\\\\", "`", "\\`", "*", "\\*", "_", "\\_", "[", "\\[", "]", "\\]", "<", "&lt;", ">", "&gt;", "&", "&amp;", "|", "\\|",
	"#", "\\#", "~", "\\~", "@", "&#64;", "$", "&#36;", "\n", " ",
)

// longestInline is how many characters of one text a comment shows: what a runbook or a server wrote at length must not
// push out the rest.
const longestInline = 1000

// inline is a text that Markdown leaves as it is.
func inline(s string) string { return markdown.Replace(brieflySaid(s)) }

func brieflySaid(s string) string {
	if r := []rune(s); len(r) > longestInline {
		return fmt.Sprintf("%s… (%d more characters)", string(r[:longestInline]), len(r)-longestInline)
	}
	return s
}

// quoted is inline, with what the text itself has between backticks left as code.
func quoted(s string) string {
	parts := strings.Split(s, "`")
	if len(parts)%2 == 0 {
		return inline(s)
	}
	for i := range parts {
		if i%2 == 0 {
			parts[i] = inline(parts[i])
		} else {
			parts[i] = "`" + code(parts[i]) + "`"
		}
	}
	return strings.Join(parts, "")
}

// code is a text between backticks.
func code(s string) string {
	return strings.NewReplacer("`", "'", "\n", " ", "|", "\\|").Replace(s)
}

func registriesMarkdown(p *engine.Plan) string {
	var b strings.Builder
	if p.Locked != "" {
		fmt.Fprintf(&b, "- locked: %s, and what follows may be otherwise in a moment\n", inline(p.Locked))
	}
	for _, r := range registries(p) {
		fmt.Fprintf(&b, "- `%s`: %s\n", code(r.name), inline(r.text))
	}
	if b.Len() == 0 {
		return ""
	}
	return "\n" + b.String()
}

func findingsMarkdown(p *engine.Plan) string {
	all := p.AllFindings()
	if len(all) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("\n#### Findings\n\n")
	for _, f := range Worst(all) {
		sign := pick(f.Severity == "error", "⛔", "⚠️")
		said := ""
		if f.Allowed != "" {
			sign, said = "☑️", " Allowed: "+f.Allowed+"."
		}
		kind, name := f.About()
		whose := kind + " `" + code(name) + "`"
		fmt.Fprintf(&b, "- %s **%s** %s: %s", sign, inline(f.Code), whose, inline(f.Text+"."+said))
		if f.Remedy != "" {
			fmt.Fprintf(&b, "<br>%s", inline(capital(f.Remedy)+"."))
		}
		b.WriteString("\n")
	}
	return b.String()
}

func unseenMarkdown(p *engine.Plan) string {
	if len(p.Unseen) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("\n#### Could not be looked at\n\n")
	for _, s := range p.Unseen {
		fmt.Fprintf(&b, "- %s\n", inline(s))
	}
	return b.String()
}

func tableMarkdown(p *engine.Plan) string {
	var b strings.Builder
	b.WriteString("\n| | step | what it does | what changes |\n|---|---|---|---|\n")
	for i, st := range p.Steps {
		does, changes := st.Text, changed(st)
		if !st.Todo() {
			does, changes = st.Standing+": "+st.Done, ""
		}
		fmt.Fprintf(&b, "| %d | `%s` | %s | %s |\n", i+1, code(st.ID), inline(does), changes)
		if st.NoReturn {
			fmt.Fprintf(&b, "| | | **— no return: from here on nothing is rolled back by itself —** | |\n")
		}
	}
	return b.String()
}

// changed are the effects in a cell of the table.
func changed(st engine.PlannedStep) string {
	var parts []string
	for _, g := range Grouped(st) {
		parts = append(parts, inline(g.Registry+": "+g.Text))
	}
	if st.Unseen != "" {
		parts = append(parts, "❓")
	}
	return strings.Join(parts, "<br>")
}

// lostMarkdown stands unfolded: who approves a change has to see what no rollback brings back.
func lostMarkdown(p *engine.Plan) string {
	var b strings.Builder
	for _, st := range p.Steps {
		if !st.Todo() {
			continue
		}
		for _, l := range st.Lost {
			fmt.Fprintf(&b, "- `%s`: %s\n", code(st.ID), inline(l))
		}
	}
	if b.Len() == 0 {
		return ""
	}
	return "\nWhat no rollback brings back:\n\n" + b.String()
}

func detailsMarkdown(p *engine.Plan) string {
	var b strings.Builder
	for _, st := range p.Steps {
		// The table has the effects, and what is lost stands above.
		list := slices.DeleteFunc(details(st), func(d detail) bool { return d.effect || d.name == "lost" })
		if len(list) == 0 || !st.Todo() {
			continue
		}
		fmt.Fprintf(&b, "- `%s`", code(st.ID))
		for _, d := range list {
			fmt.Fprintf(&b, "<br>%s: %s", inline(d.name), inline(d.text))
		}
		b.WriteString("\n")
	}
	if b.Len() == 0 {
		return ""
	}
	return "\n<details><summary>What undoes each step, what is not known yet</summary>\n\n" + b.String() + "\n</details>\n"
}

// shorten leaves out lines that do not fit, and says how many. What was opened is closed.
func shorten(part string, room int) string {
	if len(part) <= room {
		return part
	}
	const reserve = 100
	var b strings.Builder
	left := 0
	for line := range strings.Lines(part) {
		if left > 0 || b.Len()+len(line) > room-reserve {
			left++
			continue
		}
		b.WriteString(line)
	}
	if left == 0 || room < reserve {
		return ""
	}
	fmt.Fprintf(&b, "\n… and %d more lines\n", left)
	if strings.Contains(b.String(), "<details>") {
		b.WriteString("\n</details>\n")
	}
	return b.String()
}
