package state

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/gofrs/flock"
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

func (e *LockedError) Error() string {
	if e.Holder.PID == 0 {
		return fmt.Sprintf("another process works on this state (lock %s); wait until it ends", e.Path)
	}
	h := e.Holder
	return fmt.Sprintf("another process works on this state since %s: pid %d on %s, %q (lock %s); wait until it ends",
		h.Since.Format(time.RFC3339), h.PID, h.Host, h.Command, e.Path)
}

// Lock takes the state for this process, or returns a *LockedError at once. unlock gives it back; the lock file
// stays, because removing it would let two processes hold two different files of that name.
func (s *Store) Lock(command string) (unlock func() error, err error) {
	if err := s.Prepare(); err != nil {
		return nil, err
	}
	path := s.path + ".lock"
	l := flock.New(path, flock.SetFlag(os.O_CREATE|os.O_RDWR), flock.SetPermissions(0o600))
	ok, err := l.TryLock()
	if err != nil {
		return nil, &Error{s.path, "cannot be locked", bare(err)}
	}
	if !ok {
		return nil, &LockedError{Path: path, Holder: readHolder(path)}
	}
	if err := writeHolder(path, command); err != nil {
		return nil, &Error{s.path, "cannot be locked", bare(errors.Join(err, l.Unlock()))}
	}
	return l.Unlock, nil
}

func readHolder(path string) Holder {
	var h Holder
	raw, err := os.ReadFile(path)
	if err != nil || json.Unmarshal(raw, &h) != nil {
		return Holder{} // the message does without it
	}
	return h
}

func writeHolder(path, command string) error {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown host"
	}
	raw, err := json.Marshal(Holder{Host: host, PID: os.Getpid(), Since: time.Now().UTC().Truncate(time.Second), Command: command})
	if err != nil {
		return err
	}
	return os.WriteFile(path, raw, 0o600)
}
