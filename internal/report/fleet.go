package report

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/srmigrate/srmigrate/internal/event"
)

// FleetSummary is how a call ended that worked on the cells of a matrix, as one JSON object. `srmigrate schema fleet`
// describes it.
type FleetSummary struct {
	Version  int            `json:"version"`
	Runbook  string         `json:"runbook"`
	Result   string         `json:"result"` // that of the worst cell
	ExitCode int            `json:"exitCode"`
	Reason   string         `json:"reason"`
	Counts   map[string]int `json:"counts"` // of cells, by their results
	Cells    []FleetCell    `json:"cells"`  // in the order of the matrix
	Next     string         `json:"next,omitempty"`
	Seconds  float64        `json:"seconds"`
}

// FleetCell is how one cell ended.
type FleetCell struct {
	Cell string `json:"cell"`
	*Summary
}

// NotBegun is the result of a cell that the call did not get to.
const NotBegun = "notBegun"

// Redacted cleans every text of the summary, as Write does.
func (s *Summary) Redacted(redact func(string) string) *Summary {
	s.clean(redact)
	return s
}

// Slim drops what only the JSON object tells.
func (s *Summary) Slim() {
	s.Findings, s.Undone, s.CopiesLeft = nil, nil, nil
}

// Waits says whether the cell ended at a question, and at which step.
func (s *Summary) Waits() (step string, yes bool) {
	if s.asked == nil {
		return "", false
	}
	return s.asked.Step, true
}

// worst is the order of exit codes over cells: what needs a person first comes first.
var worst = []int{5, 1, 12, 4, 9, 3, 8, 2, 7, 11, 6, 10, 0}

// Worse says whether the exit code a says more about a fleet than b.
func Worse(a, b int) bool {
	for _, code := range worst {
		if code == a || code == b {
			return code == a && a != b
		}
	}
	return a > b
}

// Add takes a cell into the summary.
func (f *FleetSummary) Add(cell string, s *Summary) {
	f.Cells = append(f.Cells, FleetCell{cell, s})
	if f.Counts == nil {
		f.Counts = map[string]int{}
	}
	f.Counts[s.Result]++
	if f.Result == "" || Worse(s.ExitCode, f.ExitCode) {
		f.Result, f.ExitCode = s.Result, s.ExitCode
	}
}

// End says how it all ended.
func (f *FleetSummary) End(took time.Duration, next string) {
	f.Version, f.Seconds, f.Reason = 1, took.Round(time.Millisecond).Seconds(), f.Counted()
	if f.ExitCode != 0 {
		f.Next = next
	}
	if f.Cells == nil {
		f.Cells = []FleetCell{}
	}
}

// fleetOrder is the order in which results are told; others come behind.
var fleetOrder = []string{
	"succeeded", "rolledBack", "waiting", "rollbackIncomplete", "failed", "refused", "usage", "locked", "bad state", "interrupted", NotBegun,
}

// Counted are the cells by their results, in words, and how many there are.
func (f *FleetSummary) Counted() string { return f.Parts() + " of " + plural(len(f.Cells), "cell") }

// Parts are the cells by their results, in words.
func (f *FleetSummary) Parts() string {
	var parts []string
	left := 0
	for _, n := range f.Counts {
		left += n
	}
	for _, result := range fleetOrder {
		if n := f.Counts[result]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, resultWords(result)))
			left -= n
		}
	}
	if left > 0 {
		parts = append(parts, fmt.Sprintf("%d otherwise", left))
	}
	return strings.Join(parts, ", ")
}

func resultWords(result string) string {
	if result == NotBegun {
		return "not begun"
	}
	return event.Words(result)
}

// Unfinished are the cells about which somebody may have to do something.
func (f *FleetSummary) Unfinished() (list []FleetCell) {
	for _, c := range f.Cells {
		if c.ExitCode != 0 && c.Result != NotBegun {
			list = append(list, c)
		}
	}
	return list
}

// Anew are the cells that go on with --restart alone, and whether no others are left.
func (f *FleetSummary) Anew() (list []FleetCell, all bool) {
	left := 0
	for _, c := range f.Cells {
		if c.ExitCode != 0 {
			left++
		}
		if strings.Contains(c.Next, " --restart") {
			list = append(list, c)
		}
	}
	return list, len(list) == left
}

// Failing says in a line why a cell did not end well.
func (c FleetCell) Failing() string {
	if c.Error != "" && (c.ExitCode == 1 || c.ExitCode == 4) {
		return "step " + c.Step + ": " + c.Error
	}
	return c.Reason
}

// mostCells is how many cells a summary for people names.
const mostCells = 100

// Fleet writes the summary across cells.
func (t *Text) Fleet(f *FleetSummary) {
	bad := f.Unfinished()
	for i, c := range bad {
		if i == mostCells {
			t.Row("more", "", fmt.Sprintf("%d cells that did not end well; status lists all", len(bad)-mostCells))
			break
		}
		t.Row(fleetVerb(c.ExitCode), "cell "+c.Cell, c.Failing())
		for _, o := range c.Open {
			for _, command := range o.Commands {
				t.Command("", "$ "+command)
			}
		}
		if c.Next != "" && c.Next != f.Next { // which is the last line
			t.Command("next", c.Next)
		}
	}
	t.Row("fleet", f.Runbook, f.Counted()+took(time.Duration(f.Seconds*float64(time.Second))))
	if f.Next != "" {
		t.Command("next", f.Next)
	}
	if anew, _ := f.Anew(); len(anew) > 0 && !strings.Contains(f.Next, " --restart") {
		t.Row("", "", fmt.Sprintf("of %s that went back to the beginning the next command stands with the cell: it takes --restart", plural(len(anew), "cell")))
	}
}

// fleetVerb is how a line about a cell begins.
func fleetVerb(exitCode int) string {
	switch exitCode {
	case 6:
		return "waiting"
	case 7:
		return "stopped"
	case 3:
		return "refused"
	case 11:
		return "unread"
	}
	return "failed"
}

// Write prints the summary. The cells' own texts are clean already.
func (f *FleetSummary) Write(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(f)
}

// FleetMarkdown is the summary for a page of a pipeline. It stays small, however many cells there are.
func FleetMarkdown(f *FleetSummary) string {
	var b strings.Builder
	fmt.Fprintf(&b, "### %s Fleet `%s`\n\n%s.\n", pick(f.ExitCode == 0, "✅", pick(f.ExitCode == 6, "✋", "❌")), code(f.Runbook), inline(capital(f.Counted())))
	bad := f.Unfinished()
	if len(bad) == 0 {
		return b.String()
	}
	b.WriteString("\n| cell | result | why | next |\n|---|---|---|---|\n")
	for i, c := range bad {
		row := fmt.Sprintf("| `%s` | %s | %s | `%s` |\n", code(c.Cell), inline(resultWords(c.Result)), inline(c.Failing()), code(c.Next))
		if i == mostCells || b.Len()+len(row) > mostMarkdown {
			fmt.Fprintf(&b, "\n%d more did not end well.\n", len(bad)-i)
			break
		}
		b.WriteString(row)
	}
	return b.String()
}
