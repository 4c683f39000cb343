package e2e

import (
	"bufio"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/srmigrate/srmigrate/internal/sandbox"
)

const lookedAfter = `apiVersion: srmigrate.dev/v1
kind: Runbook
metadata: {name: after}
spec:
  registries:
    source: {url: SOURCE}
    target: {url: TARGET}
  steps:
    - id: look
      assert: {that: "true"}
`

// A watch that stays tells each thing once, goes on through what cannot be read, and ends at a signal, or when its time is over.
func TestAWatchThatStays(t *testing.T) {
	t.Parallel()
	p := newPlace(t, "quickstart.yaml", "", small)
	p.write(strings.NewReplacer("SOURCE", p.source.URL, "TARGET", p.target.URL).Replace(lookedAfter))
	cmd, _ := p.bare("watch", "--every", "1s", "--check", "subjects=off")
	cmd.Stdout, cmd.Stderr = nil, nil
	r, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stuck := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
	defer stuck.Stop()
	lines, all := bufio.NewScanner(r), ""
	until := func(begin string) {
		t.Helper()
		for lines.Scan() {
			all += lines.Text() + "\n"
			if strings.HasPrefix(lines.Text(), begin) {
				return
			}
		}
		t.Fatalf("no line begins with %q:\n%s", begin, all)
	}
	until("verdict   quiet: ")
	p.source.plant(&fault{method: "GET", path: "/schemas", left: 1, status: http.StatusForbidden})
	until("verdict   unknown: ")
	until("verdict   quiet: ")
	for _, subject := range []string{"first-value", "second-value"} {
		call(t, p.source.judged.(*sandbox.Registry), http.MethodPost, "/subjects/"+subject+"/versions", `{"schema":"\"string\""}`)
		until("new       " + subject + " version 1 was registered on source")
		until("verdict   found: ")
	}
	sent := time.Now()
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for lines.Scan() {
		all += lines.Text() + "\n"
	}
	if code, took := exit(cmd.Wait()), time.Since(sent); code != 7 || took > 10*time.Second {
		t.Errorf("exit %d after %s, want 7", code, took)
	}
	if n := strings.Count(all, "first-value version 1"); n != 1 {
		t.Errorf("it was told %d times:\n%s", n, all)
	}
	if out := p.plain(10, "watch", "--every", "1s", "--for", "1ms", "--check", "subjects=off"); !strings.Contains(out, "verdict   found: 2 new versions") {
		t.Errorf("it says\n%s", out)
	}
}
