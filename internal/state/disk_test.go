package state

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var errFull = errors.New("disk full")

// failing is a disk whose n-th operation fails, counted from 0, after half of its effect where it has halves.
type failing struct {
	OS
	n   int
	log []string
}

func (d *failing) op(what, name string) error {
	d.log = append(d.log, what+" "+filepath.Base(name))
	if d.n--; d.n == -1 {
		return &fs.PathError{Op: what, Path: name, Err: errFull}
	}
	return nil
}

func (d *failing) Mkdir(dir string) (bool, error) {
	if err := d.op("mkdir", dir); err != nil {
		return false, err
	}
	return d.OS.Mkdir(dir)
}

func (d *failing) Create(name string) (File, error) {
	if err := d.op("create", name); err != nil {
		return nil, err
	}
	f, err := d.OS.Create(name)
	return &failingFile{f, d, name}, err
}

func (d *failing) Rename(from, to string) error {
	if err := d.op("rename", to); err != nil {
		return err
	}
	return d.OS.Rename(from, to)
}

func (d *failing) Link(from, to string) error {
	if err := d.op("link", to); err != nil {
		return err
	}
	return d.OS.Link(from, to)
}

func (d *failing) SyncDir(dir string) error {
	if err := d.op("syncdir", dir); err != nil {
		return err
	}
	return d.OS.SyncDir(dir)
}

type failingFile struct {
	File
	d    *failing
	name string
}

func (f *failingFile) Write(b []byte) (int, error) {
	if err := f.d.op("write", f.name); err != nil {
		n, werr := f.File.Write(b[:len(b)/2])
		return n, errors.Join(err, werr)
	}
	return f.File.Write(b)
}

func (f *failingFile) Sync() error { return errors.Join(f.d.op("sync", f.name), f.File.Sync()) }

func (f *failingFile) Close() error { return errors.Join(f.d.op("close", f.name), f.File.Close()) }

// Wherever a save fails, the file holds the old state or the new one, whole, and the error says why.
func TestAFailingDiskLeavesAWholeState(t *testing.T) {
	old := full()
	for n := 0; ; n++ {
		d := &failing{n: -1}
		s := storeAt(t, d)
		if err := s.Save(old); err != nil {
			t.Fatal(err)
		}
		serial := old.Serial
		d.n, d.log = n, nil
		err := s.Save(old)
		if err == nil {
			if n != len(d.log) || n < 6 {
				t.Errorf("%d operations failed in turn, of %q", n, d.log)
			}
			return
		}
		e, ok := errors.AsType[*Error](err)
		if !ok || e.Path != s.Path() || !strings.Contains(err.Error(), errFull.Error()) {
			t.Errorf("operation %d (%q): got %v, want an *Error of %s that says %q", n, d.log, err, s.Path(), errFull)
		}
		got, lerr := s.Load()
		if lerr != nil || got.Serial != serial && got.Serial != serial+1 {
			t.Errorf("operation %d (%q): loaded %v, %v; want serial %d or the next", n, d.log, got, lerr, serial)
		}
		if _, serr := os.Stat(s.Path() + ".tmp"); !errors.Is(serr, fs.ErrNotExist) {
			t.Errorf("operation %d (%q): the temporary file is still there", n, d.log)
		}
	}
}

func TestANewFolderIsDurableBeforeAnythingIsInIt(t *testing.T) {
	d := &failing{n: -1}
	dir := t.TempDir()
	s := NewStore(filepath.Join(dir, "a", "b", "x.state.json"), "test", d)
	if err := s.Prepare(); err != nil {
		t.Fatal(err)
	}
	want := []string{"mkdir b", "mkdir a", "syncdir " + filepath.Base(dir), "mkdir b", "syncdir a"}
	if diff := cmp.Diff(want, d.log); diff != "" {
		t.Errorf("operations differ (-want +got):\n%s", diff)
	}
	d.log = nil
	if err := s.Prepare(); err != nil || !slices.Equal(d.log, []string{"mkdir b"}) {
		t.Errorf("a second time: got %v, %q; want nothing but a look", err, d.log)
	}
}

// What went wrong beside an error is told as well.
func TestAJoinedErrorIsToldWhole(t *testing.T) {
	one := &fs.PathError{Op: "write", Path: "x", Err: errFull}
	if got := bare(one); !errors.Is(got, errFull) || strings.Contains(got.Error(), "x") {
		t.Errorf("got %v, want %v alone", got, errFull)
	}
	for _, err := range []error{both(one, io.ErrClosedPipe), fmt.Errorf("flush: %w", one)} {
		if got := bare(err); got.Error() != err.Error() {
			t.Errorf("got %v, want %v", got, err)
		}
	}
}

func TestAStateHasOneNameThroughLinks(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	link := func(to, name string) {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "real"), 0o700); err != nil {
		t.Fatal(err)
	}
	link("real", "folder")
	link(filepath.Join("real", "x.json"), "file")
	link("file", "twice")
	link("loop", "loop")
	want := filepath.Join(dir, "real", "x.json")
	for _, name := range []string{"folder/x.json", "file", "twice", "real/x.json"} {
		for _, there := range []bool{false, true} {
			if there {
				if err := os.WriteFile(want, nil, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if got := Resolve(filepath.Join(dir, name)); got != want {
				t.Errorf("%s, file there %v: got %s, want %s", name, there, got, want)
			}
		}
		if err := os.Remove(want); err != nil {
			t.Fatal(err)
		}
	}
	if got := Resolve(filepath.Join(dir, "loop")); filepath.Base(got) != "loop" {
		t.Errorf("a link to itself: got %s", got)
	}
	if got := Resolve(filepath.Join("no", "such.json")); got != filepath.Join("no", "such.json") {
		t.Errorf("a relative path does not stay so: got %s", got)
	}
}
