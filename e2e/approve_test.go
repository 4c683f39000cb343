package e2e

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

const gated = `
apiVersion: srmigrate.dev/v1
kind: Runbook
metadata: {name: gated}
spec:
  vars: {source: {env: SOURCE_URL, default: "http://localhost"}, steady: 1s, every: 1s}
  registries: {source: {url: "${{ vars.source }}"}}
  steps:
    - id: look
      assert: {that: versions("source") > 0}
    - id: go
      approve: {message: Registrations stop now.}
    - id: freeze
      setMode: {registry: source, mode: READONLY}
`

const gatedBack = `
apiVersion: srmigrate.dev/v1
kind: Runbook
metadata: {name: gated}
spec:
  vars: {source: {env: SOURCE_URL, default: "http://localhost"}, steady: 1s, every: 1s}
  registries: {source: {url: "${{ vars.source }}"}}
  steps:
    - id: freeze
      setMode: {registry: source, mode: READONLY}
      rollback:
        - approve: {message: "Open?"}
        - auto
    - id: impossible
      assert: {that: versions("source") < 0}
`

// atGate is a folder with a runbook that asks before it freezes the source.
func atGate(t *testing.T) *place {
	t.Helper()
	p := newPlace(t, "quickstart.yaml", "", small)
	p.write(gated)
	return p
}

// waits starts a process and returns once it waits for an answer; ended gives what it printed, and its exit code.
func (p *place) waits(verb string, flags ...string) (cmd *exec.Cmd, ended func() (string, int)) {
	p.t.Helper()
	cmd, _ = p.command(verb, flags...)
	cmd.Stdout, cmd.Stderr = nil, nil
	r, err := cmd.StdoutPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	lines := bufio.NewReader(r)
	var out strings.Builder
	for !strings.HasPrefix(out.String(), "wait      go: ") && !strings.Contains(out.String(), "\nwait      go: ") {
		line, err := lines.ReadString('\n')
		out.WriteString(line)
		if err != nil {
			p.t.Fatalf("it ended before it waited: %v, %v\n%s", err, cmd.Wait(), &out)
		}
	}
	return cmd, func() (string, int) {
		rest, err := io.ReadAll(lines)
		if err != nil {
			p.t.Error(err)
		}
		out.Write(rest)
		return out.String(), exit(cmd.Wait())
	}
}

func (p *place) frozen(want bool) {
	p.t.Helper()
	if n := p.source.count("PUT /mode"); (n == 1) != want {
		p.t.Errorf("the source was frozen %d times, want %v", n, want)
	}
}

func TestAWaitingRunTakesTheAnswerOfAnotherProcess(t *testing.T) {
	t.Parallel()
	p := atGate(t)
	_, ended := p.waits("run", "--wait")
	if text := p.call(0, "approve", "go", "--by", "jane"); strings.Contains(text, "\nnext ") {
		t.Errorf("the run goes on by itself, and something is to be typed:\n%s", text)
	}
	if out, code := ended(); code != 0 || !strings.Contains(out, "\ndone      go: approved by jane at ") {
		t.Errorf("exit %d\n%s", code, out)
	}
	p.frozen(true)
}

func TestAWaitingRunTakesARejection(t *testing.T) {
	t.Parallel()
	p := atGate(t)
	_, ended := p.waits("run", "--wait")
	p.call(0, "reject", "go", "--by", "jane")
	if out, code := ended(); code != 4 || !strings.Contains(out, ": rejected by jane\n") {
		t.Errorf("exit %d\n%s", code, out)
	}
	p.frozen(false)
}

func TestASignalEndsAWaitInTimeAndTheQuestionStays(t *testing.T) {
	for _, s := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGKILL} {
		t.Run(s.String(), func(t *testing.T) {
			t.Parallel()
			if s != syscall.SIGKILL {
				heed(t, s)
			}
			p := atGate(t)
			cmd, ended := p.waits("run", "--wait")
			sent := time.Now()
			if err := cmd.Process.Signal(s); err != nil {
				t.Fatal(err)
			}
			want := 7
			if s == syscall.SIGKILL {
				want = -1
			}
			if out, code := ended(); code != want || time.Since(sent) > promised {
				t.Errorf("exit %d after %s, want %d\n%s", code, time.Since(sent), want, out)
			}
			if text := p.call(0, "status"); !strings.Contains(text, ": waiting, begun ") || !strings.Contains(text, "\nwaiting   go (approve)") {
				t.Errorf("status:\n%s", text)
			}
			p.call(0, "approve", "go", "--by", "jane")
			p.call(0, "run")
			p.frozen(true)
		})
	}
}

func TestOfTwoAnswersAtOnceOneCounts(t *testing.T) {
	t.Parallel()
	p := atGate(t)
	p.call(6, "run")
	codes := make(chan int, 8)
	for range cap(codes) {
		cmd, _ := p.command("approve", "go", "--by", "jane")
		go func() { codes <- exit(cmd.Run()) }()
	}
	count := map[int]int{}
	for range cap(codes) {
		count[<-codes]++
	}
	if count[0] != 1 || count[2] != cap(codes)-1 {
		t.Errorf("exit codes by number: %v, want one 0 and the others 2", count)
	}
	p.call(0, "run")
	p.frozen(true)
}

// Without a terminal nobody is asked, whatever stands in stdin, and none of it is read.
func TestAJobIsNeverPrompted(t *testing.T) {
	t.Parallel()
	p := atGate(t)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := w.WriteString("yes\n"); err != nil {
		t.Fatal(err)
	}
	cmd, out := p.command("run")
	cmd.Stdin = r
	if got := exit(cmd.Run()); got != 6 || strings.Contains(out.String(), "yes/no") {
		t.Errorf("exit %d\n%s", got, out)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if left, err := io.ReadAll(r); err != nil || string(left) != "yes\n" {
		t.Errorf("left in stdin: %q, %v; want all", left, err)
	}
	p.call(6, "run") // with stdin at its end
	cmd, out = p.command("approve", "go")
	if got := exit(cmd.Run()); got != 2 || !strings.Contains(out.String(), "say who answers with --by") {
		t.Errorf("approve by nobody: exit %d\n%s", got, out)
	}
	p.frozen(false)
}

// A rollback that waits does not open the source before it may, and goes on where it was killed.
func TestAKilledWaitOfARollbackGoesOnRollingBack(t *testing.T) {
	t.Parallel()
	p := newPlace(t, "quickstart.yaml", "", small)
	p.write(gatedBack)
	before := p.source.Snapshot()
	text := p.call(6, "run")
	if !strings.Contains(text, "\nwaiting   freeze.undo-1: Open?") {
		t.Fatalf("it does not ask:\n%s", text)
	}
	p.call(0, "approve", "freeze.undo-1", "--by", "jane")
	f := p.source.hold("DELETE", "/mode", 0, true)
	p.killed(f, "run")
	text = p.call(4, "run")
	if d := rolledBack(before, p.source.Snapshot()); d != "" {
		t.Errorf("%s\n%s", d, text)
	}
}
