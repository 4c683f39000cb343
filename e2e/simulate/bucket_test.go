package simulate

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"testing/synctest"

	"github.com/srmigrate/srmigrate/internal/engine"
	"github.com/srmigrate/srmigrate/internal/objects"
	"github.com/srmigrate/srmigrate/internal/state"
)

// inBucket is what stands before the keys of a state that is not on a disk.
const inBucket = "s3://states/"

// survives is what a power failure at this instant would leave of the state, or of a file beside it; nil for nothing.
func (w *world) survives(name string) []byte {
	if w.bucket != nil {
		return w.bucket.Raw(name)
	}
	return w.memory.surviving(filepath.Join(filepath.Dir(w.path), name))
}

// real says that the state lies in real files, of which nobody knows what a power failure would leave.
func (w *world) real() bool { return w.memory == nil && w.bucket == nil }

// store is where the state lies, for a process, or past all troubles.
func (w *world) store(p *process) *state.Store {
	switch {
	case w.bucket != nil && p != nil:
		return state.NewStoreAt(w.path, "simulated", state.InBucket(bucketGate{p}, inBucket, state.DefaultLease))
	case w.bucket != nil:
		return state.NewStoreAt(w.path, "simulated", state.InBucket(w.bucket, inBucket, state.DefaultLease))
	case p != nil:
		return state.NewStore(w.path, "simulated", gate{p, w.disk})
	}
	return state.NewStore(w.path, "simulated", w.disk)
}

// bucketGate is the bucket as a process has it: it is where requests to it meet their trouble, and of a dead process none
// arrives.
type bucketGate struct{ p *process }

var (
	errAway  = &objects.Unclear{Err: errors.New("the connection to the bucket was cut")}
	errQuota = errors.New("the bucket is full")
)

// renewals is how many writes of a lock may meet trouble: it is taken, touched for, and renewed all the time after that.
const renewals = 4

// mostAway is how many requests in a row may be cut off before somebody who has no lock yet says that the bucket is away.
const mostAway = 3

func (g bucketGate) pass(what, key string, do func() error) error {
	g.p.stand()
	g.p.mu.Lock()
	defer g.p.mu.Unlock()
	what = "bucket " + what + " " + key
	switch {
	case g.p.end != nil:
		return errDead
	case g.p.full && strings.HasPrefix(what, "bucket PUT"):
		return errQuota
	case strings.HasSuffix(key, ".lock") && g.p.seen[what] >= renewals:
		return do()
	}
	t := g.p.nextLocked(what, storing)
	if t == nil {
		g.p.away = 0
		return do()
	}
	if t.Kind == cut || t.Kind == unavailable || t.Kind == lost {
		g.p.away++
		g.p.apart = g.p.apart || g.p.away >= mostAway
	}
	switch t.Kind {
	case frozen:
		if !strings.HasSuffix(key, ".lock") && g.p.holds && !g.p.stopped { // whoever has no lock yet may begin late
			g.p.still, g.p.stopped = make(chan struct{}), true
			close(g.p.stops)
			g.p.mu.Unlock()
			g.p.stand()
			g.p.mu.Lock()
		}
		return do()
	case signal:
		g.p.cancel(engine.ErrInterrupted)
		return do()
	case diskFull:
		g.p.full = true
		return errQuota
	case cut, unavailable:
		return errAway
	case lost:
		_ = do() // nobody hears what came of it
		return errAway
	case killAfter, powerAfter:
		_ = do()
	}
	g.p.dieLocked(t)
	return errDead
}

func (g bucketGate) Get(ctx context.Context, key string) (o *objects.Object, err error) {
	err = g.pass("GET", key, func() (err error) { o, err = g.p.w.bucket.Get(ctx, key); return err })
	if err != nil {
		return nil, err
	}
	return o, nil
}

func (g bucketGate) Put(ctx context.Context, key string, body []byte, tag string) (now string, err error) {
	err = g.pass("PUT", key, func() (err error) { now, err = g.p.w.bucket.Put(ctx, key, body, tag); return err })
	if err != nil {
		return "", err
	}
	if strings.HasSuffix(key, ".lock") {
		g.p.mu.Lock()
		g.p.holds = !bytes.Contains(body, []byte(`"free"`))
		g.p.taken = g.p.taken || g.p.holds
		g.p.mu.Unlock()
	}
	if m := serialOf.FindSubmatch(body); inBucket+key == g.p.w.path && m != nil {
		g.p.w.saved, _ = strconv.Atoi(string(m[1])) // digits
	}
	return now, nil
}

func (g bucketGate) Delete(ctx context.Context, key string) error {
	return g.pass("DELETE", key, func() error { return g.p.w.bucket.Delete(ctx, key) })
}

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
