// Package conformance holds what every place promises in which a state can lie, as a test that each of them has to pass.
package conformance

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/srmigrate/srmigrate/internal/objects"
	"github.com/srmigrate/srmigrate/internal/state"
)

// Place is somewhere that nothing is yet. Open is called once for each process that works there.
type Place struct {
	Name  string // of the state
	Races bool   // whether it tells a save that somebody else was faster
	Open  func() state.Backend
	Raw   func() state.Backend // shows the pieces as they lie there; nil: Open does
}

// InBucket is a place in a bucket, under a key that may be nil. The lock stays clear.
func InBucket(t *testing.T, name string, at objects.S3, key []byte) Place {
	t.Helper()
	bucket, err := at.Open()
	must(t, err)
	sealed, err := objects.Sealed(bucket, key, func(key string) bool { return strings.HasSuffix(key, ".lock") })
	must(t, err)
	in := func(b objects.Bucket) func() state.Backend {
		return func() state.Backend { return state.InBucket(b, "s3://"+at.Bucket+"/", state.DefaultLease) }
	}
	return Place{Name: name, Races: true, Open: in(sealed), Raw: in(bucket)}
}

// raw is the place for whoever has no key.
func (p Place) raw() state.Backend {
	if p.Raw != nil {
		return p.Raw()
	}
	return p.Open()
}

func (p Place) store() *state.Store { return state.NewStoreAt(p.Name, "v1.0.0", p.Open()) }

// Test runs everything, each case in a place of its own.
func Test(t *testing.T, place func(t *testing.T) Place) {
	for _, c := range []struct {
		name string
		test func(t *testing.T, p Place)
	}{
		{"a state comes back as it was saved", saved},
		{"looking makes nothing", looking},
		{"a state that is gone is missed", gone},
		{"a damaged state is put back from its copy", damaged},
		{"whatever befell a state, it is put back", harmed},
		{"a damaged copy is written anew", recopied},
		{"side files are there whole", sides},
		{"a run that is over is kept", archived},
		{"the first answer counts", answers},
		{"a history goes on where it ended", history},
		{"what a kill cut off a history is taken away", cut},
		{"one lock at a time", locks},
		{"of many one gets the lock", many},
		{"whoever lost its lock cannot write", broken},
		{"a save never goes over that of another", raced},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, place(t)) })
	}
}

// sample is a state that may be saved.
func sample(id string) *state.State {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	return &state.State{Runbook: "payments", Run: &state.Run{
		ID: id, Status: state.Running, Started: at, Updated: at, Registries: map[string]state.Identity{}, Steps: []*state.Step{},
	}}
}

func must(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

func lock(t *testing.T, s *state.Store, command string) (unlock func() error) {
	t.Helper()
	unlock, err := s.Lock(command)
	must(t, err)
	return unlock
}

// stands demands that whoever comes finds this state.
func stands(t *testing.T, p Place, id string, serial int) {
	t.Helper()
	st, err := p.store().Load()
	if err != nil || st == nil || st.Run.ID != id || st.Serial != serial {
		t.Errorf("the state is %+v, %v; want run %s, serial %d", st, err, id, serial)
	}
}

func saved(t *testing.T, p Place) {
	s := p.store()
	unlock := lock(t, s, "first")
	st := sample("r1")
	must(t, s.Save(st), s.Unkept())
	must(t, s.Save(st), s.Unkept(), unlock())
	stands(t, p, "r1", 2)
	next := p.store()
	unlock = lock(t, next, "second")
	st, err := next.Load()
	must(t, err)
	must(t, next.Save(st), next.Unkept(), unlock())
	stands(t, p, "r1", 3)
}

func looking(t *testing.T, p Place) {
	s := p.store()
	if there, err := s.Exists(); there || err != nil {
		t.Errorf("exists: got %v, %v", there, err)
	}
	if st, err := s.Load(); st != nil || err != nil {
		t.Errorf("load: got %v, %v", st, err)
	}
	if _, held, err := s.Held(); held || err != nil {
		t.Errorf("held: got %v, %v", held, err)
	}
	if lines, err := s.ReadJournal(); lines != nil || err != nil {
		t.Errorf("history: got %v, %v", lines, err)
	}
	if _, err := s.Open("keys.jsonl"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a side file: got %v, want none", err)
	}
	for _, name := range []string{p.Name, p.Name + ".lock", s.JournalPath(), s.CopyPath()} {
		if _, _, err := p.Open().Read(name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: got %v, want nothing", name, err)
		}
	}
}

func gone(t *testing.T, p Place) {
	s := p.store()
	unlock := lock(t, s, "first")
	must(t, s.Save(sample("r1")), unlock(), p.Open().Remove(p.Name))
	_, err := p.store().Load()
	if d, ok := errors.AsType[*state.Damage](err); !ok || d.Kind != state.Missing {
		t.Errorf("got %v, want a state that is missed", err)
	}
	if err := p.Open().Remove(p.Name); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a second time: got %v, want that it is not there", err)
	}
}

