package state

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Store keeps one state file and the side files beside it.
type Store struct {
	path string
	disk Disk
	tool string
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

// Load reads the state; nil without error when there is no file.
func (s *Store) Load() (*State, error) {
	raw, err := s.disk.ReadFile(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, &Error{s.path, "cannot be read", bare(err)}
	}
	return s.decode(raw)
}

func (s *Store) decode(raw []byte) (*State, error) {
	var v struct{ Version int }
	if err := json.Unmarshal(raw, &v); err != nil {
		return nil, &Error{s.path, "is damaged", err}
	}
	if v.Version > Version {
		return nil, &Error{s.path, fmt.Sprintf("has format %d, this program knows formats up to %d; use a newer srmigrate",
			v.Version, Version), nil}
	}
	if v.Version < 1 {
		return nil, &Error{s.path, `is not a state file (it has no "version")`, nil}
	}
	st := new(State)
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(st); err != nil {
		return nil, &Error{s.path, "is damaged", err}
	}
	if st.Run == nil || st.Runbook == "" || st.Run.ID == "" || st.Run.Status == "" {
		return nil, &Error{s.path, "is damaged: the run is missing", nil}
	}
	return st, nil
}

// Save makes st the state, with the next serial. When it returns nil the state is on the disk; when it returns an
// error the file holds either the old state or the new one, whole.
func (s *Store) Save(st *State) error {
	st.Version, st.Tool = Version, s.tool
	st.Serial++
	raw, err := json.MarshalIndent(st, "", "  ")
	if err == nil {
		err = s.replace(s.path, func(w io.Writer) error {
			_, err := w.Write(append(raw, '\n'))
			return err
		})
	}
	if err != nil {
		return &Error{s.path, "cannot be written", bare(err)}
	}
	return nil
}

// Prepare makes the folder of the state file.
func (s *Store) Prepare() error {
	dir := filepath.Dir(s.path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return &Error{s.path, "cannot be written", bare(err)}
	}
	return nil
}

// Write replaces a side file; it implements the steps' Files.
func (s *Store) Write(name string, fill func(io.Writer) error) error {
	if err := s.replace(s.sidePath(name), fill); err != nil {
		return &Error{s.sidePath(name), "cannot be written", bare(err)}
	}
	return nil
}

// Open reads a side file; the error is fs.ErrNotExist when there is none.
func (s *Store) Open(name string) (io.ReadCloser, error) {
	raw, err := s.disk.ReadFile(s.sidePath(name))
	if err != nil {
		return nil, err
	}
	return io.NopCloser(bytes.NewReader(raw)), nil
}

// SidePath is the name under which a person finds a side file.
func (s *Store) SidePath(name string) string { return s.sidePath(name) }

func (s *Store) sidePath(name string) string {
	return strings.TrimSuffix(s.path, ".state.json") + "." + name
}

// replace writes beside the file, syncs, and only then renames over it.
func (s *Store) replace(path string, fill func(io.Writer) error) error {
	tmp := path + ".tmp"
	f, err := s.disk.Create(tmp)
	if err != nil {
		return err
	}
	if err := write(f, fill); err != nil {
		return errors.Join(err, s.disk.Remove(tmp))
	}
	if err := s.disk.Rename(tmp, path); err != nil {
		return errors.Join(err, s.disk.Remove(tmp))
	}
	return s.disk.SyncDir(filepath.Dir(path))
}

func write(f File, fill func(io.Writer) error) error {
	buf := bufio.NewWriter(f)
	err := fill(buf)
	if err == nil {
		err = buf.Flush()
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// bare drops the path that Error says already.
func bare(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	return err
}
