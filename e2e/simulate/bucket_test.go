package simulate

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"strconv"
	"strings"

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
