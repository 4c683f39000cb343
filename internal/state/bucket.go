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
	works  bool                // this process has a lock: it is worth while to wait for a bucket that is away
	away   bool                // it did not come back in time, and nothing has been heard of it since
}

// How often it is begun anew where others are faster, and how long a request may take.
const (
	tries    = 4
	patience = 10 * time.Second
)

// For how long a request is sent again and again whose fate is unclear: for somebody who looks, and for a run, whose lease
// lasts longer.
const (
	glance      = time.Second
	persistence = 20 * time.Second
)

// effort is a request that may be sent several times.
type effort struct {
	begun time.Time
	again int
}

func newEffort() *effort { return &effort{begun: time.Now()} }

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
func (b *inBucket) another(ctx context.Context, e *effort, err error) bool {
	if _, unclear := errors.AsType[*objects.Unclear](err); !unclear {
		return false
	}
	b.mu.Lock()
	most := glance
	if b.works && !b.away {
		most = persistence
	}
	late := time.Since(e.begun) >= most
	b.away = b.away || late && b.works
	b.mu.Unlock()
	if late {
		return false
	}
	pause := min(200*time.Millisecond<<e.again, 2*time.Second)
	e.again++
	select {
	case <-ctx.Done():
		return false
	case <-time.After(pause):
		return true
	}
}

func (b *inBucket) working(on bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.works = on
}

// heard notes that the bucket answers.
func (b *inBucket) heard() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.away = false
}

func (b *inBucket) get(ctx context.Context, name string) (o *objects.Object, err error) {
	for e := newEffort(); ; {
		err = once(ctx, func(ctx context.Context) error {
			o, err = b.bucket.Get(ctx, b.key(name))
			return err
		})
		if err == nil {
			b.heard()
		}
		if err == nil || !b.another(ctx, e, err) {
			return o, err
		}
	}
}

// put writes an object if it is what it was. Where the answer is lost, or says that it is not what it was, the object
// is read: it may be this very write that has changed it, or one of before that nobody knew of.
func (b *inBucket) put(ctx context.Context, name string, was Mark, body []byte) (Mark, error) {
	var unclear error
	for e := newEffort(); ; {
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
		if shut, is := errors.AsType[*objects.ShutError](gerr); is {
			now, gerr = shut.Object, nil // which is not what was to be written
		}
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
		if !b.another(ctx, e, err) {
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

// Read has the mark also of what does not open: it can be replaced.
func (b *inBucket) Read(name string) ([]byte, Mark, error) {
	o, err := b.get(context.Background(), name)
	if shut, is := errors.AsType[*objects.ShutError](err); is {
		return nil, Mark(shut.Object.Tag), err
	}
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
		if err != nil && !errors.Is(err, fs.ErrNotExist) && now == Absent {
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

// Copy makes a copy to the byte of what does not open.
func (b *inBucket) Copy(from, to string) error {
	raw, _, err := b.Read(from)
	if shut, is := errors.AsType[*objects.ShutError](err); is {
		b, raw, err = b.unsealed(), shut.Object.Body, nil
	}
	if err != nil {
		return err
	}
	if _, _, err := b.Read(to); err == nil {
		return fs.ErrExist
	}
	return b.Add(to, raw)
}

// unsealed is the same place, with its objects as they lie there.
func (b *inBucket) unsealed() *inBucket {
	return &inBucket{bucket: objects.Unsealed(b.bucket), prefix: b.prefix, lease: b.lease, unsure: map[string][][]byte{}}
}

// Remove needs no condition: only the copy of a state is ever removed, by the holder of the lock.
func (b *inBucket) Others(string) ([]string, error) { return nil, nil }

func (b *inBucket) Remove(name string) error {
	if _, there, err := b.Read(name); err != nil && there == Absent {
		return err
	}
	for e := newEffort(); ; {
		err := once(context.Background(), func(ctx context.Context) error { return b.bucket.Delete(ctx, b.key(name)) })
		if err == nil || !b.another(context.Background(), e, err) {
			return err
		}
	}
}
