//go:build linux

package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"
)

// openTerminal makes a pseudo-terminal: what is written to the one end is typed at the other.
func openTerminal(t *testing.T) (person, program *os.File) {
	t.Helper()
	person, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no terminals here: %v", err)
	}
	t.Cleanup(func() { _ = person.Close() })
	var number, locked uint32
	for request, arg := range map[uintptr]*uint32{syscall.TIOCGPTN: &number, syscall.TIOCSPTLCK: &locked} {
		if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, person.Fd(), request, uintptr(unsafe.Pointer(arg))); errno != 0 {
			t.Fatal(errno)
		}
	}
	program, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	return person, program
}

// typed runs the program on a terminal and types an answer once it asks; it returns what stood on the screen.
func (p *place) typed(answer string, env []string, verb string, flags ...string) (string, int) {
	p.t.Helper()
	return p.typedAhead("", answer, env, verb, flags...)
}

// typedAhead has something typed before the program begins as well.
func (p *place) typedAhead(ahead, answer string, env []string, verb string, flags ...string) (string, int) {
	p.t.Helper()
	t := p.t.(*testing.T)
	person, program := openTerminal(t)
	if _, err := person.WriteString(ahead); err != nil {
		t.Fatal(err)
	}
	cmd, _ := p.command(verb, flags...)
	cmd.Env = append(cmd.Env, env...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = program, program, program
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if err := program.Close(); err != nil {
		t.Fatal(err)
	}
	screen := make(chan string, 1)
	go func() {
		var text strings.Builder
		for b, asked := make([]byte, 1000), false; ; {
			n, err := person.Read(b)
			text.Write(b[:n])
			if !asked && (strings.Contains(text.String(), "[yes/no/later] ") || strings.Contains(text.String(), "[yes/no] ")) {
				asked = true
				_, _ = person.WriteString(answer) // if it is gone, its exit code tells
			}
			if err != nil { // the program has let go of the terminal
				break
			}
		}
		screen <- text.String()
	}()
	stuck := time.AfterFunc(30*time.Second, func() { _ = cmd.Process.Kill() })
	code := exit(cmd.Wait())
	stuck.Stop()
	return <-screen, code
}

func TestATerminalIsAsked(t *testing.T) {
	for _, c := range []struct {
		name, answer string
		exit         int
		says         string
		frozen       bool
	}{
		{"yes", "yes\n", 0, "done      go: approved by ", true},
		{"no", "no\n", 4, ": rejected by ", false},
		{"later", "later\n", 6, "result    waiting", false},
		{"y is not yes", "y\nlater\n", 6, "Only yes approves and only no rejects", false},
		{"y and then yes", "y\nyes\n", 0, "done      go: approved by ", true},
		{"nothing is asked again", "\nno\n", 4, "Only yes approves and only no rejects", false},
		{"end of input", "\x04", 6, "result    waiting", false},
		{"interrupt", "\x03", 7, "stopped by a signal", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			heed(t, syscall.SIGINT)
			p := atGate(t)
			screen, code := p.typed(c.answer, []string{"CI="}, "run")
			if code != c.exit || !strings.Contains(screen, c.says) {
				t.Errorf("exit %d, want %d and %q\n%s", code, c.exit, c.says, screen)
			}
			for _, seen := range []string{"question  go: Registrations stop now.", "then      freeze: set mode READONLY", "done      look: "} {
				if !strings.Contains(screen, seen) {
					t.Errorf("the question is shown without %q:\n%s", seen, screen)
				}
			}
			p.frozen(c.frozen)
		})
	}
}

