package cli

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/srmigrate/srmigrate/internal/engine"
	"github.com/srmigrate/srmigrate/internal/state"
)

// locked is a state whose lock is held by a process on a host of that name.
func locked(t *testing.T, host string, pid int) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "x.state.json")
	release, err := state.NewStore(path, "test", state.OS{}).Lock("srmigrate run x.yaml")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = release() }) // broken by then
	raw, err := json.Marshal(state.Holder{Host: host, PID: pid, Command: "srmigrate run x.yaml"})
	if err == nil {
		err = os.WriteFile(path+".lock", raw, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestALockOfAnotherHostIsBrokenWhenAsked(t *testing.T) {
	path := locked(t, "elsewhere", 77)
	code, out := call(t, "state", "unlock", "--state", path)
	if code != int(engine.Refused) || !strings.Contains(out, "pid 77 on elsewhere") || !strings.Contains(out, "repeat it with --yes") {
		t.Errorf("without --yes: got %d, %q", code, out)
	}
	if _, held, err := state.NewStore(path, "test", state.OS{}).Held(); !held || err != nil {
		t.Errorf("without --yes it was broken: held %v, %v", held, err)
	}
	if code, out := call(t, "state", "unlock", "--state", path, "--yes"); code != 0 {
		t.Errorf("with --yes: got %d, %q", code, out)
	}
	if _, held, err := state.NewStore(path, "test", state.OS{}).Held(); held || err != nil {
		t.Errorf("with --yes: held %v, %v", held, err)
	}
}

// The kernel gives a lock back with its process, so on this host somebody is alive.
func TestALockOfThisHostIsNotBroken(t *testing.T) {
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	path := locked(t, host, os.Getppid())
	code, out := call(t, "state", "unlock", "--state", path, "--yes")
	if code != int(engine.Locked) || !strings.Contains(out, fmt.Sprintf("pid %d runs on this host", os.Getppid())) {
		t.Errorf("got %d, %q, want a refusal that names the process", code, out)
	}
	if _, held, err := state.NewStore(path, "test", state.OS{}).Held(); !held || err != nil {
		t.Errorf("it was broken: held %v, %v", held, err)
	}
}
