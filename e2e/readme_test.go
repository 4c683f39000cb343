package e2e

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/srmigrate/srmigrate/internal/sandbox"
)

// README and docs show what the program prints. -update writes it anew.
func TestDocumentsShowWhatTheProgramPrints(t *testing.T) {
	runs := 0
	for path, page := range pages(t) {
		n := strings.Count(strings.Join(console.FindAllString(page, -1), ""), "\n$ ")
		if n == 0 {
			continue
		}
		runs += n
		t.Run(strings.TrimPrefix(path, "../"), func(t *testing.T) {
			t.Parallel()
			shows(t, path, page)
		})
	}
	if runs < 10 {
		t.Errorf("only %d commands found", runs)
	}
}

// shows replays a page. One that is of one place is written anew as a whole, so that it is of one run.
func shows(t *testing.T, path, page string) {
	shared, changed := storyPlace(t, page), false
	written := console.ReplaceAllStringFunc(page, func(block string) string {
		m := console.FindStringSubmatch(block)
		p := shared
		if p == nil {
			p = readmePlace(t)
		}
		got := p.replay(m[2], p.befall(m[1]))
		d := cmp.Diff(skeleton(m[2]), skeleton(got))
		if d == "" && shared == nil {
			return block // only times would change
		}
		if d != "" && !*update {
			t.Errorf("-document +program:\n%s", d)
		}
		changed = changed || d != ""
		return strings.TrimSuffix(block, m[2]+"```") + got + "```"
	})
	if *update && changed {
		if err := os.WriteFile(path, []byte(written), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// replay runs the commands of a block and writes it as it should be. The first one may be killed on the way.
func (p *place) replay(block, killed string) string {
	var out strings.Builder
	for line := range strings.SplitSeq(block, "\n") {
		if command, ok := strings.CutPrefix(line, "$ "); ok {
			out.WriteString("$ " + command + "\n" + p.shell(command, killed))
			killed = ""
		}
	}
	return out.String()
}

// readmePlace has the quickstart and the example of approve under the names that the documents use. It waits less than
// in real life, and the registry refuses one DELETE once.
func readmePlace(t *testing.T) *place {
	p := newPlace(t, "quickstart.yaml", "", sandbox.PairOptions{
		Source: sandbox.Options{Pace: 5 * time.Millisecond, Starting: time.Second},
	})
	src, err := os.ReadFile(filepath.Join(p.dir, "runbook.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer("steady: 60s", "steady: 2s", "every: 10s", "every: 1s").Replace(string(src))
	approve, err := os.ReadFile("../examples/steps/approve.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{
		"approve.yaml": string(approve), "quickstart.yaml": text, "refused.yaml": strings.Replace(text, "name: quickstart", "name: refused", 1),
	} {
		if err := os.WriteFile(filepath.Join(p.dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// shell runs one command of a document.
func (p *place) shell(command, killed string) string {
	p.t.Helper()
	if strings.Contains(command, "refused.yaml") {
		p.source.plant(&fault{method: http.MethodDelete, path: "/exporters/", left: 1, status: http.StatusForbidden})
	}
	return p.shellLine(command, killed)
}

// moment is the name of a run, or an instant.
var moment = regexp.MustCompile(`\d{8}-\d{6}-\w{6}|\d{4}-\d\d-\d\dT[\d:]+Z`)

// skeleton is what does not depend on the clock: verbs and ids, without the looks of a wait and what it happens to see.
func skeleton(out string) []string {
	var lines []string
	for _, line := range strings.Split(out, "\n") {
		id, _, _ := strings.Cut(moment.ReplaceAllString(line, "ID"), ": ")
		if line == "" || strings.HasPrefix(line, "wait ") || strings.HasPrefix(line, " ") || strings.HasSuffix(line, "STARTING -> RUNNING") {
			continue
		}
		if len(line) > 10 && line[9] == ' ' {
			verb, rest, _ := strings.Cut(id, " ")
			switch verb {
			case "moved", "proof", "kept", "state", "next", "rollback", "source", "target", "history":
				rest = ""
			}
			id = verb + " " + strings.TrimSpace(rest)
		}
		lines = append(lines, id)
	}
	return lines
}

// The commands of the sh blocks are targets of the Makefile.
func TestTheREADMEsMakeTargetsExist(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	makefile, err := os.ReadFile("../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	targets := regexp.MustCompile(`(?m)^make (\w+)$`).FindAllSubmatch(readme, -1)
	if len(targets) != 2 {
		t.Errorf("%d make commands in the README, want demo and test", len(targets))
	}
	for _, m := range targets {
		if !regexp.MustCompile(`(?m)^` + string(m[1]) + `:`).Match(makefile) {
			t.Errorf("the Makefile has no target %s", m[1])
		}
	}
	ci, err := os.ReadFile("../.ci/run")
	if err != nil || !strings.HasSuffix(strings.TrimSpace(string(ci)), "\nmake test") {
		t.Errorf(".ci/run does not end with the README's test command: %v", err)
	}
}
