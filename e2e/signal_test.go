package e2e

import (
	"errors"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"
)

// promised is how soon a call ends after a signal.
const promised = 5 * time.Second

// A signal ends the program in time, even while a registry does not answer, and the run goes on afterwards.
func TestASignalEndsTheRunInTimeAndItGoesOn(t *testing.T) {
	for _, c := range []struct {
		name         string
		signal       os.Signal
		more         string
		method, path string
		exit         int
		told         int // how often the signal is sent, at once
	}{
		{"SIGTERM while the exporter is created", syscall.SIGTERM, "", "POST", "/exporters", 0, 1},
		{"SIGTERM twice, as wrappers tell it", syscall.SIGTERM, "", "POST", "/exporters", 0, 2},
		{"SIGINT while a registry hangs", os.Interrupt, "", "GET", "/exporters/quickstart/status", 0, 1},
		{"SIGHUP while a mode is set", syscall.SIGHUP, "", "PUT", "/mode/:.legacy:", 0, 1},
		{"SIGTERM while rolling back", syscall.SIGTERM, planted, "DELETE", "/mode/:.legacy:", 4, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			heed(t, c.signal)
			p := newPlace(t, "quickstart.yaml", c.more, small)
			before := p.source.Snapshot()
			f := p.source.hold(c.method, c.path, 0, false)
			cmd, out := p.command("run")
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			within(t, f.reached, "the request that hangs")
			sent := time.Now()
			for range c.told {
				if err := cmd.Process.Signal(c.signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
					t.Fatal(err)
				}
			}
			if got := exit(cmd.Wait()); got != 7 {
				t.Errorf("exit %d, want 7\n%s", got, out)
			}
			if took := time.Since(sent); took > promised {
				t.Errorf("it took %s to end, want at most %s", took, promised)
			}
			if !strings.Contains(out.String(), "next      srmigrate ") {
				t.Errorf("nothing says what to type next:\n%s", out)
			}
			p.source.release()
			again := p.call(c.exit, "run")
			once(t, p, "POST /exporters")
			if d := rolledBack(before, p.source.Snapshot()); c.exit == 4 && d != "" {
				t.Errorf("source: %s\n%s", d, again)
			}
		})
	}
}

// heed makes the children of this test start with the signal not ignored, even where the tests run under nohup.
func heed(t *testing.T, s os.Signal) {
	t.Helper()
	c := make(chan os.Signal, 1)
	signal.Notify(c, s)
	t.Cleanup(func() { signal.Stop(c) })
}

func TestASecondRunAtTheSameTimeIsRefused(t *testing.T) {
	p := newPlace(t, "quickstart.yaml", "", small)
	f := p.source.hold("POST", "/exporters", 0, false)
	cmd, out := p.command("run")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	within(t, f.reached, "the first run's request")
	for _, verb := range []string{"run", "rollback"} {
		text := p.call(8, verb)
		if !strings.Contains(text, "another process works on this state since ") || !strings.Contains(text, "srmigrate run runbook.yaml") {
			t.Errorf("%s does not say who holds the state:\n%s", verb, text)
		}
	}
	p.source.release()
	if got := exit(cmd.Wait()); got != 0 {
		t.Errorf("the first run ended with %d\n%s", got, out)
	}
}
