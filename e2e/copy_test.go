package e2e

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/srmigrate/srmigrate/internal/engine"
	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/registry"
	"github.com/srmigrate/srmigrate/internal/state"
	"github.com/srmigrate/srmigrate/runbook"
)

// dying is a disk on which the process dies after the n-th rename of a file with this suffix, counted from 1; with n
// 0 it only counts.
type dying struct {
	unsynced
	suffix   string
	n, count int
}

// unsynced is a file system that is not asked to be durable: a process that dies loses nothing that it has written.
type unsynced struct{ state.OS }

func (unsynced) SyncDir(string) error { return nil }

func (d unsynced) Create(name string) (state.File, error) {
	f, err := d.OS.Create(name)
	return unsyncedFile{f}, err
}

type unsyncedFile struct{ state.File }

func (unsyncedFile) Sync() error { return nil }

func (d *dying) Rename(from, to string) error {
	err := d.unsynced.Rename(from, to)
	if strings.HasSuffix(to, d.suffix) {
		if d.count++; d.count == d.n {
			runtime.Goexit() // runs the deferred unlock, as the kernel would
		}
	}
	return err
}

// inside runs the runbook of a place in this process, on a disk of the test's; -1: it died.
func (p *place) inside(disk state.Disk) (code int, res engine.Result) {
	t := p.t.(*testing.T)
	src, err := os.ReadFile(filepath.Join(p.dir, "runbook.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	urls := map[string]string{"SOURCE_URL": p.source.URL, "TARGET_URL": p.target.URL}
	rb, problems := runbook.Load(filepath.Join(p.dir, "runbook.yaml"), src, runbook.Options{
		Vars:   map[string]string{"steady": "50ms", "every": "10ms"},
		Getenv: func(name string) (string, bool) { v, ok := urls[name]; return v, ok },
	})
	if len(problems) > 0 {
		t.Fatalf("%v", problems)
	}
	x := &engine.Engine{
		Runbook: rb, Store: p.store(disk), Emit: func(event.Event) {}, Clients: p.clients(rb, false), Readers: p.clients(rb, true),
		Command: func(_ engine.Given, verb string, _ ...string) string { return verb },
	}
	code = -1
	done := make(chan struct{})
	go func() {
		defer close(done)
		res = x.Run(t.Context(), engine.RunOptions{})
		code = int(res.Exit)
	}()
	<-done
	return code, res
}

func (p *place) store(disk state.Disk) *state.Store {
	return state.NewStore(filepath.Join(p.dir, "quickstart.state.json"), "test", disk)
}

func (p *place) clients(rb *runbook.Runbook, readOnly bool) map[string]*registry.Client {
	clients := map[string]*registry.Client{}
	for _, r := range rb.Registries {
		c, err := registry.New(registry.Config{Name: r.Name, URL: r.URL, Timeout: r.Timeout, ReadOnly: readOnly})
		if err != nil {
			p.t.Fatal(err)
		}
		p.t.Cleanup(c.Close)
		clients[r.Name] = c
	}
	return clients
}

// A process that dies in a save leaves a copy that is one save behind: a run that goes on from it ends with the
// registries of an undisturbed run, because nothing has been sent between the two.
func TestARunGoesOnFromTheCopyOfItsState(t *testing.T) {
	for _, c := range []struct {
		name, more string
		exit       int
	}{
		{"forward", "", 0},
		{"rolling back", planted, 4},
	} {
		t.Run(c.name, func(t *testing.T) {
			quiet := newPlace(t, "quickstart.yaml", c.more, small)
			saves := &dying{suffix: ".state.json"}
			if got, res := quiet.inside(saves); got != c.exit || saves.count < 10 {
				t.Fatalf("exit %d (%v) after %d saves, want %d", got, res.Err, saves.count, c.exit)
			}
			source, target := quiet.source.Snapshot(), quiet.target.Snapshot()
			for n := 1; n <= saves.count; n++ {
				t.Run(fmt.Sprint("save ", n), func(t *testing.T) {
					t.Parallel()
					p := newPlace(t, "quickstart.yaml", c.more, small)
					if got, res := p.inside(&dying{suffix: ".state.json", n: n}); got != -1 {
						t.Fatalf("exit %d (%v), want it to die in this save", got, res.Err)
					}
					if st, err := p.store(state.OS{}).Load(); err != nil || st.Run.Status == state.Succeeded && st.Run.Proof == "" {
						t.Errorf("it has succeeded without a proof (%v)", err)
					}
					p.replaceByCopy(t)
					if got, res := p.inside(unsynced{}); got != c.exit {
						t.Errorf("exit %d (%v), want %d", got, res.Err, c.exit)
					}
					same(t, "source", source, p.source.Snapshot(), "")
					same(t, "target", target, p.target.Snapshot(), "")
					once(t, p, "POST /exporters")
					once(t, p, "DELETE /exporters/quickstart")
				})
			}
		})
	}
}

// replaceByCopy loses the state and puts the copy of its last save in its place. The first save has none before it.
func (p *place) replaceByCopy(t *testing.T) {
	t.Helper()
	s := p.store(state.OS{})
	err := os.Rename(s.CopyPath(), s.Path())
	if errors.Is(err, fs.ErrNotExist) {
		err = os.Remove(s.Path())
	}
	if err != nil {
		t.Fatal(err)
	}
}

// A state that was lost, cut off or altered while the process was killed in a write is put back by hand, and the run
// goes on as if nothing had been.
func TestADamagedStateIsRepairedAndTheRunGoesOn(t *testing.T) {
	quiet := newPlace(t, "quickstart.yaml", "", small)
	quiet.call(0, "run")
	source, target := quiet.source.Snapshot(), quiet.target.Snapshot()
	damages := []func(string) error{
		os.Remove,
		func(path string) error { return os.Truncate(path, 500) },
		func(path string) error { return os.Truncate(path, 0) },
		func(path string) error {
			raw, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			return os.WriteFile(path, []byte(strings.Replace(string(raw), `"running"`, `"succeeded"`, 1)), 0o600)
		},
	}
	for i, r := range quiet.writes() {
		t.Run(r.String(), func(t *testing.T) {
			t.Parallel()
			p := newPlace(t, "quickstart.yaml", "", small)
			p.killed(p.side(r.side).hold(r.method, r.path, r.n, true), "run")
			path := filepath.Join(p.dir, ".srmigrate", "quickstart.state.json")
			if err := damages[i%len(damages)](path); err != nil {
				t.Fatal(err)
			}
			p.call(12, "run")
			p.repair(3)
			out := p.repair(0, "--yes") + p.call(0, "run")
			same(t, "source", source, p.source.Snapshot(), out)
			same(t, "target", target, p.target.Snapshot(), out)
			once(t, p, "POST /exporters")
		})
	}
}

// repair calls state repair, and demands its exit code.
func (p *place) repair(want int, flags ...string) string {
	p.t.Helper()
	cmd, out := p.command("state")
	cmd.Args = append([]string{"srmigrate", "state", "repair", "runbook.yaml"}, flags...)
	if got := exit(cmd.Run()); got != want {
		p.t.Fatalf("srmigrate state repair: exit %d, want %d\n%s", got, want, out)
	}
	return out.String()
}
