package sandbox

import (
	"context"
	"sync"
	"time"
)

const (
	stateError    = "ERROR"
	stateStarting = "STARTING"
	stateRunning  = "RUNNING"
	statePaused   = "PAUSED"

	// pausePatience bounds how long a pause waits for the request that is
	// under way; the state lags behind when that takes longer.
	pausePatience = time.Second
)

// exporter is one exporter with its place in the topic. While it is not paused
// a goroutine copies for it.
type exporter struct {
	registry *Registry
	alive    context.Context // ends with the life of the registry that it belongs to

	mu      sync.Mutex
	spec    exporterSpec
	state   string
	offset  int // of the last record that was handled; -1 for none
	ts      int64
	trace   string
	retry   bool           // whether what the trace tells may go away by itself
	ids     map[string]int // where they are given anew, by what has them
	retired bool           // deleted, or its registry was closed

	cancel  context.CancelFunc
	pausing bool          // the goroutine was told to end
	stopped chan struct{} // closed once the goroutine is gone
	changed chan struct{} // closed when the goroutine must begin anew
}

func (x *exporter) currentSpec() exporterSpec {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.spec
}

// resume starts the goroutine.
func (x *exporter) resume() error {
	x.mu.Lock()
	defer x.mu.Unlock()
	switch {
	case x.retired:
		return refuse(40450, "Exporter '%s' not found.", x.spec.Name)
	case x.state == stateRunning || x.state == stateError && x.pausing:
		return refuse(40961, "Exporter '%s' is already running.", x.spec.Name)
	case x.state == stateStarting:
		return refuse(40962, "Exporter '%s' is already starting.", x.spec.Name)
	case x.state == stateError:
		x.begin()
		return nil
	}
	x.state = stateStarting
	x.setTrace("", false)
	ctx, cancel := context.WithCancel(x.alive)
	x.cancel, x.pausing = cancel, false
	x.stopped, x.changed = make(chan struct{}), make(chan struct{})
	run := newCopying(x, ctx)
	x.registry.work.Go(func() { run.loop(x.stopped) })
	return nil
}

// begin has the goroutine look at the exporter anew, if there is one. It is
// called with x locked.
func (x *exporter) begin() {
	if x.cancel == nil || x.pausing {
		return
	}
	x.state = stateStarting
	x.setTrace("", false)
	close(x.changed)
	x.changed = make(chan struct{})
}

// pause lets the request under way end and then stops. Pausing twice is fine.
func (x *exporter) pause() error {
	x.mu.Lock()
	cancel, stopped := x.cancel, x.stopped
	if x.pausing = cancel != nil; !x.pausing {
		x.state = statePaused // one that was filled in may only say that it runs
	}
	x.mu.Unlock()
	if cancel == nil {
		return nil
	}
	cancel()
	if x.registry.opts.PauseLag > 0 {
		return nil
	}
	select {
	case <-stopped:
	case <-time.After(pausePatience):
	}
	return nil
}

// paused is the goroutine's last act.
func (x *exporter) paused() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.state, x.cancel, x.pausing = statePaused, nil, false
}

func (x *exporter) notPaused() error {
	if x.state == statePaused || x.registry.has.anyTime {
		return nil
	}
	return x.mustPause()
}

func (x *exporter) mustPause() error {
	return refuse(40963, "Exporter '%s' must be paused first.", x.spec.Name)
}

// reset makes it begin again with the first record.
func (x *exporter) reset() error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if err := x.notPaused(); err != nil {
		return err
	}
	x.offset, x.ts = -1, 0
	x.setTrace("", false)
	x.begin()
	return nil
}

func (x *exporter) update(u exporterSpec) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if err := x.notPaused(); err != nil {
		return err
	}
	s, err := x.registry.complete(x.spec.with(u))
	if err != nil {
		return err
	}
	x.spec = s
	x.begin()
	return nil
}

// retire makes sure that a deleted exporter is not resumed by somebody who
// still holds it.
func (x *exporter) retire() error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if err := x.notPaused(); err != nil {
		return err
	}
	if x.cancel != nil && !x.pausing {
		return x.mustPause()
	}
	x.retired = true
	return nil
}

func (x *exporter) shut() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.retired = true
}
