package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"

	"github.com/srmigrate/srmigrate/internal/engine"
)

// patience is how long a call may take to end after a signal; five seconds are promised.
const patience = 4 * time.Second

// echo is how long a further signal is the first one told twice: timeout, make and CI runners signal a process and then
// the group it is in.
const echo = 250 * time.Millisecond

// signals returns a context that the first SIGINT, SIGTERM or SIGHUP cancels. A second one, later than its echo, ends the
// process at once, and so does the first when the call does not end by itself: the state is whole at any instant. left says
// what such a call leaves behind, "" for nothing.
func signals(parent context.Context, out io.Writer, left func() string) (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(parent)
	ch := make(chan os.Signal, 2)
	signal.Notify(ch, heeded(os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)...)
	done := make(chan struct{})
	go func() {
		select {
		case <-done:
			return
		case <-ch:
			cancel(engine.ErrInterrupted)
		}
		if why := hurry(ch, done); why != "" {
			leave(out, why, left)
		}
	}()
	return ctx, func() {
		signal.Stop(ch)
		close(done)
		cancel(nil)
	}
}

// hurry says why a call that was told to end is not waited for any longer; "" when it has ended. A second SIGHUP is no
// reason: of a terminal that is closed both the kernel and the shell tell.
func hurry(ch <-chan os.Signal, done <-chan struct{}) string {
	late, first := time.After(patience), time.Now()
	for {
		select {
		case <-done:
			return ""
		case s := <-ch:
			if s != syscall.SIGHUP && time.Since(first) > echo {
				return "a second signal came before this call had ended"
			}
		case <-late:
			return fmt.Sprintf("this call has not ended within %s of a signal", patience)
		}
	}
}

// leave ends the process. Whoever reads what it says may be what it hangs on.
func leave(out io.Writer, why string, left func() string) {
	said := make(chan struct{})
	go func() {
		defer close(said)
		text := why + "; the state on the disk is whole, and the same command goes on"
		if lock := left(); lock != "" {
			text = why + "; the state in the bucket is whole, and the same command goes on; " + lock
		}
		_, _ = fmt.Fprintf(out, "srmigrate: %s\n", text) // nobody is left to tell
	}()
	select {
	case <-said:
	case <-time.After(100 * time.Millisecond):
	}
	os.Exit(int(engine.Interrupted))
}

// heeded leaves out signals that the caller wants ignored, as nohup does with SIGHUP. SIGTERM never is one of them, so
// the list is not empty, which would mean every signal.
func heeded(all ...os.Signal) []os.Signal {
	return slices.DeleteFunc(all, signal.Ignored)
}
