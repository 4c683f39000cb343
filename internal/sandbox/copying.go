package sandbox

import (
	"context"
	"time"
)

const (
	firstBackoff = 100 * time.Millisecond
	lastBackoff  = 5 * time.Second
)

// copying is one run of an exporter, from resume to pause.
type copying struct {
	x       *exporter
	ctx     context.Context // ends with the pause
	changed <-chan struct{} // closed when this is out of date
	mapping mapping
	target  *target
	imports map[name]bool // scopes of the target that were put into IMPORT
	began   time.Time
	initial int // where the topic ended then
	next    int // offset to read
	copied  int // records
	backoff time.Duration
}

// newCopying is called with x locked.
func newCopying(x *exporter, ctx context.Context) *copying {
	return &copying{
		x: x, ctx: ctx, changed: x.changed,
		mapping: x.registry.has.mapping(x.spec),
		target:  newTarget(x),
		imports: map[name]bool{},
		began:   time.Now(), initial: x.registry.end(), next: x.offset + 1,
	}
}

func (c *copying) loop(stopped chan struct{}) {
	defer close(stopped)
	defer c.x.paused()
	defer func() { c.target.close() }() // whichever it is by then
	c.enterDefault()
	for c.ctx.Err() == nil {
		if c.stale() {
			c.begin()
			continue
		}
		c.step()
	}
	// The pause was accepted, but does not show yet.
	c.sleep(c.x.alive, c.x.registry.opts.PauseLag)
}

// stale reports whether the exporter was changed since.
func (c *copying) stale() bool {
	select {
	case <-c.changed:
		return true
	default:
		return false
	}
}

func (c *copying) begin() {
	c.target.close()
	c.x.mu.Lock()
	*c = *newCopying(c.x, c.ctx)
	c.x.mu.Unlock()
	c.enterDefault()
}

// step handles one record, or waits for the next one.
func (c *copying) step() {
	rec, grown := c.x.registry.read(c.next)
	if grown != nil {
		c.idle(grown)
		return
	}
	wanted := c.wants(rec.record)
	if wanted && !c.sleep(c.ctx, c.x.registry.opts.Pace) {
		return
	}
	if wanted && c.stalls() {
		c.hang()
		return
	}
	if wanted {
		if err := c.replay(rec); err != nil {
			c.fail(err)
			return
		}
		c.copied++
	}
	c.handled(rec.ts)
}

func (c *copying) idle(grown <-chan struct{}) {
	var started <-chan time.Time
	if left := c.settle(); left > 0 {
		timer := time.NewTimer(left)
		defer timer.Stop()
		started = timer.C
	}
	select {
	case <-grown:
	case <-started:
	case <-c.changed:
	case <-c.ctx.Done():
	}
}

// settle turns STARTING into RUNNING once the initial copy is done and the
// time for it has passed; it returns what is left of that time.
func (c *copying) settle() time.Duration {
	if c.next < c.initial {
		return 0
	}
	left := c.x.registry.opts.Starting - time.Since(c.began)
	if left > 0 {
		return left
	}
	c.x.mu.Lock()
	defer c.x.mu.Unlock()
	if !c.stale() {
		c.x.state = stateRunning
	}
	return 0
}

func (c *copying) handled(ts int64) {
	c.x.mu.Lock()
	if c.stale() {
		c.x.mu.Unlock()
		return
	}
	c.x.offset, c.x.ts = c.next, ts
	c.x.setTrace("", false)
	c.x.mu.Unlock()
	c.next++
	c.backoff = 0
	c.settle()
}

// fail shows the error and waits; the same record is tried again then. In
// ERROR an exporter waits for somebody to change or to resume it.
func (c *copying) fail(err error) {
	stuck := c.x.registry.has.errorState
	c.x.mu.Lock()
	if c.ctx.Err() != nil || c.stale() {
		c.x.mu.Unlock()
		return
	}
	c.x.setTrace(err.Error(), retriable(err))
	if stuck {
		c.x.state = stateError
	}
	c.x.mu.Unlock()
	if stuck {
		c.hang()
		return
	}
	c.backoff = min(max(2*c.backoff, firstBackoff), lastBackoff)
	c.sleep(c.ctx, c.backoff)
}

// stalls reports whether this is where the exporter stops, and has it look
// well.
func (c *copying) stalls() bool {
	o := c.x.registry.opts
	if !o.Stall || c.copied < o.StallAfter {
		return false
	}
	c.x.mu.Lock()
	defer c.x.mu.Unlock()
	if !c.stale() {
		c.x.state = stateRunning
	}
	return true
}

// hang waits until the exporter is paused, resumed or changed.
func (c *copying) hang() {
	select {
	case <-c.changed:
	case <-c.ctx.Done():
	}
}

// sleep reports whether the time passed before ctx ended.
func (c *copying) sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
