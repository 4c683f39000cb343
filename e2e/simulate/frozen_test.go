package simulate

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"testing/synctest"

	"github.com/srmigrate/srmigrate/internal/engine"
)

// stand waits while the process stands still, and says whether it did.
func (p *process) stand() bool {
	p.mu.Lock()
	still := p.still
	p.mu.Unlock()
	if still == nil {
		return false
	}
	<-still
	return true
}

// thaw lets the process that stood still go on to its end, after another one has had the state: it must not do anything more.
func (w *world) thaw() {
	late := w.late
	if w.late = nil; late == nil {
		return
	}
	before, sent := w.bucket.Raw(filepath.Base(w.path)), w.writesOf(late.n)
	fmt.Fprintf(&w.log, "-- process %d goes on\n", late.n)
	still := late.still
	late.mu.Lock()
	late.still, late.taken = nil, false
	late.mu.Unlock()
	close(still)
	res := <-late.ended
	synctest.Wait()
	fmt.Fprintf(&w.log, "-- exit %d\n", res.Exit)
	if late.taken { // it has waited for the lock once more, and had it for itself
		return
	}
	if n := w.writesOf(late.n); n > sent {
		w.violated("fenced: process %d sent %d more requests that change something, although another one had taken over", late.n, n-sent)
	}
	if now := w.bucket.Raw(filepath.Base(w.path)); !bytes.Equal(now, before) {
		w.violated("fenced: process %d wrote the state, although another one had taken over", late.n)
	}
}

func (w *world) writesOf(n int) (count int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, e := range w.effects {
		if e.process == n {
			count++
		}
	}
	return count
}

// callOrStop is call; nil for a process that has come to stand still.
func (p *process) callOrStop(f func(context.Context, *engine.Engine) engine.Result) *engine.Result {
	p.ended = make(chan engine.Result, 1)
	go func() { p.ended <- p.call(f) }()
	select {
	case res := <-p.ended:
		return &res
	case <-p.stops:
		return nil
	}
}
