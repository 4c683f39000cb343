package state

import (
	"errors"
	"fmt"
	"os"
	"time"
)

// Holder is who works on a state. It stands in the lock file for the message only; on a disk the lock itself is the
// kernel's and goes with the process. The state has it of whoever saved it last: a lock is also taken by calls that are
// turned away.
type Holder struct {
	Host    string    `json:"host"`
	PID     int       `json:"pid"`
	Since   time.Time `json:"since"`
	Command string    `json:"command"`

	Lease time.Duration `json:"-"` // how long its lock stands without being renewed; 0: for as long as the process lives
	Left  time.Duration `json:"-"` // how long it will, unless it is renewed
}

// LockedError says that another process works on the state.
type LockedError struct {
	Path   string
	State  string // as the command line names it; "": by the path of the lock
	Holder Holder // zero when the file does not tell
}

// Lock takes the state for this process, or returns a *LockedError. It makes the folder of the state; where
// nothing may begin, ask Exists before. unlock gives it back.
func (s *Store) Lock(command string) (unlock func() error, err error) {
	if err := s.Prepare(); err != nil {
		return nil, err
	}
	me := self(command)
	l, err := s.at.Lock(s.lockPath(), me)
	if locked, ok := errors.AsType[*LockedError](err); ok {
		locked.State = s.named()
		return nil, locked
	}
	if err != nil {
		return nil, &Error{s.path, "cannot be locked", bare(err)}
	}
	s.held, s.me = l, me
	return func() error { return s.giveBack(l) }, nil
}

// giveBack says of a lock that could not be given back how long it stands in the way of others.
func (s *Store) giveBack(l Lock) error {
	err := l.Unlock()
	if err == nil {
		return nil
	}
	text := "keeps its lock, which could not be given back"
	if e, ok := l.(Leased); ok {
		if end, stands := e.Until(); stands {
			text += fmt.Sprintf(" and ends by itself at %s at the latest", end.UTC().Format(time.RFC3339))
		}
	}
	return &Error{s.path, text, bare(err)}
}

// self is this process.
func self(command string) Holder {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown host"
	}
	return Holder{Host: host, PID: os.Getpid(), Since: time.Now().UTC().Truncate(time.Second), Command: command}
}

// Holder is this process, as the lock says that it took; zero before it did.
func (s *Store) Holder() Holder { return s.me }

// Break takes the lock from whoever holds it. Who held it may not save any more, see Save.
func (s *Store) Break() error {
	if err := s.at.Break(s.lockPath()); err != nil {
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
	return s.lost()
}

// Fresh is StillHeld without asking anybody: nothing may be sent to a registry after a lock that others may have by now.
func (s *Store) Fresh() error {
	if l, ok := s.held.(interface{ Fresh() bool }); ok && !l.Fresh() {
		return s.lost()
	}
	return nil
}

func (s *Store) lost() error {
	why := "the lock of this process was broken or removed"
	if _, ok := s.held.(*lease); ok {
		why += ", or its lease could not be renewed in time"
	}
	return &Error{Path: s.path, Text: "belongs to somebody else now: " + why + "; " +
		"this process stops here, see with srmigrate status how far the run is"}
}

// Held says whether a process works on the state, and which. It makes no file, and holds the lock for an instant.
func (s *Store) Held() (h Holder, held bool, err error) {
	h, held, err = s.at.Held(s.lockPath())
	if err != nil {
		return Holder{}, false, &Error{s.path, "cannot be asked for its lock", bare(err)}
	}
	return h, held, nil
}

func (s *Store) lockPath() string { return lockName(s.path) }

// lockName is where the lock of a state lies.
func lockName(path string) string { return path + ".lock" }
