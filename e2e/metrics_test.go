package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// The figures say of a call that a signal has ended, in the middle of a request, how it ended.
func TestFiguresTellOfASignal(t *testing.T) {
	heed(t, syscall.SIGTERM)
	p := newPlace(t, "quickstart.yaml", "", small)
	f := p.source.hold("POST", "/exporters", 0, false)
	cmd, out := p.command("run", "--metrics", "run.prom")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	within(t, f.reached, "the request that hangs")
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if code := exit(cmd.Wait()); code != 7 {
		t.Fatalf("exit %d, want 7\n%s", code, out)
	}
	text, err := os.ReadFile(filepath.Join(p.dir, "run.prom"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`srmigrate_call_exit_code{runbook="quickstart"} 7`, `srmigrate_run_status{runbook="quickstart",status="interrupted"} 1`,
		`srmigrate_registry_requests_total{code="none",method="POST",registry="source",runbook="quickstart"} 1`,
	} {
		if !strings.Contains(string(text), want+"\n") {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
}
