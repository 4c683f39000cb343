package e2e

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// nobody runs the program of a place as somebody whom permissions bind, also where the tests run as root.
func (p *place) nobody(verb string, flags ...string) (int, string) {
	p.t.Helper()
	cmd, out := p.command(verb, flags...)
	if os.Getuid() == 0 {
		cmd.Path = p.readable()
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	}
	return exit(cmd.Run()), out.String()
}

// readable is the program where everybody can run it.
func (p *place) readable() string {
	p.t.Helper()
	dir := filepath.Join(p.dir, "bin")
	path := filepath.Join(dir, "srmigrate")
	if _, err := os.Stat(path); err == nil {
		return path
	}
	self, err := os.Executable()
	if err != nil {
		p.t.Fatal(err)
	}
	in, err := os.Open(self)
	if err != nil {
		p.t.Fatal(err)
	}
	defer in.Close()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		p.t.Fatal(err)
	}
	out, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o755)
	if err == nil {
		_, err = io.Copy(out, in)
	}
	if err == nil {
		err = out.Close()
	}
	for _, name := range []string{filepath.Dir(p.dir), p.dir, filepath.Join(p.dir, "runbook.yaml")} {
		if err == nil {
			err = os.Chmod(name, 0o755)
		}
	}
	if err != nil {
		p.t.Fatal(err)
	}
	return path
}

