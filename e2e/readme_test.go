package e2e

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/srmigrate/srmigrate/internal/sandbox"
)

// console finds the blocks of a document that show a command with its output.
var console = regexp.MustCompile("(?s)```console\n(.*?)```")

// README and docs show what the program prints. -update writes it anew.
func TestDocumentsShowWhatTheProgramPrints(t *testing.T) {
	runs := 0
	for path, page := range pages(t) {
		written := console.ReplaceAllStringFunc(page, func(block string) string {
			runs += strings.Count(block, "\n$ ")
			want := strings.TrimSuffix(strings.TrimPrefix(block, "```console\n"), "```")
			got := readmePlace(t).replay(want)
			d := cmp.Diff(skeleton(want), skeleton(got))
			if d == "" {
				return block // only times would change
			}
			if !*update {
				t.Errorf("%s: -document +program:\n%s", path, d)
			}
			return "```console\n" + got + "```"
		})
		if *update && written != page {
			if err := os.WriteFile(path, []byte(written), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	if runs < 10 {
		t.Errorf("only %d commands found", runs)
	}
}

// replay runs the commands of a block and writes it as it should be.
func (p *place) replay(block string) string {
	var out strings.Builder
	for line := range strings.SplitSeq(block, "\n") {
		if command, ok := strings.CutPrefix(line, "$ "); ok {
			out.WriteString("$ " + command + "\n" + p.shell(command))
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
func (p *place) shell(command string) string {
	p.t.Helper()
	if strings.Contains(command, "refused.yaml") {
		p.source.plant(&fault{method: http.MethodDelete, path: "/exporters/", left: 1, status: http.StatusForbidden})
	}
	prepared, out := p.command("run")
	args := strings.Fields(os.Expand(command, func(name string) string {
		for _, v := range prepared.Env {
			if value, ok := strings.CutPrefix(v, name+"="); ok {
				return value
			}
		}
		return ""
	}))
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = prepared.Dir, prepared.Env, out, out
	if code := exit(cmd.Run()); code < 0 || code == 2 {
		p.t.Errorf("%s: exit %d\n%s", command, code, out)
	}
	return out.String()
}

var runID = regexp.MustCompile(`\d{8}-\d{6}-\w{6}`)

// skeleton is what does not depend on the clock: verbs and ids, without the looks of a wait.
func skeleton(out string) []string {
	var lines []string
	for _, line := range strings.Split(out, "\n") {
		id, _, _ := strings.Cut(runID.ReplaceAllString(line, "ID"), ": ")
		if line == "" || strings.HasPrefix(line, "wait ") || strings.HasPrefix(line, " ") {
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
