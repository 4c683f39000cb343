package cli

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// A file that could not be written to its end takes the place of no good one.
func TestAFileThatMayNotBeWholeTakesNoPlace(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "snapshot.jsonl")
	if err := os.WriteFile(out, []byte("good"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.CreateTemp(dir, "snapshot.jsonl.*.tmp")
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil { // what comes next fails, as it does on a full disk
		t.Fatal(err)
	}
	if err := settle(f, out); !errors.Is(err, os.ErrClosed) {
		t.Errorf("got %v, want %v", err, os.ErrClosed)
	}
	if b, err := os.ReadFile(out); err != nil || string(b) != "good" {
		t.Errorf("the file is %q now, %v", b, err)
	}
}
