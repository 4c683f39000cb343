//go:build linux

package e2e

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"
)

// narrow is a pipe that takes a page and is not read.
func narrow(t *testing.T) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	if _, _, errno := syscall.Syscall(syscall.SYS_FCNTL, w.Fd(), syscall.F_SETPIPE_SZ, 4096); errno != 0 {
		t.Fatal(errno)
	}
	return r, w
}

// full waits until the writer of the pipe is stuck.
func (p *place) full(t *testing.T, r *os.File) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for before := -1; ; {
		var n int32
		if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, r.Fd(), syscall.TIOCINQ, uintptr(unsafe.Pointer(&n))); errno != 0 {
			t.Fatal(errno)
		}
		if n > 3000 && int(n) == before {
			return
		}
		before = int(n)
		select {
		case <-ctx.Done():
			t.Fatalf("the pipe has %d bytes", n)
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// Whatever a call hangs on, a signal ends it in time, a second one at once, and the next call goes on.
func TestASignalEndsACallThatHangs(t *testing.T) {
	for _, c := range []struct {
		name    string
		signals []os.Signal
		within  time.Duration
	}{
		{"SIGTERM", []os.Signal{syscall.SIGTERM}, promised},
		{"a second SIGINT", []os.Signal{os.Interrupt, os.Interrupt}, 3 * time.Second},
		{"SIGTERM after SIGHUP", []os.Signal{syscall.SIGHUP, syscall.SIGTERM}, 3 * time.Second},
		{"SIGHUP of the kernel and of a shell", []os.Signal{syscall.SIGHUP, syscall.SIGHUP}, promised},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for _, s := range c.signals {
				heed(t, s)
			}
			p := newPlace(t, "quickstart.yaml", "", small)
			cmd, _ := p.command("run", "-v")
			r, w := narrow(t)
			cmd.Stdout, cmd.Stderr = w, w
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			p.full(t, r)
			sent := time.Now()
			if got, took := p.told(t, cmd, c.signals...), time.Since(sent); got != 7 || took > c.within {
				t.Errorf("exit %d after %s, want 7 within %s", got, took, c.within)
			}
			p.call(0, "run")
			once(t, p, "POST /exporters")
		})
	}
}

// told sends signals, the last of them until the process ends: two that come together may be one.
func (p *place) told(t *testing.T, cmd *exec.Cmd, signals ...os.Signal) int {
	ended := make(chan int, 1)
	go func() { ended <- exit(cmd.Wait()) }()
	for i := 0; ; i++ {
		if i < len(signals) || len(signals) > 1 {
			_ = cmd.Process.Signal(signals[min(i, len(signals)-1)]) // it may have ended
		}
		select {
		case code := <-ended:
			return code
		case <-time.After(100 * time.Millisecond):
		case <-t.Context().Done():
			return -1
		}
	}
}

// A state that cannot even be read because its file system hangs, here a pipe that nobody writes to, holds nobody up.
func TestASignalEndsACallWhoseStateHangs(t *testing.T) {
	p := newPlace(t, "quickstart.yaml", "", small)
	pipe := filepath.Join(p.dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd, out := p.command("run", "--state", "pipe")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for _, err := os.Stat(pipe + ".lock"); err != nil; _, err = os.Stat(pipe + ".lock") { // it reads behind the lock
		if ctx.Err() != nil {
			t.Fatal("the state is not locked")
		}
	}
	sent := time.Now()
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if got, took := exit(cmd.Wait()), time.Since(sent); got != 7 || took > promised {
		t.Errorf("exit %d after %s, want 7 within %s\n%s", got, took, promised, out)
	}
	if !strings.Contains(out.String(), "this call has not ended within 4s of a signal; the state on the disk is whole, and the same command goes on") {
		t.Errorf("it does not say why:\n%s", out)
	}
}

// A terminal that is closed ends the run as a signal does, also where nothing can be said any more.
func TestAClosedTerminalLeavesTheRunResumable(t *testing.T) {
	heed(t, syscall.SIGHUP)
	p := newPlace(t, "quickstart.yaml", "", small)
	person, program := openTerminal(t)
	f := p.source.hold("POST", "/exporters", 0, false)
	cmd, _ := p.command("run")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = program, program, program
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if err := program.Close(); err != nil {
		t.Fatal(err)
	}
	window := exec.Command("cat") // which has the other end, and reads
	window.Stdin = person
	if err := errors.Join(window.Start(), person.Close()); err != nil {
		t.Fatal(err)
	}
	within(t, f.reached, "the request that hangs")
	sent := time.Now()
	if err := window.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if got := exit(window.Wait()); got != -1 {
		t.Errorf("the window was not closed: exit %d", got)
	}
	if got, took := exit(cmd.Wait()), time.Since(sent); got != 7 || took > promised {
		t.Errorf("exit %d after %s, want 7 within %s", got, took, promised)
	}
	if text := p.call(0, "status"); !strings.Contains(text, ": interrupted, begun ") {
		t.Errorf("the run is not saved as interrupted:\n%s", text)
	}
	p.source.release()
	p.call(0, "run")
	once(t, p, "POST /exporters")
}

// A run with neither stdout nor stderr comes to its end all the same.
func TestARunNeedsNobodyToListen(t *testing.T) {
	for _, closed := range []string{">&- 2>&-", ">&- 2>&- <&-", "2>&-", ">/dev/full 2>/dev/full"} {
		p := newPlace(t, "quickstart.yaml", "", small)
		cmd, _ := p.command("run")
		sh := exec.Command("sh", append([]string{"-c", `"$@" ` + closed, "sh"}, cmd.Args...)...)
		out := new(bytes.Buffer)
		sh.Dir, sh.Env, sh.Stdout, sh.Stderr = cmd.Dir, cmd.Env, out, out
		if got := exit(sh.Run()); got != 0 {
			t.Errorf("%s: exit %d, want 0\n%s", closed, got, out)
		}
		if diff := mirrored(p.source.Snapshot(), p.target.Snapshot()); diff != "" {
			t.Errorf("%s: the run is not complete: %s", closed, diff)
		}
		if raw, err := os.ReadFile(filepath.Join(p.dir, ".srmigrate", "quickstart.state.json")); err != nil || !strings.HasPrefix(string(raw), "{\n") {
			t.Errorf("%s: the state has something else in it: %v\n%.100s", closed, err, raw)
		}
	}
}