// Whoever typed before there was a question has not answered it.
func TestWhatWasTypedAheadIsNoAnswer(t *testing.T) {
	t.Parallel()
	p := atGate(t)
	if screen, code := p.typedAhead("yes\n", "later\n", []string{"CI="}, "run"); code != 6 || !strings.Contains(screen, "question  go: ") {
		t.Errorf("exit %d, want 6\n%s", code, screen)
	}
	p.frozen(false)
	if screen, code := p.typed("yes\n", []string{"CI="}, "run"); code != 0 {
		t.Fatalf("exit %d, want 0\n%s", code, screen)
	}
	if screen, code := p.typedAhead("yes\n", "no\n", []string{"CI="}, "rollback"); code != 1 || !strings.Contains(screen, "nobody confirmed it") {
		t.Errorf("exit %d, want 1\n%s", code, screen)
	}
	p.frozen(true)
}

// What CI lends is not a person's terminal, and a call that waits for others does not ask.
func TestATerminalInCIIsNotAsked(t *testing.T) {
	t.Parallel()
	p := atGate(t)
	if screen, code := p.typed("yes\n", []string{"CI=true"}, "run"); code != 6 || strings.Contains(screen, "[yes/no/later]") {
		t.Errorf("exit %d, want 6\n%s", code, screen)
	}
	if screen, code := p.typed("", []string{"CI=true"}, "approve", "go"); code != 2 {
		t.Errorf("approve without --by: exit %d, want 2\n%s", code, screen)
	}
	if screen, code := p.typed("", []string{"CI="}, "approve", "go"); code != 0 {
		t.Errorf("approve by whoever sits there: exit %d, want 0\n%s", code, screen)
	}
	p.frozen(false)
}

// On a terminal a rollback begins once somebody has seen what it will do; a run that goes on rolling back does not ask.
func TestATerminalConfirmsARollback(t *testing.T) {
	t.Parallel()
	p := atGate(t)
	if screen, code := p.typed("yes\n", []string{"CI="}, "run"); code != 0 {
		t.Fatalf("exit %d, want 0\n%s", code, screen)
	}
	for _, answer := range []string{"no\n", "y\nno\n", "\x04"} {
		screen, code := p.typed(answer, []string{"CI="}, "rollback")
		if code != 1 || !strings.Contains(screen, "would     freeze.undo-1: put the modes of source back") || !strings.Contains(screen, "nobody confirmed it") {
			t.Errorf("%q: exit %d, want 1\n%s", answer, code, screen)
		}
		if again := strings.Contains(screen, "Only yes begins it, and only no leaves it."); again != (answer == "y\nno\n") {
			t.Errorf("%q: asked again: %t\n%s", answer, again, screen)
		}
		p.frozen(true)
	}
	heed(t, syscall.SIGINT)
	if screen, code := p.typed("\x03", []string{"CI="}, "rollback"); code != 7 || !strings.Contains(screen, "this call has sent nothing") {
		t.Errorf("interrupted: exit %d, want 7\n%s", code, screen)
	}
	p.frozen(true)
	if screen, code := p.typed("", []string{"CI="}, "rollback", "--dry-run"); code != 0 || !strings.Contains(screen, "would     freeze.undo-1: ") {
		t.Errorf("exit %d, want 0\n%s", code, screen)
	}
	p.frozen(true)
	if screen, code := p.typed("yes\n", []string{"CI="}, "rollback"); code != 0 || !strings.Contains(screen, "undone    freeze.undo-1: ") {
		t.Errorf("exit %d, want 0\n%s", code, screen)
	}
}

// init asks on a terminal for what its flags do not say, and again where an answer makes no runbook.
func TestInitAsksOnATerminal(t *testing.T) {
	dir := t.TempDir()
	person, program := openTerminal(t)
	cmd := exec.Command("srmigrate", "init", "pay.yaml", "--target", "https://new:8081")
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "CI=")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = program, program, program
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if _, err := person.WriteString("old:8081/x y\nhttps://old:8081\nPay Ments\npayments\n"); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if got := exit(cmd.Wait()); got != 0 {
		t.Errorf("exit %d", got)
	}
	text, err := os.ReadFile(filepath.Join(dir, "pay.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`name: "payments"`, `"https://old:8081"`, `"https://new:8081"`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the runbook lacks %s:\n%s", want, text)
		}
	}
}
