package e2e

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// A reader that goes away, as `head -1` does, takes its lines with it and nothing else.
func TestAClosedStdoutDoesNotEndARun(t *testing.T) {
	p := newPlace(t, "quickstart.yaml", "", small)
	cmd, _ := p.command("run")
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	errs := new(bytes.Buffer)
	cmd.Stdout, cmd.Stderr = w, errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := bufio.NewReader(r).ReadString('\n'); err != nil {
		t.Error(err)
	}
	for _, f := range []*os.File{r, w} {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
	if err := cmd.Wait(); exit(err) != 0 {
		t.Fatalf("got %v, want exit 0\n%s", err, errs)
	}
	if diff := mirrored(p.source.Snapshot(), p.target.Snapshot()); diff != "" {
		t.Errorf("the run is not complete: %s", diff)
	}
}

// Nor does it make a failure of a run that has ended well: exit code 1 would say that somebody has to act.
func TestAClosedStdoutDoesNotFailAResult(t *testing.T) {
	p := newPlace(t, "quickstart.yaml", "", small)
	cmd, errs := p.command("run", "-o", "json")
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = w, errs
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	got := exit(cmd.Run())
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	if got != 0 {
		t.Errorf("exit %d, want 0\n%s", got, errs)
	}
}

// nohup means what it says.
func TestAnIgnoredSignalStaysIgnored(t *testing.T) {
	for _, c := range []struct {
		name   string
		signal syscall.Signal
	}{{"HUP", syscall.SIGHUP}, {"INT", syscall.SIGINT}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := newPlace(t, "quickstart.yaml", "", small)
			f := p.source.hold("POST", "/exporters", 0, false)
			cmd, out := p.command("run")
			deaf := exec.Command("sh", append([]string{"-c", `trap "" ` + c.name + `; exec "$@"`, "sh"}, cmd.Args...)...)
			deaf.Dir, deaf.Env, deaf.Stdout, deaf.Stderr = cmd.Dir, cmd.Env, out, out
			if err := deaf.Start(); err != nil {
				t.Fatal(err)
			}
			within(t, f.reached, "the request that hangs")
			if err := deaf.Process.Signal(c.signal); err != nil {
				t.Fatal(err)
			}
			p.source.release()
			if got := exit(deaf.Wait()); got != 0 {
				t.Errorf("exit %d, want 0\n%s", got, out)
			}
		})
	}
}

// The demo's registries end with it: nothing can be typed next.
func TestAnInterruptedDemoNamesNoNextCommand(t *testing.T) {
	cmd := exec.Command("srmigrate", "demo")
	cmd.Env = append(os.Environ(), "TMPDIR="+t.TempDir())
	r, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for lines := bufio.NewScanner(r); lines.Scan(); {
		out.WriteString(lines.Text() + "\n")
		if strings.HasPrefix(lines.Text(), "start     first-copy") {
			if err := cmd.Process.Signal(os.Interrupt); err != nil {
				t.Fatal(err)
			}
		}
	}
	if got := exit(cmd.Wait()); got != 7 {
		t.Errorf("exit %d, want 7", got)
	}
	if s := out.String(); !strings.Contains(s, "result    interrupted") || strings.Contains(s, "next      ") {
		t.Errorf("want an interruption and no next command:\n%s", s)
	}
}

// status tells a run that is at work from one that was killed.
func TestStatusSaysWhoIsAtWork(t *testing.T) {
	p := newPlace(t, "quickstart.yaml", "", small)
	f := p.source.hold("POST", "/exporters", 0, false)
	cmd, out := p.command("run")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	within(t, f.reached, "the first run's request")
	text := p.call(0, "status")
	for _, want := range []string{": running, begun ", "\nlocked    another process works on this state since ", "srmigrate run runbook.yaml"} {
		if !strings.Contains(text, want) {
			t.Errorf("while it runs, want %q in:\n%s", want, text)
		}
	}
	if strings.Contains(text, "\nnext ") {
		t.Errorf("while it runs nothing is to be typed:\n%s", text)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if got := exit(cmd.Wait()); got != -1 {
		t.Errorf("exit %d of the killed run\n%s", got, out)
	}
	p.source.release()
	text = p.call(0, "status")
	if !strings.Contains(text, ": killed while running, begun ") || !strings.Contains(text, "\nnext      srmigrate run runbook.yaml ") {
		t.Errorf("after the kill:\n%s", text)
	}
	text = p.call(2, "run", "--restart") // it is turned away, and has had the lock
	text += p.call(0, "run")
	if want := fmt.Sprintf(": pid %d on ", cmd.Process.Pid); !strings.Contains(text, "\nwarning   the process before this one was killed; it had begun at ") || !strings.Contains(text, want) {
		t.Errorf("the next run does not say who was killed, %q:\n%s", want, text)
	}
}

// status --watch shows a run that is at work as long as it is.
func TestStatusWatchesARunToItsEnd(t *testing.T) {
	p := newPlace(t, "quickstart.yaml", "", small)
	watch, shown := p.command("status", "--watch", "--every", "50ms")
	if err := watch.Start(); err != nil { // nothing was run yet
		t.Fatal(err)
	}
	f := p.source.hold("POST", "/exporters", 0, false)
	run, out := p.command("run")
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	within(t, f.reached, "the run's request")
	p.source.release()
	if got := exit(run.Wait()); got != 0 {
		t.Errorf("the run: exit %d\n%s", got, out)
	}
	if got := exit(watch.Wait()); got != 0 {
		t.Errorf("the watch: exit %d, want 0 when the run is over", got)
	}
	text := shown.String()
	for _, want := range []string{"registry  source: ", ": running, begun ", "exporter  quickstart on source: ", ": succeeded, begun "} {
		if !strings.Contains(text, want) {
			t.Errorf("want %q in:\n%s", want, text)
		}
	}
}
