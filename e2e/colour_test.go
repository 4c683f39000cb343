//go:build linux

package e2e

import (
	"strings"
	"testing"
)

// What should not be passed over has a colour where a terminal shows one, and nowhere else.
func TestAPlanHasColourOnATerminalOnly(t *testing.T) {
	p := newPlace(t, "quickstart.yaml", "", small)
	const bold = "\x1b[1mverdict\x1b[0m"
	for _, c := range []struct {
		name string
		env  []string
		want bool
	}{
		{"a terminal", []string{"TERM=xterm", "NO_COLOR="}, true},
		{"NO_COLOR", []string{"TERM=xterm", "NO_COLOR=1"}, false},
		{"a dumb terminal", []string{"TERM=dumb", "NO_COLOR="}, false},
	} {
		screen, code := p.typed("", c.env, "plan")
		if code != 0 || !strings.Contains(screen, "ready: 9 steps to do") {
			t.Fatalf("%s: exit %d, want 0 and a plan\n%s", c.name, code, screen)
		}
		if strings.Contains(screen, bold) != c.want || strings.Contains(screen, "\x1b[") != c.want {
			t.Errorf("%s: colour is %t, want %t\n%q", c.name, !c.want, c.want, screen)
		}
	}
	if text := p.call(0, "plan"); strings.Contains(text, "\x1b") {
		t.Errorf("there is colour in a pipe\n%q", text)
	}
}
