package report

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/srmigrate/srmigrate/internal/engine"
	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/steps"
)

func planOf(list ...engine.PlannedStep) *engine.Plan {
	return &engine.Plan{Version: 1, Runbook: "pay", Outlook: engine.Begins, Says: "a new run", Steps: list}
}

func TestAPlanAsAComment(t *testing.T) {
	p := planOf(
		engine.PlannedStep{
			ID: "freeze", Text: "set mode READONLY on source", Standing: "todo", OnFailure: "rollback",
			Effects: []steps.Effect{{Registry: "source", Kind: steps.OnMode, Now: "READWRITE", Will: "READONLY"}},
			Undo:    []engine.PlannedUndo{{ID: "freeze.undo-1", Text: "put the modes back"}},
		},
		engine.PlannedStep{
			ID: "go", Text: "ask: <b>now</b> | @all?", Standing: "todo", NoReturn: true,
			Findings: []event.Finding{{Code: "SRM050", Severity: "warning", Step: "go", Text: "no timeout", Remedy: "write one"}},
		},
	)
	want := `<!-- srmigrate plan: pay -->
### ✅ Plan of ` + "`pay`" + `

Ready: 2 steps to do; 1 warning.

A new run.

#### Findings

- ⚠️ **SRM050** step ` + "`go`" + `: no timeout.<br>Write one.

| | step | what it does | what changes |
|---|---|---|---|
| 1 | ` + "`freeze`" + ` | set mode READONLY on source | source: mode of the default context: READWRITE -&gt; READONLY |
| 2 | ` + "`go`" + ` | ask: &lt;b&gt;now&lt;/b&gt; \| &#64;all? |  |
| | | **— no return: from here on nothing is rolled back by itself —** | |

<details><summary>What undoes each step, what is not known yet</summary>

- ` + "`freeze`" + `<br>undo: put the modes back

</details>
`
	if diff := cmp.Diff(want, PlanMarkdown(p)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A comment that is too long is refused by the host of the pull request, whole.
func TestAPlanAsACommentIsNeverTooLong(t *testing.T) {
	var list []engine.PlannedStep
	for i := range 2000 {
		list = append(list, engine.PlannedStep{
			ID: fmt.Sprintf("step-%d", i), Text: strings.Repeat("long ", 20), Standing: "todo", Undo: []engine.PlannedUndo{{Text: strings.Repeat("undo ", 30)}},
			Findings: []event.Finding{{Code: "SRM050", Severity: "warning", Text: strings.Repeat("text ", 20)}},
		})
	}
	for _, n := range []int{0, 1, 100, 300, 2000} {
		text := PlanMarkdown(planOf(list[:n]...))
		if len(text) > mostMarkdown {
			t.Errorf("%d steps: %d bytes", n, len(text))
		}
		if strings.Count(text, "<details>") != strings.Count(text, "</details>") {
			t.Errorf("%d steps: what is folded is not closed", n)
		}
		if n == 2000 && !strings.Contains(text, " more lines") {
			t.Errorf("it does not say that something is left out:\n%s", text[len(text)-300:])
		}
	}
}

// A registry may be called like a row of the details, and what is said in one of these is not lost for it.
func TestARegistryCalledLikeADetail(t *testing.T) {
	effect := func(registry string) steps.Effect {
		return steps.Effect{Registry: registry, Kind: steps.OnMode, Now: "READWRITE", Will: "READONLY"}
	}
	text := PlanMarkdown(planOf(engine.PlannedStep{
		ID: "now", Text: "x", Standing: "todo", OnFailure: "rollback", Now: "it stands", Lost: []string{"a copy"},
		Effects: []steps.Effect{effect("now"), effect("lost"), effect("undo")}, Undo: []engine.PlannedUndo{{Text: "put it back"}},
	}))
	for _, want := range []string{"\n- `now`: a copy\n", "\n- `now`<br>now: it stands<br>undo: put it back\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("it lacks %q:\n%s", want, text)
		}
	}
}

// What is called strangely, by a runbook or a server, is shown as it is called.
func TestNothingInAPlanIsMarkdown(t *testing.T) {
	for name, want := range map[string]string{
		"a|b": `a\|b`, "`x`": "\\`x\\`", "<img src=x>": "&lt;img src=x&gt;", "&lt;": "&amp;lt;", "@all": "&#64;all", "#1": `\#1`, "~~x~~": `\~\~x\~\~`,
		"Outer$A, $B": "Outer&#36;A, &#36;B", "a\n\n# b": `a  \# b`, "[x](y)": `\[x\](y)`, "<!-- x -->": "&lt;!-- x --&gt;",
	} {
		text := PlanMarkdown(planOf(engine.PlannedStep{
			ID: "x", Text: name, Standing: "todo", OnFailure: "rollback", Undo: []engine.PlannedUndo{{Text: name}},
			Findings: []event.Finding{{Code: "SRM050", Severity: "warning", Step: "x", Text: name}},
		}))
		for _, line := range []string{"\n| 1 | `x` | " + want + " |  |\n", "<br>undo: " + want + "\n", "step `x`: " + want + ".\n"} {
			if !strings.Contains(text, line) {
				t.Errorf("%q: it lacks %q:\n%s", name, line, text)
			}
		}
	}
}

// One long text leaves the others their room.
func TestALongTextPushesNothingOut(t *testing.T) {
	long := strings.Repeat("@|~", 20_000)
	text := PlanMarkdown(planOf(
		engine.PlannedStep{
			ID: "ask", Text: long, Standing: "todo", Now: long, OnFailure: "rollback", Undo: []engine.PlannedUndo{{Text: long}},
			Findings: []event.Finding{{Code: "SRM010", Severity: "error", Step: "ask", Text: long, Remedy: long}},
		},
		engine.PlannedStep{ID: "last", Text: "the last", Standing: "todo", Later: "the end"},
	))
	if len(text) > mostMarkdown {
		t.Errorf("%d bytes", len(text))
	}
	for _, part := range []string{"**SRM010** step `ask`: ", "| 1 | `ask` | ", "| 2 | `last` | the last |", "- `last`<br>later: the end", " (59000 more characters)"} {
		if !strings.Contains(text, part) {
			t.Errorf("it lacks %q", part)
		}
	}
}
