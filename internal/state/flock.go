package state

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"time"

	"github.com/gofrs/flock"
)

// glimpse is how long Lock waits for somebody who only looks whether the lock is held.
const glimpse = 100 * time.Millisecond

// flocked is a lock file that the kernel keeps for this process.
type flocked struct {
	*flock.Flock
	file fs.FileInfo
}

// Lock takes a lock that the kernel gives back when the process ends.
func (OS) Lock(name string) (Lock, error) {
	l := flock.New(name, flock.SetFlag(os.O_CREATE|os.O_RDWR), flock.SetPermissions(0o600))
	ctx, cancel := context.WithTimeout(context.Background(), glimpse)
	defer cancel()
	ok, err := l.TryLockContext(ctx, glimpse/4)
	if err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return nil, err
	}
	if !ok {
		return nil, nil
	}
	file, err := l.Stat()
	if err != nil {
		return nil, both(err, l.Unlock())
	}
	return flocked{l, file}, nil
}

// Stands compares the file that was locked with the one of its name.
func (l flocked) Stands() bool {
	now, err := os.Stat(l.Path())
	return err == nil && os.SameFile(l.file, now)
}

// Locked holds the lock for an instant.
func (OS) Locked(name string) (bool, error) {
	l := flock.New(name, flock.SetFlag(os.O_RDONLY))
	ok, err := l.TryRLock()
	if err != nil || !ok {
		return err == nil, err
	}
	return false, l.Unlock()
}
