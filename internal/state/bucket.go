package state

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync"
	"time"

	"github.com/srmigrate/srmigrate/internal/objects"
)

// InBucket keeps a state and what lies beside it as objects, whose names begin with this prefix, which is no part of
// their keys. Every write is on condition that the object is what was read, so a race is lost and never won by
// overwriting. A write whose answer was lost is looked up. lease is for how long a lock stands without being renewed.
func InBucket(bucket objects.Bucket, prefix string, lease time.Duration) Backend {
	return &inBucket{bucket: bucket, prefix: prefix, lease: lease, unsure: map[string][][]byte{}}
}

type inBucket struct {
	bucket objects.Bucket
	prefix string
	lease  time.Duration

	mu     sync.Mutex
	unsure map[string][][]byte // contents that may have been written, and nobody has said so, by name
}

// How often a request is sent whose fate is unclear, and how long each may take.
const (
	tries    = 4
	patience = 10 * time.Second
)

// Prepare does nothing: a bucket has no folders.
func (b *inBucket) Prepare(string) error { return nil }

func (b *inBucket) key(name string) string { return name[len(b.prefix):] }

// once sends one request.
func once(ctx context.Context, f func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return f(ctx)
}

// another waits before a request is sent once more; false when there is no time for that.
func another(ctx context.Context, try int, err error) bool {
	if _, unclear := errors.AsType[*objects.Unclear](err); !unclear || try+1 >= tries {
		return false
	}
	select {
	case <-ctx.Done():
		return false
	case <-time.After(200 * time.Millisecond << try):
		return true
	}
}

func (b *inBucket) get(ctx context.Context, name string) (o *objects.Object, err error) {
	for try := 0; ; try++ {
		err = once(ctx, func(ctx context.Context) error {
			o, err = b.bucket.Get(ctx, b.key(name))
			return err
		})
		if err == nil || !another(ctx, try, err) {
			return o, err
		}
	}
}

// put writes an object if it is what it was. Where the answer is lost, or says that it is not what it was, the object
// is read: it may be this very write that has changed it, or one of before that nobody knew of.
func (b *inBucket) put(ctx context.Context, name string, was Mark, body []byte) (Mark, error) {
	var unclear error
	for try := 0; ; try++ {
		var tag string
		err := once(ctx, func(ctx context.Context) (err error) {
			tag, err = b.bucket.Put(ctx, b.key(name), body, string(was))
			return err
		})
		if err == nil {
			b.sure(name)
			return Mark(tag), nil
		}
		_, lost := errors.AsType[*objects.Unclear](err)
		if !lost && !errors.Is(err, objects.ErrChanged) {
			return "", err
		}
		now, gerr := b.get(ctx, name)
		if gerr != nil && !errors.Is(gerr, fs.ErrNotExist) {
			b.mayBe(name, body)
			return "", fmt.Errorf("whether it was written is not known: %w; then %w", cmp.Or(unclear, err), gerr)
		}
		switch {
		case gerr == nil && bytes.Equal(now.Body, body):
			b.sure(name)
			return Mark(now.Tag), nil
		case (gerr == nil && Mark(now.Tag) == was) || (gerr != nil && was == Absent):
			unclear = err // it has not arrived, or not yet: then the next one finds it
		case gerr == nil && b.own(name, now.Body):
			was = Mark(now.Tag)
			continue // an earlier write of this process, which came late
		default:
			return "", &LostRace{name}
		}
		if !lost {
			err = &objects.Unclear{Err: err} // the condition did hold when it was read
		}
		if !another(ctx, try, err) {
			b.mayBe(name, body)
			return "", fmt.Errorf("whether it was written is not known: %w", unclear)
		}
	}
}

// mayBe remembers a content that may be found later.
func (b *inBucket) mayBe(name string, body []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.unsure[name] = append(b.unsure[name], body)
}

// doubts says whether a write of this process may still arrive, but for those of one name.
func (b *inBucket) doubts(but string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for name := range b.unsure {
		if name != but {
			return true
		}
	}
	return false
}

func (b *inBucket) sure(name string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.unsure, name)
}

// own says whether a content is one that this process has tried to write; each counts once.
func (b *inBucket) own(name string, body []byte) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, one := range b.unsure[name] {
		if bytes.Equal(one, body) {
			if b.unsure[name] = append(b.unsure[name][:i:i], b.unsure[name][i+1:]...); len(b.unsure[name]) == 0 {
				delete(b.unsure, name)
			}
			return true
		}
	}
	return false
}

func (b *inBucket) Read(name string) ([]byte, Mark, error) {
	o, err := b.get(context.Background(), name)
	if err != nil {
		return nil, Absent, err
	}
	return o.Body, Mark(o.Tag), nil
}

func (b *inBucket) Replace(name string, was Mark, fill func(io.Writer) error) (Mark, error) {
	var body bytes.Buffer
	if err := fill(&body); err != nil {
		return was, err
	}
	if was == Latest {
		_, now, err := b.Read(name)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return was, err
		}
		was = now
	}
	now, err := b.put(context.Background(), name, was, body.Bytes())
	if err != nil {
		return was, err
	}
	return now, nil
}

func (b *inBucket) Add(name string, raw []byte) error {
	_, err := b.put(context.Background(), name, Absent, raw)
	if _, lost := errors.AsType[*LostRace](err); lost {
		return fs.ErrExist
	}
	return err
}

func (b *inBucket) Copy(from, to string) error {
	raw, _, err := b.Read(from)
	if err != nil {
		return err
	}
	if _, _, err := b.Read(to); err == nil {
		return fs.ErrExist
	}
	return b.Add(to, raw)
}

// Remove needs no condition: only the copy of a state is ever removed, by the holder of the lock.
func (b *inBucket) Remove(name string) error {
	if _, _, err := b.Read(name); err != nil {
		return err
	}
	for try := 0; ; try++ {
		err := once(context.Background(), func(ctx context.Context) error { return b.bucket.Delete(ctx, b.key(name)) })
		if err == nil || !another(context.Background(), try, err) {
			return err
		}
	}
}
