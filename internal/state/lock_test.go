package state

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestOneLockAtATimeAndItsHolderIsNamed(t *testing.T) {
	s := storeAt(t, OS{})
	unlock, err := s.Lock("srmigrate run x")
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Lock("srmigrate run y")
	if l, ok := errors.AsType[*LockedError](err); !ok || l.Holder.PID != os.Getpid() || !strings.Contains(err.Error(), `"srmigrate run x"`) {
		t.Errorf("got %v, want a *LockedError of the first", err)
	}
	if h, held, err := s.Held(); err != nil || !held || h.Command != "srmigrate run x" {
		t.Errorf("while it is held: got %v, %v, %v", h, held, err)
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
	if h, held, err := s.Held(); err != nil || held {
		t.Errorf("afterwards: got %v, %v, %v", h, held, err)
	}
}

// Who is not to be found here is elsewhere, and only a person can tell whether it is dead.
func TestALockIsToBeBrokenOnlyWhereNobodyHereHoldsIt(t *testing.T) {
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	gone := exec.Command("true")
	if err := gone.Run(); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		holder Holder
		here   bool
	}{
		"a process of this host":             {Holder{Host: host, PID: os.Getppid()}, true},
		"one that may not be signalled":      {Holder{Host: host, PID: 1}, true},
		"one of another host":                {Holder{Host: "elsewhere", PID: os.Getppid()}, false},
		"one that ended, of the same name":   {Holder{Host: host, PID: gone.Process.Pid}, false},
		"one of the same name and number":    {Holder{Host: host, PID: os.Getpid()}, false},
		"one of which the file does not say": {Holder{}, false},
	} {
		text := (&LockedError{Path: "a b.state.json.lock", Holder: c.holder}).Error()
		const way = "break its lock with `srmigrate state unlock --state 'a b.state.json'`"
		if got := c.holder.Here(); got != c.here || strings.Contains(text, way) == c.here {
			t.Errorf("%s: here %v, want %v; %s", name, got, c.here, text)
		}
	}
}

// A look must not turn a run away that begins at that instant.
func TestALookDoesNotTurnALockAway(t *testing.T) {
	s := storeAt(t, OS{})
	unlock, err := s.Lock("first")
	if err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(glimpse/3, func() { _ = unlock() }) // as a look lets go after an instant
	again, err := s.Lock("second")
	if err != nil {
		t.Fatal(err)
	}
	if err := again(); err != nil {
		t.Error(err)
	}
}

func TestLookingMakesNothing(t *testing.T) {
	dir := t.TempDir()
	s := NewStore(filepath.Join(dir, "a", "x.state.json"), "test", OS{})
	if ok, err := s.Exists(); ok || err != nil {
		t.Errorf("exists: got %v, %v", ok, err)
	}
	if _, held, err := s.Held(); held || err != nil {
		t.Errorf("held: got %v, %v", held, err)
	}
	if st, err := s.Load(); st != nil || err != nil {
		t.Errorf("load: got %v, %v", st, err)
	}
	if list, err := os.ReadDir(dir); len(list) > 0 || err != nil {
		t.Errorf("%v is there, %v", list, err)
	}
	if err := errors.Join(s.Prepare(), s.Save(full())); err != nil {
		t.Fatal(err)
	}
	if ok, err := s.Exists(); !ok || err != nil {
		t.Errorf("after a save: got %v, %v", ok, err)
	}
}

// A process whose lock was broken was thought dead. It must not write over what its successor did.
func TestWhoeverLostItsLockCannotSave(t *testing.T) {
	for _, c := range []struct {
		name string
		lose func(*Store) error
	}{
		{"broken", (*Store).Break},
		{"removed by hand", func(s *Store) error { return os.Remove(s.lockPath()) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			old := storeAt(t, OS{})
			unlock, err := old.Lock("old")
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(old.Save(full()), c.lose(old)); err != nil {
				t.Fatal(err)
			}
			successor := NewStore(old.Path(), "v1.0.0", OS{})
			release, err := successor.Lock("new")
			if err != nil {
				t.Fatal(err)
			}
			if err := old.Save(full()); err == nil || !strings.Contains(err.Error(), "belongs to somebody else now") {
				t.Errorf("the old holder's save: got %v, want a refusal", err)
			}
			const side = "start.keys.jsonl"
			put := func(s *Store, text string) error {
				return s.Write(side, func(w io.Writer) error { _, err := io.WriteString(w, text); return err })
			}
			if err := put(successor, "new"); err != nil {
				t.Fatal(err)
			}
			if err := put(old, "old"); err == nil || !strings.Contains(err.Error(), "belongs to somebody else now") {
				t.Errorf("the old holder's side file: got %v, want a refusal", err)
			}
			if raw, err := os.ReadFile(old.SidePath(side)); string(raw) != "new" || err != nil {
				t.Errorf("the side file is %q, %v, want what its owner wrote", raw, err)
			}
			if err := errors.Join(successor.Save(full()), unlock(), release()); err != nil {
				t.Error(err)
			}
		})
	}
}
