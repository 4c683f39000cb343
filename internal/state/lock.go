package state

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"time"
)

// Holder is who works on a state. It stands in the lock file for the message only; the lock itself is the kernel's
// and goes with the process.
type Holder struct {
	Host    string    `json:"host"`
	PID     int       `json:"pid"`
	Since   time.Time `json:"since"`
	Command string    `json:"command"`
}

// LockedError says that another process works on the state.
type LockedError struct {
	Path   string
	Holder Holder // zero when the file does not tell
}

// Lock takes the state for this process, or returns a *LockedError. It makes the folder of the state; where
// nothing may begin, ask Exists before. unlock gives it back; the lock file stays, because removing it would let two
// processes hold two different files of that name.
func (s *Store) Lock(command string) (unlock func() error, err error) {
	if err := s.Prepare(); err != nil {
		return nil, err
	}
	path := s.lockPath()
	l, err := s.disk.Lock(path)
	switch {
	case err != nil:
		return nil, &Error{s.path, "cannot be locked", bare(err)}
	case l == nil:
		return nil, &LockedError{Path: path, Holder: s.readHolder()}
	}
	s.before = s.readHolder()
	if err := s.writeHolder(command); err != nil {
		return nil, &Error{s.path, "cannot be locked", bare(both(err, l.Unlock()))}
	}
	s.held = l
	return l.Unlock, nil
}

// Before is who had the lock before this process took it, as far as the lock file tells. It may be long gone.
func (s *Store) Before() Holder { return s.before }

// Break puts a new lock file in place of one that somebody holds. Who held it may not save any more, see Save.
func (s *Store) Break() error {
	path := s.lockPath()
	tmp := path + ".new"
	err := s.put(tmp, nil)
	if err == nil {
		err = s.disk.Rename(tmp, path)
	}
	if err != nil {
		return &Error{s.path, "cannot be unlocked", bare(err)}
	}
	return nil
}

// StillHeld makes sure that the lock this process took is the one that others find. It is asked before each save, and
// before anything is sent again.
func (s *Store) StillHeld() error {
	if s.held == nil || s.held.Stands() { // nil is a caller that needs no lock
		return nil
	}
	return &Error{Path: s.path, Text: "belongs to somebody else now: the lock of this process was broken or removed; " +
		"this process stops here, see with srmigrate status how far the run is"}
}

// Held says whether a process works on the state, and which. It makes no file, and holds the lock for an instant.
func (s *Store) Held() (h Holder, held bool, err error) {
	held, err = s.disk.Locked(s.lockPath())
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Holder{}, false, nil
	case err != nil:
		return Holder{}, false, &Error{s.path, "cannot be asked for its lock", bare(err)}
	case !held:
		return Holder{}, false, nil
	}
	return s.readHolder(), true, nil
}

func (s *Store) lockPath() string { return s.path + ".lock" }

func (s *Store) readHolder() Holder {
	var h Holder
	raw, err := s.disk.ReadFile(s.lockPath())
	if err != nil || json.Unmarshal(raw, &h) != nil {
		return Holder{} // the message does without it
	}
	return h
}

func (s *Store) writeHolder(command string) error {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown host"
	}
	raw, err := json.Marshal(Holder{Host: host, PID: os.Getpid(), Since: time.Now().UTC().Truncate(time.Second), Command: command})
	if err != nil {
		return err
	}
	return s.put(s.lockPath(), raw)
}

// put writes into a file of that name; who holds it, or that it is there, need not outlive a crash.
func (s *Store) put(name string, raw []byte) error {
	f, err := s.disk.Create(name)
	if err != nil {
		return err
	}
	_, err = f.Write(raw)
	return both(err, f.Close())
}
