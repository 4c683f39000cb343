package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/srmigrate/srmigrate/internal/engine"
	"github.com/srmigrate/srmigrate/internal/objects"
	"github.com/srmigrate/srmigrate/internal/objects/objectstest"
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

// In a bucket the lock of a process with the name and number of one that runs here may be that of a container which is gone:
// it is broken when asked, and what may be meant is said first.
func TestALeaseOfThisHostIsBrokenWithAWarning(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "bird")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "robin")
	t.Setenv("AWS_SESSION_TOKEN", "")
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	m := new(objectstest.Memory)
	server := httptest.NewServer(m)
	t.Cleanup(server.Close)
	raw, err := json.Marshal(map[string]any{"host": host, "pid": os.Getppid(), "command": "srmigrate run x.yaml", "fence": 1, "token": "t", "lease": "1h"})
	if err == nil {
		_, err = m.Put(t.Context(), "x.state.json.lock", raw, "")
	}
	if err != nil {
		t.Fatal(err)
	}
	at := "s3://states/x.state.json?endpoint=" + server.URL
	code, out := call(t, "state", "unlock", "--state", at)
	if code != int(engine.Refused) || !strings.Contains(out, fmt.Sprintf("pid %d runs on this host, which is called %s as the holder's: if it is the holder, end it instead", os.Getppid(), host)) {
		t.Errorf("without --yes: got %d, %q", code, out)
	}
	if code, out := call(t, "state", "unlock", "--state", at, "--yes"); code != 0 {
		t.Errorf("with --yes: got %d, %q", code, out)
	}
	if raw := string(m.Raw("x.state.json.lock")); !strings.Contains(raw, `"free":"broken"`) {
		t.Errorf("the lock is %s", raw)
	}
}

// The cells of a fleet share a client of a bucket; another bucket has its own.
func TestABucketHasOneClient(t *testing.T) {
	var all buckets
	one, err := all.open(objects.S3{Bucket: "states", Endpoint: "http://127.0.0.1:1"})
	two, err2 := all.open(objects.S3{Bucket: "states", Endpoint: "http://127.0.0.1:1"})
	other, err3 := all.open(objects.S3{Bucket: "others", Endpoint: "http://127.0.0.1:1"})
	if err := errors.Join(err, err2, err3); err != nil || one != two || one == other {
		t.Errorf("got %p, %p and %p, %v", one, two, other, err)
	}
}
