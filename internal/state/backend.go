package state

import (
	"fmt"
	"io"
	"time"
)

// Backend keeps the state and what lies beside it: pieces with names, each of which is there whole or not at all. The
// disk is one, a bucket of object storage another; the package conformance holds what both promise.
type Backend interface {
	// Prepare makes the place in which a piece of that name can lie.
	Prepare(name string) error
	// Read returns a piece, and its mark for Replace; fs.ErrNotExist when there is none. Of a piece that is there and does
	// not open with the key, an *objects.ShutError, it returns the mark all the same.
	Read(name string) ([]byte, Mark, error)
	// Replace makes what fill writes the content of a piece, durably, and returns its new mark. Where others can write
	// at the same time it does so only if the piece is still as it was then, and fails with a *LostRace otherwise.
	// What fill fails with is returned as it is. After an error the old content is there or the new one.
	Replace(name string, was Mark, fill func(io.Writer) error) (Mark, error)
	// Add makes a piece that is not there yet, durably; fs.ErrExist when it is.
	Add(name string, raw []byte) error
	// Copy gives the content of one piece a second name, durably; fs.ErrExist when there is a piece of that name.
	Copy(from, to string) error
	// Remove deletes a piece; fs.ErrNotExist when there is none.
	Remove(name string) error
	// Others are the states of the same place, by name, as far as it can be listed: what a bucket holds nobody asks.
	Others(name string) ([]string, error)

	// OpenLog opens a piece that grows, made where it is missing, and returns what is in it.
	OpenLog(name string) (Log, []byte, error)
	// ReadLog returns such a piece; fs.ErrNotExist when there is none.
	ReadLog(name string) ([]byte, error)

	// Lock takes the lock of that name for this holder, or returns a *LockedError.
	Lock(name string, h Holder) (Lock, error)
	// Held says whether somebody has the lock, and who. It makes nothing.
	Held(name string) (h Holder, held bool, err error)
	// Break takes the lock from whoever has it: it does not stand any more.
	Break(name string) error
}

// Mark tells one content of a piece from another, where the backend can.
type Mark string

// The marks that a caller knows without having read.
const (
	Absent Mark = ""  // the piece is not there
	Latest Mark = "*" // whichever is there: the lock is the guard
)

// LostRace says that somebody else has written a piece since it was read.
type LostRace struct{ Name string }

func (e *LostRace) Error() string {
	return fmt.Sprintf("somebody else has written %s since this process read it; nothing of theirs was overwritten; "+
		"this process stops here, see with srmigrate status how far the run is", e.Name)
}

// Lock is a lock that this process has.
type Lock interface {
	Stands() bool // whether others find that this process has it; may ask a server
	Unlock() error
}

// Leased is a lock that goes on to stand for a while where its process ends without giving it back.
type Leased interface {
	// Until is when that is over at the latest; false once it was given back.
	Until() (end time.Time, is bool)
}

// Log is a piece that is being appended to, by whoever holds the lock.
type Log interface {
	Append(raw []byte) error
	Cut(whole int) error // takes away what stands behind so many bytes; before the first Append
	Flush() error        // lets others find what was appended
	Close() error        // makes it durable
}
