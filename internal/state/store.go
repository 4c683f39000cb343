package state

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
)

// Store keeps one state file and the side files beside it.
type Store struct {
	path   string
	at     Backend
	tool   string
	name   string // as a caller names it, where that is not the path
	seen   Mark   // of the state, as it was loaded or saved last
	held   Lock   // nil for a caller that needs none
	me     Holder // this process, once it has the lock
	unkept error  // why the last save has no copy

	journal *Journal // the one that was opened last
}

// NewStore returns the store of the state file at path. tool is the version of the program, for the file.
func NewStore(path, tool string, disk Disk) *Store { return NewStoreAt(path, tool, onDisk{disk}) }

// NewStoreAt returns the store of the state that a backend has under that name.
func NewStoreAt(name, tool string, at Backend) *Store { return &Store{path: name, at: at, tool: tool} }

// Path is where the state lies.
func (s *Store) Path() string { return s.path }

// Named is the store, for errors, as a command line names it.
func (s *Store) Named(name string) *Store {
	s.name = name
	return s
}

func (s *Store) named() string { return cmp.Or(s.name, s.path) }

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
// is there is an error: whoever lost it may not know. Where others can write at the same time, what Save replaces is
// what was loaded last.
func (s *Store) Load() (*State, error) {
	raw, seen, err := s.at.Read(s.path)
	s.seen = seen
	return s.loaded(raw, err)
}

// Peek is Load for whoever only looks: it does not change what the next Save may replace.
func (s *Store) Peek() (*State, error) {
	raw, _, err := s.at.Read(s.path)
	return s.loaded(raw, err)
}

func (s *Store) loaded(raw []byte, err error) (*State, error) {
	if errors.Is(err, fs.ErrNotExist) {
		return nil, s.gone()
	}
	if err != nil {
		return nil, s.unread(err)
	}
	return s.decode(raw)
}

// Exists says whether there is a state, without making anything.
func (s *Store) Exists() (bool, error) {
	_, _, err := s.at.Read(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, s.gone()
	}
	if err != nil {
		return false, s.unread(err)
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
	if err == nil && s.journal != nil {
		_ = s.journal.log.Flush() // what becomes of it is told by the next line
	}
	if err == nil {
		s.seen, err = s.replaceBy(s.path, s.seen, raw)
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

// Prepare makes the place of the state. The state itself is not looked at before the lock is held.
func (s *Store) Prepare() error {
	if err := s.at.Prepare(s.path); err != nil {
		return &Error{s.path, "cannot be written", bare(err)}
	}
	return nil
}
