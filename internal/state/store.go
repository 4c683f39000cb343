package state

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
)

// Store keeps one state file and the side files beside it.
type Store struct {
	path   string
	disk   Disk
	tool   string
	held   Lock   // nil for a caller that needs none
	before Holder // who held the lock before
	unkept error  // why the last save has no copy
}

// NewStore returns the store of the state file at path. tool is the version of the program, for the file.
func NewStore(path, tool string, disk Disk) *Store { return &Store{path: path, disk: disk, tool: tool} }

// Path is where the state lies.
func (s *Store) Path() string { return s.path }

// Error is a state that cannot be read, cannot be written, or is not for this program.
type Error struct {
	Path string
	Text string
	Err  error
}

func (e *Error) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("state %s %s", e.Path, e.Text)
	}
	return fmt.Sprintf("state %s %s: %v", e.Path, e.Text, e.Err)
}

func (e *Error) Unwrap() error { return e.Err }

// Load reads the state; nil without error when there is no file. A state that is gone while the copy of its last save
// is there is an error: whoever lost it may not know.
func (s *Store) Load() (*State, error) {
	raw, err := s.disk.ReadFile(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, s.gone()
	}
	if err != nil {
		return nil, &Error{s.path, "cannot be read", bare(err)}
	}
	return s.decode(raw)
}

// Exists says whether there is a state, without making anything.
func (s *Store) Exists() (bool, error) {
	_, err := s.disk.ReadFile(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, s.gone()
	}
	if err != nil {
		return false, &Error{s.path, "cannot be read", bare(err)}
	}
	return true, nil
}

// Match refuses a state of another runbook.
func (s *Store) Match(st *State, runbook string) error {
	if st.Runbook == runbook {
		return nil
	}
	return &Error{Path: s.path, Text: fmt.Sprintf("is of runbook %q, not of %q; name another file with --state", st.Runbook, runbook)}
}

// Save makes st the state, with the next serial, and then the copy of it. When it returns nil the state is on the disk;
// when it returns an error the file holds either the old state or the new one, whole. Whether there is a copy tells
// Unkept.
func (s *Store) Save(st *State) error {
	if err := s.StillHeld(); err != nil {
		return err
	}
	if err := st.check(); err != nil {
		return &Error{s.path, "is not written, for it could not be read again; please report this", err}
	}
	st.Version, st.Tool = Version, s.tool
	st.Serial++
	raw, err := Encode(st)
	if err == nil {
		err = s.replaceBy(s.path, raw)
	}
	if err != nil {
		return &Error{s.path, "cannot be written", bare(err)}
	}
	s.keep(raw)
	return nil
}

// Archive keeps a run as it ended beside the state, for when the state is of another one: its records and answers are
// evidence, and what a rollback would need.
func (s *Store) Archive(st *State) error {
	raw, err := Encode(st)
	if err != nil {
		return &Error{s.path, "cannot be kept", err}
	}
	return s.Write("run."+st.Run.ID+".json", func(w io.Writer) error {
		_, err := w.Write(raw)
		return err
	})
}

// Prepare makes the folder of the state file. Where there is no lock file yet the folder may be the work of a process
// that died before it was durable, so it is made sure of. The state itself is not looked at before the lock is held.
func (s *Store) Prepare() error {
	dir := filepath.Dir(s.path)
	err := s.folder(dir)
	if err == nil {
		if _, lerr := s.disk.ReadFile(s.lockPath()); errors.Is(lerr, fs.ErrNotExist) {
			err = s.entrench(dir)
		}
	}
	if err != nil {
		return &Error{s.path, "cannot be written", bare(err)}
	}
	return nil
}

// entrench makes a folder durable, and those that it lies in. One that may not be read is not the work of this program.
func (s *Store) entrench(dir string) error {
	for parent := filepath.Dir(dir); parent != dir; dir, parent = parent, filepath.Dir(parent) {
		if err := s.disk.SyncDir(parent); err != nil && !errors.Is(err, fs.ErrPermission) {
			return err
		}
	}
	return nil
}

// folder makes a folder that is still there after a crash.
func (s *Store) folder(dir string) error {
	made, err := s.disk.Mkdir(dir)
	parent := filepath.Dir(dir)
	if errors.Is(err, fs.ErrNotExist) && parent != dir {
		if err := s.folder(parent); err != nil {
			return err
		}
		made, err = s.disk.Mkdir(dir)
	}
	if err != nil || !made {
		return err
	}
	return s.disk.SyncDir(parent)
}
