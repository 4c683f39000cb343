package state

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// hasty is a disk that does not wait for its writes: nothing here dies.
type hasty struct{ OS }

type hastyFile struct{ File }

func (hasty) SyncDir(string) error { return nil }

func (d hasty) Create(name string) (File, error) {
	f, err := d.OS.Create(name)
	return hastyFile{f}, err
}

func (hastyFile) Sync() error { return nil }

// A file is a state that comes back as it was after it was saved, or is refused with its name; never both, never
// neither.
func FuzzLoad(f *testing.F) {
	samples, err := filepath.Glob("testdata/v*.state.json")
	if err != nil || len(samples) == 0 {
		f.Fatalf("no samples: %v", err)
	}
	for _, name := range samples {
		raw, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
		f.Add(raw[:len(raw)/2])
	}
	path := filepath.Join(f.TempDir(), "x.state.json")
	s := NewStore(path, "v1.0.0", hasty{})
	f.Fuzz(func(t *testing.T, raw []byte) {
		if err := os.WriteFile(path, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		st, err := s.Load()
		if err != nil {
			if _, ok := errors.AsType[*Error](err); !ok || st != nil || !strings.Contains(err.Error(), path) {
				t.Fatalf("got %v, %v", st, err)
			}
			return
		}
		again(t, s, st)
	})
}

// What can be saved can be loaded, and is the same; what a check refuses is not saved silently as something else.
func FuzzSave(f *testing.F) {
	raw, err := json.Marshal(full())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Add([]byte(`{"runbook":"x","run":{"id":"r","status":"failed","registries":{},"steps":[],"vars":{"n":1.5e3,"m":9007199254740993}}}`))
	f.Add([]byte(`{"runbook":"x","run":{"id":"r","status":"waiting","registries":{"a":{}},"steps":[{"id":"a","type":"b","status":"waiting","record":null}]}}`))
	s := NewStore(filepath.Join(f.TempDir(), "x.state.json"), "v1.0.0", hasty{})
	f.Fuzz(func(t *testing.T, raw []byte) {
		st := new(State)
		if json.Unmarshal(raw, st) != nil {
			return
		}
		if err := s.Save(st); err != nil {
			return // it cannot be written as JSON
		}
		got, err := s.Load()
		if err != nil {
			if _, ok := errors.AsType[*Error](err); !ok {
				t.Fatalf("got %v", err)
			}
			return
		}
		again(t, s, got)
	})
}

// again saves a state and loads it.
func again(t *testing.T, s *Store, st *State) {
	t.Helper()
	if err := s.Save(st); err != nil {
		t.Fatalf("a state that was loaded cannot be saved: %v", err)
	}
	got, err := s.Load()
	if err != nil {
		t.Fatalf("a state that was saved cannot be loaded: %v", err)
	}
	if d := cmp.Diff(asJSON(t, st), asJSON(t, got)); d != "" {
		t.Errorf("-saved +loaded:\n%s", d)
	}
}

// asJSON is a state without its checksum.
func asJSON(t *testing.T, st *State) string {
	t.Helper()
	own := *st
	own.Checksum = "" // set on the way to the disk
	raw, err := json.Marshal(own)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
