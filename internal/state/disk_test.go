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

// Wherever a save fails, the file holds the old state or the new one, whole, and the error says why. Once the state is
// saved, no failure of its copy is one of the save; it is told, and the copy is of this save or not there.
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
		if err == nil && s.Unkept() == nil {
			if n != len(d.log) || n < 12 {
				t.Errorf("%d operations failed in turn, of %q", n, d.log)
			}
			return
		}
		path, saved := s.Path(), []int{serial, serial + 1}
		if err == nil {
			path, err, saved = s.CopyPath(), s.Unkept(), []int{serial + 1}
		}
		e, ok := errors.AsType[*Error](err)
		if !ok || e.Path != path || !strings.Contains(err.Error(), errFull.Error()) {
			t.Errorf("operation %d (%q): got %v, want an *Error of %s that says %q", n, d.log, err, path, errFull)
		}
		if got, lerr := s.Load(); lerr != nil || !slices.Contains(saved, got.Serial) {
			t.Errorf("operation %d (%q): loaded %v, %v; want a serial of %v", n, d.log, got, lerr, saved)
		}
		kept, kerr := NewStore(s.CopyPath(), "test", OS{}).Load()
		if kerr != nil || kept != nil && kept.Serial != serial || kept == nil && path != s.CopyPath() {
			t.Errorf("operation %d (%q): the copy is %v, %v; want that of the save before, or none where it could not be renewed", n, d.log, kept, kerr)
		}
		for _, tmp := range []string{s.Path() + ".tmp", s.CopyPath() + ".tmp"} {
			if _, serr := os.Stat(tmp); !errors.Is(serr, fs.ErrNotExist) {
				t.Errorf("operation %d (%q): %s is still there", n, d.log, tmp)
			}
		}
	}
}

// stuck is a disk on which one file can neither be written nor removed.
type stuck struct {
	OS
	name string
}

func (d stuck) Rename(from, to string) error {
	if to == d.name {
		return &fs.PathError{Op: "rename", Path: to, Err: errFull}
	}
	return d.OS.Rename(from, to)
}

func (d stuck) Remove(name string) error {
	if name == d.name {
		return &fs.PathError{Op: "remove", Path: name, Err: fs.ErrPermission}
	}
	return d.OS.Remove(name)
}

func TestACopyThatBecameOldIsNamed(t *testing.T) {
	st := full()
	s := storeAt(t, OS{})
	if err := s.Save(st); err != nil {
		t.Fatal(err)
	}
	s.at = onDisk{stuck{name: s.CopyPath()}}
	if err := s.Save(st); err != nil {
		t.Fatal(err)
	}
	err := s.Unkept()
	if err == nil || !strings.Contains(err.Error(), "do not repair a state with it") || !errors.Is(err, fs.ErrPermission) {
		t.Errorf("got %v, want both errors and a warning", err)
	}
}

// What kept a side file from being filled is no fault of the disk, and the file stays as it was.
func TestASideFileThatCannotBeFilledIsNotTheDisksFault(t *testing.T) {
	s := storeAt(t, OS{})
	if err := s.Write("keys", func(w io.Writer) error { _, err := io.WriteString(w, "old"); return err }); err != nil {
		t.Fatal(err)
	}
	err := s.Write("keys", func(w io.Writer) error {
		_, err := io.WriteString(w, strings.Repeat("new", 5000))
		return errors.Join(err, io.ErrUnexpectedEOF)
	})
	if _, bad := errors.AsType[*Error](err); bad || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %v, want the error of what fills it, and no *Error", err)
	}
	if raw, err := os.ReadFile(s.SidePath("keys")); string(raw) != "old" || err != nil {
		t.Errorf("the file holds %.10q, %v; want what it held before", raw, err)
	}
	full := storeAt(t, &failing{n: 1}) // of the operations, create and then write
	err = full.Write("keys", func(w io.Writer) error {
		_, err := io.WriteString(w, strings.Repeat("new", 5000))
		return err
	})
	if _, bad := errors.AsType[*Error](err); !bad {
		t.Errorf("on a full disk: got %v, want an *Error", err)
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
	if diff := cmp.Diff(want, d.log[:len(want)]); diff != "" {
		t.Errorf("operations differ (-want +got):\n%s", diff)
	}
	d.log = nil
	want = []string{"mkdir b", "syncdir a", "syncdir " + filepath.Base(dir)}
	if err := s.Prepare(); err != nil || !slices.Equal(d.log[:len(want)], want) {
		t.Errorf("a second time, without a state: got %v, %q; want %q first: whoever made the folders may have died", err, d.log, want)
	}
	unlock, err := s.Lock("run")
	if err == nil {
		err = unlock()
	}
	if err != nil {
		t.Fatal(err)
	}
	d.log = nil
	if err := s.Prepare(); err != nil || !slices.Equal(d.log, []string{"mkdir b"}) {
		t.Errorf("with a lock file: got %v, %q; want nothing but a look", err, d.log)
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

// A runbook and a plan go into git and through CI; a state is its owner's.
func TestWhoMayReadAFile(t *testing.T) {
	dir := t.TempDir()
	shared, own, like := filepath.Join(dir, "shared"), filepath.Join(dir, "own"), filepath.Join(dir, "like")
	if err := os.WriteFile(like, nil, 0o644); err != nil { // less the umask
		t.Fatal(err)
	}
	fill := func(w io.Writer) error { _, err := io.WriteString(w, "x"); return err }
	for path, disk := range map[string]Disk{shared: Shared{}, own: OS{}} {
		if err := Replace(disk, path, fill); err != nil {
			t.Fatal(err)
		}
	}
	mode := func(path string) fs.FileMode {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		return info.Mode()
	}
	if mode(shared) != mode(like) || mode(own) != 0o600 {
		t.Errorf("got %v and %v, want %v and -rw-------", mode(shared), mode(own), mode(like))
	}
}
