package state

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/srmigrate/srmigrate/internal/objects"
)

// DefaultLease is how long a lock in a bucket stands without being renewed.
const DefaultLease = time.Minute

// slack is what the whole seconds of a server's clock can hide.
const slack = time.Second

// claim is the content of a lock in a bucket. No secret is in it, and it is never encrypted.
type claim struct {
	Holder
	Fence   int    `json:"fence"`          // one more each time that somebody takes the lock
	Token   string `json:"token"`          // of whoever took it
	Lease   string `json:"lease"`          // how long it stands since it was written last
	Renewed int    `json:"renewed"`        // how often it was
	Free    string `json:"free,omitempty"` // why nobody has it
}

// Why a lock is free.
const (
	released   = "released"
	brokenFree = "broken"
)

// claimOf reads a lock; left is for how long it stands from when the server answered, 0 when it does not.
func claimOf(name string, o *objects.Object) (c claim, left time.Duration, err error) {
	err = json.Unmarshal(o.Body, &c)
	lease, derr := time.ParseDuration(c.Lease)
	if err = both(err, derr); err != nil {
		return c, 0, fmt.Errorf("%s is no lock of srmigrate: %w; delete the object when you are sure that no run is at work", name, err)
	}
	if c.Free != "" {
		return c, 0, nil
	}
	return c, max(0, lease+slack-o.Now.Sub(o.Written)), nil
}

// Lock writes itself into the lock where nobody has it, or where whoever has it did not renew it in time. Unless that
// one has given it back, the state is touched at once: a process that was thought dead read it as it was before, and
// cannot save any more.
func (b *inBucket) Lock(name string, h Holder) (Lock, error) {
	ctx := context.Background()
	for range tries {
		var was Mark
		var old claim
		o, err := b.get(ctx, name)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		if err == nil {
			var left time.Duration
			if old, left, err = claimOf(name, o); err != nil {
				return nil, err
			}
			if left > 0 {
				return nil, &LockedError{Path: name, Holder: old.leased(left)}
			}
			was = Mark(o.Tag)
		}
		l := &lease{b: b, name: name, length: b.lease, claim: claim{Holder: h, Fence: old.Fence + 1, Token: rand.Text(), Lease: b.lease.String()}}
		err = l.write(ctx, was)
		if _, lost := errors.AsType[*LostRace](err); lost {
			continue // somebody was faster: who?
		}
		if err != nil {
			return nil, err
		}
		b.working(true)
		l.begin()
		err = l.heeded(ctx)
		if old.Free != released {
			if err == nil {
				err = b.touch(ctx, strings.TrimSuffix(name, lockName("")), l.Stands)
			}
			l.owed = err != nil
		}
		if err != nil {
			err = both(err, l.Unlock())
		}
		if errors.Is(err, errOvertaken) {
			continue
		}
		if err != nil {
			return nil, err
		}
		return l, nil
	}
	return nil, errors.New("others take it and give it back all the time")
}

// errOvertaken says that somebody else has taken the lock meanwhile.
var errOvertaken = errors.New("another process has taken it meanwhile")

// touch makes the state an object that nobody has read yet, without changing what it says: white space at its end is no
// part of it. Whoever saves it at this instant has the lock no more, and is followed by the next try. stands says, behind
// the reading, whether it is still for the caller to do: one that stood still since would be in its successor's way.
func (b *inBucket) touch(ctx context.Context, name string, stands func() bool) error {
	for range tries {
		raw, was, err := b.Read(name)
		if (err == nil || errors.Is(err, fs.ErrNotExist) || was != Absent) && !stands() {
			return errOvertaken
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil // who creates it first wins
		}
		at := b
		if shut, is := errors.AsType[*objects.ShutError](err); is { // whoever has the lock may be about to repair it
			at, raw, err = b.unsealed(), shut.Object.Body, nil
		}
		if err != nil {
			return err
		}
		_, err = at.put(ctx, name, was, objects.Touched(raw))
		if _, lost := errors.AsType[*LostRace](err); !lost {
			return err
		}
	}
	return errors.New("another process goes on saving the state")
}

// Held says who has a lock that stands.
func (b *inBucket) Held(name string) (h Holder, held bool, err error) {
	o, err := b.get(context.Background(), name)
	if errors.Is(err, fs.ErrNotExist) {
		return h, false, nil
	}
	if err != nil {
		return h, false, err
	}
	c, left, err := claimOf(name, o)
	if err != nil || left == 0 {
		return h, false, err
	}
	return c.leased(left), true, nil
}

// Break says in the lock that nobody has it, and touches the state, so that whoever had it cannot save any more.
func (b *inBucket) Break(name string) error {
	ctx := context.Background()
	for range tries {
		o, err := b.get(ctx, name)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		c, _, err := claimOf(name, o)
		if err != nil {
			return err
		}
		c.Free = brokenFree
		raw, err := json.Marshal(c)
		if err == nil {
			_, err = b.put(ctx, name, Mark(o.Tag), raw)
		}
		if _, lost := errors.AsType[*LostRace](err); lost {
			continue // it was renewed at this instant
		}
		if err != nil {
			return err
		}
		return b.touch(ctx, strings.TrimSuffix(name, lockName("")), func() bool { return true })
	}
	return errors.New("it is renewed all the time")
}
