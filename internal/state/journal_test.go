package state

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func journalOf(t *testing.T, path string, objects ...string) {
	t.Helper()
	j, _, err := NewStore(path, "v1", OS{}).OpenJournal()
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range objects {
		if err := j.Append([]byte(o)); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
}

// A journal goes on over calls, and each line has the digest of the one before.
func TestAJournalIsChainedOverCalls(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.state.json")
	journalOf(t, path, `{"event":"a"}`, `{"event":"b < c"}`)
	journalOf(t, path, `{ "event": "d" }`)
	lines, err := NewStore(path, "v1", OS{}).ReadJournal()
	if err != nil || len(lines) != 3 {
		t.Fatalf("%d lines, %v; want 3", len(lines), err)
	}
	prev := ""
	for i, l := range lines {
		if l.N != i+1 || l.Prev != prev {
			t.Errorf("line %d has number %d and follows %q, want %q", i+1, l.N, l.Prev, prev)
		}
		prev = l.Sum()
	}
	if want := `{"n":3,"prev":"` + lines[1].Sum() + `","event":"d"}`; string(lines[2].Raw) != want {
		t.Errorf("got %s, want %s", lines[2].Raw, want)
	}
}

// A kill leaves a line that ends in the middle: it is read over, and taken away by the next call, which says how much it was.
func TestAJournalThatWasCutOffGoesOn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.state.json")
	journalOf(t, path, `{"event":"a"}`)
	s := NewStore(path, "v1", OS{})
	const half = `{"n":2,"prev":"sha256:12`
	add(t, s.JournalPath(), half)
	if lines, err := s.ReadJournal(); err != nil || len(lines) != 1 {
		t.Errorf("%d lines, %v; want the one that is whole", len(lines), err)
	}
	j, cut, err := s.OpenJournal()
	if err != nil || cut != len(half) {
		t.Fatalf("cut %d, %v; want %d", cut, err, len(half))
	}
	if err := j.Append([]byte(`{"event":"b"}`)); err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	lines, err := s.ReadJournal()
	if err != nil || len(lines) != 2 || lines[1].N != 2 || lines[1].Prev != lines[0].Sum() {
		t.Errorf("got %v, %v", lines, err)
	}
}

// Power that fails may leave zeros. They are no line; what somebody wrote over in the middle stays as it is.
func TestAJournalLosesOnlyItsEnd(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.state.json")
	journalOf(t, path, `{"event":"a"}`, `{"event":"b"}`)
	s := NewStore(path, "v1", OS{})
	raw, err := os.ReadFile(s.JournalPath())
	if err != nil {
		t.Fatal(err)
	}
	broken := strings.Replace(string(raw), `{"n":1`, `#"n":1`, 1)
	if err := os.WriteFile(s.JournalPath(), []byte(broken+strings.Repeat("\x00", 40)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	j, cut, err := s.OpenJournal()
	if err != nil || cut != 41 {
		t.Fatalf("cut %d, %v; want the zeros", cut, err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if raw, err := os.ReadFile(s.JournalPath()); err != nil || string(raw) != broken {
		t.Errorf("got %q, %v; want what was there before the zeros", raw, err)
	}
}

func add(t *testing.T, path, text string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteString(text)
	if err := both(err, f.Close()); err != nil {
		t.Fatal(err)
	}
}
