package state

import (
	"cmp"
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
	text := "another process works on this state since " + h.who()
	if h.Lease > 0 {
		text += fmt.Sprintf("; its lease of %s ends in %s unless it is renewed", h.Lease, h.Left)
	}
	return text
}

// leased is the holder of a lock that stands for so long.
func (c claim) leased(left time.Duration) Holder {
	h := c.Holder
	h.Left = left.Truncate(time.Second) + time.Second
	h.Lease, _ = time.ParseDuration(c.Lease) // which was read before
	return h
}

func (h Holder) who() string {
	return fmt.Sprintf("%s: pid %d on %s, %q", h.Since.Format(time.RFC3339), h.PID, h.Host, h.Command)
}

// Died says of whoever worked on a run last that it ended without having come to its end; nil is of a state that does not
// tell, as older formats do not.
func (h *Holder) Died() string {
	if h == nil {
		return "the process before this one was killed"
	}
	return "the process before this one was killed; it had begun at " + h.who()
}

// Here says whether the holder is a process that this host runs. A lock goes with its process, so one that is held by
// nobody here is held elsewhere: by another host, or in a container that has this one's name.
func (h Holder) Here() bool {
	if host, err := os.Hostname(); err != nil || host != h.Host || h.PID <= 0 || h.PID == os.Getpid() {
		return false
	}
	p, err := os.FindProcess(h.PID)
	if err != nil {
		return false
	}
	defer func() { _ = p.Release() }()                                // it was only looked for
	return !errors.Is(p.Signal(syscall.Signal(0)), os.ErrProcessDone) // one that may not be signalled runs
}

// Error says who holds the lock, and what to do about it.
func (e *LockedError) Error() string {
	text := fmt.Sprintf("%s (lock %s); wait until it ends", e.Holder, e.Path)
	switch {
	case e.Holder.Lease > 0:
		text += fmt.Sprintf(", or, if it is dead, repeat this in %s", e.Holder.Left)
	case e.Holder.Here():
		return text
	}
	return fmt.Sprintf("%s, or, when you have made sure that it is dead, break its lock with `srmigrate state unlock --state %s`",
		text, quoted(cmp.Or(e.State, strings.TrimSuffix(e.Path, ".lock"))))
}