// What the program may not read or write ends it with exit code 12, a sentence that names file and cause, and nothing
// sent.
func TestPermissionsThatAreMissingAreNamed(t *testing.T) {
	p := newPlace(t, "quickstart.yaml", "", small)
	dir := filepath.Join(p.dir, ".srmigrate")
	file := filepath.Join(dir, "quickstart.state.json")
	chmod := func(name string, mode os.FileMode) {
		t.Helper()
		if err := os.Chmod(name, mode); err != nil {
			t.Fatal(err)
		}
	}
	wants := func(code int, says, verb string, flags ...string) {
		t.Helper()
		if got, out := p.nobody(verb, flags...); got != code || !strings.Contains(out, says) {
			t.Errorf("srmigrate %s: exit %d, want %d and %q\n%s", verb, got, code, says, out)
		}
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	const denied = "state .srmigrate/quickstart.state.json cannot be "
	chmod(dir, 0o555)
	wants(12, denied+"locked: permission denied", "run")
	wants(12, "does not exist", "rollback")
	chmod(dir, 0o777)
	wants(0, "", "run")
	sent := len(p.writes())
	chmod(dir, 0o555) // what is there can be looked at, and not changed
	wants(0, "succeeded", "status")
	wants(12, denied+"written: permission denied", "rollback")
	chmod(dir, 0o777)
	chmod(file, 0o000)
	for _, verb := range []string{"run", "rollback", "status"} {
		wants(12, denied+"read: permission denied", verb)
	}
	if now := len(p.writes()); now != sent {
		t.Errorf("%d requests that change something were sent", now-sent)
	}
}

// A small file system that fills up in the middle of a run stops it before the next effect; once there is room the run
// goes on.
func TestAFileSystemThatFillsUpStopsTheRunWhereItIs(t *testing.T) {
	if out, err := exec.Command("unshare", "-m", "mount", "-t", "tmpfs", "none", t.TempDir()).CombinedOutput(); err != nil {
		t.Skipf("no file system can be mounted here: %v %s", err, out)
	}
	stopped := 0
	for _, filler := range []string{"280k", "286k", "290k", "294k", "302k"} {
		p := newPlace(t, "quickstart.yaml", "", small)
		cmd, out := p.command("run")
		script := `mkdir .srmigrate && mount -t tmpfs -o size=320k none .srmigrate && head -c ` + filler + ` /dev/zero >.srmigrate/filler
"$@"; echo "first $?"; rm .srmigrate/filler; "$@"; echo "second $?"`
		within := exec.Command("unshare", append([]string{"-m", "sh", "-c", script, "sh"}, cmd.Args...)...)
		within.Dir, within.Env, within.Stdout, within.Stderr = cmd.Dir, cmd.Env, out, out
		if err := within.Run(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		text := out.String()
		if strings.Contains(text, "first 12") {
			stopped++
			if !strings.Contains(text, "no space left on device") || !strings.Contains(text, "so nothing more is sent") && !strings.Contains(text, "before anything was sent") {
				t.Errorf("filler %s: nothing says why it stopped:\n%s", filler, text)
			}
		}
		if !strings.Contains(text, "second 0") {
			t.Errorf("filler %s: it does not go on:\n%s", filler, text)
		}
		if diff := mirrored(p.source.Snapshot(), p.target.Snapshot()); diff != "" {
			t.Errorf("filler %s: %s\n%s", filler, diff, text)
		}
		once(t, p, "POST /exporters")
	}
	if stopped == 0 {
		t.Error("no run was stopped by the file system")
	}
}

// A folder that vanishes while the run is rolled back stops that, too.
func TestAVanishedStateFolderStopsARollback(t *testing.T) {
	p := newPlace(t, "quickstart.yaml", planted, small)
	f := p.source.hold("DELETE", "/mode", 0, true)
	cmd, out := p.command("run")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	within(t, f.reached, "the first write of the rollback")
	sent := len(p.writes())
	if err := os.RemoveAll(filepath.Join(p.dir, ".srmigrate")); err != nil {
		t.Fatal(err)
	}
	p.source.release()
	if got := exit(cmd.Wait()); got != 12 || !strings.Contains(out.String(), "belongs to somebody else now") {
		t.Errorf("exit %d, want 12 and why\n%s", got, out)
	}
	if n := len(p.writes()) - sent; n > 3 { // the undo step that is under way ends
		t.Errorf("%d more writes were sent\n%s", n, out)
	}
}

// Of runs that begin at the same moment one has the state, and the others say who has it.
func TestOfRunsAtTheSameMomentOneRuns(t *testing.T) {
	p := newPlace(t, "quickstart.yaml", "", small)
	codes := make([]int, 6)
	outs := make([]string, len(codes))
	var all sync.WaitGroup
	for i := range codes {
		cmd, out := p.command("run")
		all.Go(func() {
			codes[i] = exit(cmd.Run())
			outs[i] = out.String()
		})
	}
	all.Wait()
	done := 0
	for i, code := range codes {
		switch {
		case code == 0:
			done++
		case code != 8 || !strings.Contains(outs[i], "another process works on this state"):
			t.Errorf("exit %d, want 0 or 8 and who it is\n%s", code, outs[i])
		}
	}
	if done == 0 {
		t.Errorf("exit codes %v, want a 0", codes)
	}
	once(t, p, "POST /exporters")
	once(t, p, "DELETE /exporters/quickstart")
	if diff := mirrored(p.source.Snapshot(), p.target.Snapshot()); diff != "" {
		t.Error(diff)
	}
}

// A process that was taken for dead, and whose lock was removed, notices when it saves next, and leaves the run to its
// successor.
func TestAProcessWhoseLockWasRemovedLeavesTheRunToAnother(t *testing.T) {
	p := newPlace(t, "quickstart.yaml", "", small)
	f := p.source.hold("POST", "/exporters", 0, false)
	cmd, out := p.command("run")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	within(t, f.reached, "the first write")
	if err := os.Remove(filepath.Join(p.dir, ".srmigrate", "quickstart.state.json.lock")); err != nil {
		t.Fatal(err)
	}
	p.call(0, "run")
	p.source.release()
	if got := exit(cmd.Wait()); got != 12 || !strings.Contains(out.String(), "belongs to somebody else now") {
		t.Errorf("exit %d, want 12 and why\n%s", got, out)
	}
	once(t, p, "POST /exporters")
	if text := p.call(0, "status"); !strings.Contains(text, ": succeeded, begun ") {
		t.Errorf("the successor's state was written over:\n%s", text)
	}
}