func damaged(t *testing.T, p Place) {
	s := p.store()
	unlock := lock(t, s, "first")
	must(t, s.Save(sample("r1")), unlock())
	_, err := p.Open().Replace(p.Name, state.Latest, func(w io.Writer) error {
		_, err := io.WriteString(w, `{"version":2,"serial":7,"runbo`)
		return err
	})
	must(t, err)
	s = p.store()
	unlock = lock(t, s, "repair")
	d, err := s.Diagnose()
	must(t, err)
	if d.Kind != state.Truncated || d.Copy == nil || d.Serial != 7 {
		t.Fatalf("got %+v, want one that is cut off, and a copy", d)
	}
	at := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	must(t, s.Repair(d, d.Copy, at), unlock())
	stands(t, p, "r1", 8)
	if raw, _, err := p.Open().Read(s.AsidePath(at)); !strings.HasPrefix(string(raw), `{"version":2,"serial":7`) || err != nil {
		t.Errorf("what it replaced is %q, %v", raw, err)
	}
	if err := p.Open().Copy(p.Name, s.AsidePath(at)); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a copy over what is there: got %v, want a refusal", err)
	}
}

func put(s *state.Store, name, text string) error {
	return s.Write(name, func(w io.Writer) error { _, err := io.WriteString(w, text); return err })
}

func side(t *testing.T, p Place, name string) string {
	t.Helper()
	f, err := p.store().Open(name)
	must(t, err)
	raw, err := io.ReadAll(f)
	must(t, err, f.Close())
	return string(raw)
}

func sides(t *testing.T, p Place) {
	s := p.store()
	unlock := lock(t, s, "first")
	must(t, put(s, "keys.jsonl", "one"), put(s, "keys.jsonl", "two"))
	err := s.Write("keys.jsonl", func(w io.Writer) error {
		_, err := io.WriteString(w, strings.Repeat("three", 10000))
		return errors.Join(err, io.ErrUnexpectedEOF)
	})
	if _, bad := errors.AsType[*state.Error](err); bad || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %v, want what filling it failed with", err)
	}
	if got := side(t, p, "keys.jsonl"); got != "two" {
		t.Errorf("it holds %.20q, want what was written whole", got)
	}
	must(t, put(s, "empty.jsonl", ""), unlock())
	if got := side(t, p, "empty.jsonl"); got != "" {
		t.Errorf("an empty one holds %q", got)
	}
}

func archived(t *testing.T, p Place) {
	s := p.store()
	unlock := lock(t, s, "first")
	must(t, s.Archive(sample("r1")), unlock())
	if got := side(t, p, "run.r1.json"); !bytes.Contains([]byte(got), []byte(`"id": "r1"`)) {
		t.Errorf("it holds %q", got)
	}
}
