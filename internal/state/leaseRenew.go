package state

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"sync"
	"time"
)

// lease is a lock in a bucket that this process has. It is renewed whenever a third of it is over. A sixth before others
// may take it over this process takes it for lost, by its own clock: nothing is sent any more then.
type lease struct {
	b      *inBucket
	name   string
	length time.Duration
	cancel context.CancelFunc
	done   chan struct{}
	owed   bool // the state was not touched although it has to be

	mu     sync.Mutex
	claim  claim
	tag    Mark
	sent   time.Time // when the last write of it began that was done
	tried  time.Time // when the last one began, whatever became of it
	lapsed bool      // for good
	over   bool      // it was given back, or is another's
}

// begin keeps it alive until Unlock.
func (l *lease) begin() {
	ctx, cancel := context.WithCancel(context.Background())
	l.cancel, l.done = cancel, make(chan struct{})
	go l.keep(ctx)
}

func (l *lease) keep(ctx context.Context) {
	defer close(l.done)
	pause := l.length / 3
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
		if !l.Fresh() {
			return
		}
		if pause = l.length / 3; l.renew(ctx) != nil {
			pause = l.length / 12
		}
	}
}

// renew writes the lock once more, while there is time for it.
func (l *lease) renew(ctx context.Context) error {
	l.mu.Lock()
	ctx, cancel := context.WithTimeout(ctx, time.Until(l.sent.Add(l.safe())))
	tag := l.tag
	l.claim.Renewed++
	l.mu.Unlock()
	defer cancel()
	err := l.write(ctx, tag)
	if _, lost := errors.AsType[*LostRace](err); lost && !l.mine(ctx) {
		l.lose()
	}
	return err
}

// write puts the claim into the lock.
func (l *lease) write(ctx context.Context, was Mark) error {
	l.mu.Lock()
	raw, err := json.Marshal(l.claim)
	sent := time.Now()
	l.tried = sent
	l.mu.Unlock()
	if err == nil {
		was, err = l.b.put(ctx, l.name, was, raw)
	}
	if err == nil {
		l.mu.Lock()
		l.tag, l.sent = was, sent
		l.mu.Unlock()
	}
	return err
}

// mine says whether the lock is still this one's, and then takes what is there for what it wrote itself.
func (l *lease) mine(ctx context.Context) bool {
	o, err := l.b.get(ctx, l.name)
	if err != nil {
		return !errors.Is(err, fs.ErrNotExist) // not known: the clock decides
	}
	c, _, err := claimOf(l.name, o)
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil || c.Token != l.claim.Token || c.Free != "" {
		return false
	}
	l.tag = Mark(o.Tag)
	return true
}

func (l *lease) lose() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lapsed = true
}

func (l *lease) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.over = true
}

// safe is how long after a write nobody else can have taken it, and a margin before that.
func (l *lease) safe() time.Duration { return l.length * 5 / 6 }

// Fresh says, without asking anybody, whether the lock cannot be another's yet. The clock of the wall counts as well: the
// other one stands still while a machine sleeps.
func (l *lease) Fresh() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if now.Sub(l.sent) >= l.safe() || now.Round(0).Sub(l.sent.Round(0)) >= l.safe() {
		l.lapsed = true
	}
	return !l.lapsed
}

// Until is when others can have the lock at the latest, by the clock of this process, where it ends now and does not give it
// back; false when there is nothing to give back any more. It waits for nobody.
func (l *lease) Until() (end time.Time, is bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	since := l.sent
	if l.tried.After(l.sent) {
		since = time.Now() // it may be written at this instant
	}
	return since.Add(l.length + slack), !l.over
}

// Stands asks whether the lock is still this one's. Where there is no answer, nobody can have taken it over before its time.
func (l *lease) Stands() bool {
	if !l.Fresh() {
		return false
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience/2)
	defer cancel()
	o, err := l.b.bucket.Get(ctx, l.b.key(l.name))
	if errors.Is(err, fs.ErrNotExist) {
		l.lose()
	}
	if err == nil {
		c, _, err := claimOf(l.name, o)
		if err != nil || c.Token != l.claim.Token || c.Free != "" {
			l.lose()
		}
	}
	return l.Fresh()
}

// Unlock ends the renewal, and says in the lock that it is free.
func (l *lease) Unlock() error {
	l.cancel()
	<-l.done
	defer l.b.working(false)
	ctx := context.Background()
	for range tries {
		if !l.mine(ctx) {
			l.end()
			return nil // there is nothing to give back
		}
		l.mu.Lock()
		if l.claim.Free = released; l.owed || l.b.doubts(l.name) {
			l.claim.Free = brokenFree // whoever comes next touches the state
		}
		tag := l.tag
		l.mu.Unlock()
		err := l.write(ctx, tag)
		if _, lost := errors.AsType[*LostRace](err); !lost {
			l.lose()
			if err == nil {
				l.end()
			}
			return err
		}
	}
	return errors.New("its lock is being written by others")
}
