package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A file system that takes no more stops the program before the next effect, and the run goes on when it does again.
func TestAFullDiskStopsBeforeTheNextEffect(t *testing.T) {
	p := newPlace(t, "quickstart.yaml", "", small)
	cmd, out := p.command("run")
	limited := exec.Command("sh", "-c", `ulimit -f 1; exec "$@"`, "sh")
	limited.Args = append(limited.Args, cmd.Args...)
	limited.Dir, limited.Env, limited.Stdout, limited.Stderr = cmd.Dir, cmd.Env, out, out
	if got := exit(limited.Run()); got != 12 {
		t.Fatalf("exit %d, want 12\n%s", got, out)
	}
	if !strings.Contains(out.String(), "cannot be written") {
		t.Errorf("nothing says that the state cannot be written:\n%s", out)
	}
	if w := p.writes(); len(w) > 0 {
		t.Errorf("%v was sent without a record of it\n%s", w, out)
	}
	p.call(0, "run")
}

func TestAVanishedStateFolderStopsBeforeTheNextEffect(t *testing.T) {
	p := newPlace(t, "quickstart.yaml", "", small)
	f := p.source.hold("POST", "/exporters", 0, true)
	cmd, out := p.command("run")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	within(t, f.reached, "the first write")
	if err := os.RemoveAll(filepath.Join(p.dir, ".srmigrate")); err != nil {
		t.Fatal(err)
	}
	p.source.release()
	if got := exit(cmd.Wait()); got != 12 {
		t.Errorf("exit %d, want 12\n%s", got, out)
	}
	if n := len(p.writes()); n != 1 {
		t.Errorf("%d writes were sent, want none after the first\n%s", n, out)
	}
	if again := p.call(3, "run"); !strings.Contains(again, "SRM001") {
		t.Errorf("the next run does not say that a state may be missing:\n%s", again)
	}
}

func TestAStateThatCannotBeCreatedIsNamed(t *testing.T) {
	p := newPlace(t, "quickstart.yaml", "", small)
	file := filepath.Join(p.dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	out := p.call(12, "run", "--state", filepath.Join(file, "x.state.json"))
	if !strings.Contains(out, "x.state.json cannot be written") {
		t.Errorf("the state is not named:\n%s", out)
	}
}
