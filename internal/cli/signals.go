package cli

import (
	"context"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"

	"github.com/srmigrate/srmigrate/internal/engine"
)

// patience is how long a call may take to end after a signal; five seconds are promised.
const patience = 4 * time.Second

// signals returns a context that the first SIGINT, SIGTERM or SIGHUP cancels. A second one ends the process at once,
// and so does the first when the call does not end by itself: the state on disk is whole at any instant.
func signals(parent context.Context) (ctx context.Context, stop func()) {
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
		select {
		case <-done:
		case <-ch:
			os.Exit(int(engine.Interrupted))
		case <-time.After(patience):
			os.Exit(int(engine.Interrupted))
		}
	}()
	return ctx, func() {
		signal.Stop(ch)
		close(done)
		cancel(nil)
	}
}

// heeded leaves out signals that the caller wants ignored, as nohup does with SIGHUP. SIGTERM never is one of them, so
// the list is not empty, which would mean every signal.
func heeded(all ...os.Signal) []os.Signal {
	return slices.DeleteFunc(all, signal.Ignored)
}
