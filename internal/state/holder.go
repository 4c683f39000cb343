package state

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"
)

// String says who it is, as far as the lock file tells.
func (h Holder) String() string {
	if h.PID == 0 {
		return "another process works on this state"
	}
	return fmt.Sprintf("another process works on this state since %s: pid %d on %s, %q",
		h.Since.Format(time.RFC3339), h.PID, h.Host, h.Command)
}

// Here says whether the holder is a process that this host runs. A lock goes with its process, so one that is held by
// nobody here is held elsewhere: by another host, or in a container that has this one's name.
func (h Holder) Here() bool {
	if host, err := os.Hostname(); err != nil || host != h.Host || h.PID <= 0 || h.PID == os.Getpid() {
		return false
	}
	err := syscall.Kill(h.PID, 0)
	return err == nil || errors.Is(err, syscall.EPERM)
}

// Error says who holds the lock, and what to do about it.
func (e *LockedError) Error() string {
	text := fmt.Sprintf("%s (lock %s); wait until it ends", e.Holder, e.Path)
	if e.Holder.Here() {
		return text
	}
	return fmt.Sprintf("%s, or, when you have made sure that it is dead, break its lock with `srmigrate state unlock --state %s`",
		text, quoted(strings.TrimSuffix(e.Path, ".lock")))
}
