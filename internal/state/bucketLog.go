package state

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"sync"
)

// segment is how long an object of a log becomes before the next one is begun: each is written whole.
const segment = 256 << 10

// bucketLog is a log in objects, of which the last one grows. It is written before each save of the state, and at the
// end: what a kill takes away is what happened since. Whoever takes over goes on with the last object, so one that was
// thought dead finds it changed.
type bucketLog struct {
	b    *inBucket
	name string

	mu     sync.Mutex
	n      int    // of the last object
	before int    // bytes in those before it
	body   []byte // of the last one
	was    Mark
	dirty  bool
	err    error // what went wrong, told by whatever comes next
}

// logName is the name of the n-th object of a log.
func logName(name string, n int) string {
	if n == 1 {
		return name
	}
	return fmt.Sprintf("%s.%d", name, n)
}

// open reads a log to its end.
func (b *inBucket) open(name string) (l *bucketLog, all []byte, err error) {
	l = &bucketLog{b: b, name: name, n: 1}
	for n := 1; ; n++ {
		raw, was, err := b.Read(logName(name, n))
		if errors.Is(err, fs.ErrNotExist) {
			return l, all, nil
		}
		if err != nil {
			return nil, nil, err
		}
		l.n, l.before, l.body, l.was = n, len(all), raw, was
		all = append(all, raw...)
	}
}

func (b *inBucket) OpenLog(name string) (Log, []byte, error) {
	l, all, err := b.open(name)
	if err != nil {
		return nil, nil, err
	}
	return l, all, nil
}

func (b *inBucket) ReadLog(name string) ([]byte, error) {
	l, all, err := b.open(name)
	if err == nil && l.was == Absent {
		err = fs.ErrNotExist
	}
	return all, err
}

func (l *bucketLog) Append(raw []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		return l.err
	}
	if len(l.body) > 0 && len(l.body)+len(raw) > segment {
		if l.flush(); l.err != nil {
			return l.err
		}
		l.n, l.before, l.body, l.was = l.n+1, l.before+len(l.body), nil, Absent
	}
	l.body, l.dirty = append(slices.Clip(l.body), raw...), true
	return nil
}

func (l *bucketLog) Cut(whole int) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if whole < l.before {
		return fmt.Errorf("%s is damaged: no whole line is in it; move it away", logName(l.name, l.n))
	}
	l.body, l.dirty = bytes.Clone(l.body[:whole-l.before]), true
	return nil
}

func (l *bucketLog) Flush() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.flush()
	return l.err
}

func (l *bucketLog) flush() {
	if !l.dirty || l.err != nil {
		return
	}
	l.was, l.err = l.b.put(context.Background(), logName(l.name, l.n), l.was, l.body)
	l.dirty = false
}

func (l *bucketLog) Close() error { return l.Flush() }
