// Package objectstest is object storage in memory, for tests: a bucket, and a server that speaks as much of S3 as the
// client asks for.
package objectstest

import (
	"bytes"
	"context"
	"crypto/md5" //nolint:gosec // it is what S3 makes a tag of
	"encoding/hex"
	"errors"
	"io/fs"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/srmigrate/srmigrate/internal/objects"
)

// Memory is a bucket. Its clock is that of the process, unless it is put forward.
type Memory struct {
	mu    sync.Mutex
	ahead time.Duration
	all   map[string]objects.Object
	fault func(method, key string) Fault
	lax   func(tag string) bool
}

// Fault is what befalls a request.
type Fault int

// The faults.
const (
	None   Fault = iota
	Before       // it does not arrive
	After        // it is done, and the answer is lost
)

var errCut = errors.New("the connection was cut")

// Befall lets f say what befalls each request from now on.
func (m *Memory) Befall(f func(method, key string) Fault) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fault = f
}

// Ignore lets it write whatever it is asked to, if f says so of the tag that the object should have; "" is for none.
func (m *Memory) Ignore(f func(tag string) bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.lax = f
}

// Forward puts the clock of the server forward.
func (m *Memory) Forward(d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.ahead += d
}

func (m *Memory) now() time.Time { return time.Now().Add(m.ahead).Truncate(time.Second) }

// Keys are those of all objects.
func (m *Memory) Keys() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Sorted(maps.Keys(m.all))
}

// Raw is what is stored under a key, nil for nothing.
func (m *Memory) Raw(key string) []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.all[key].Body
}

// pass does one request.
func (m *Memory) pass(ctx context.Context, method, key string, do func() error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	fault := None
	if m.fault != nil {
		fault = m.fault(method, key)
	}
	if ctx.Err() != nil {
		return &objects.Unclear{Err: ctx.Err()}
	}
	if fault == Before {
		return &objects.Unclear{Err: errCut}
	}
	err := do()
	if fault == After {
		return &objects.Unclear{Err: errCut}
	}
	return err
}

// Get is one request.
func (m *Memory) Get(ctx context.Context, key string) (o *objects.Object, err error) {
	err = m.pass(ctx, "GET", key, func() error {
		found, ok := m.all[key]
		if !ok {
			return fs.ErrNotExist
		}
		found.Body, found.Now = bytes.Clone(found.Body), m.now()
		o = &found
		return nil
	})
	if err != nil {
		return nil, err
	}
	return o, nil
}

// Put is one request.
func (m *Memory) Put(ctx context.Context, key string, body []byte, tag string) (now string, err error) {
	err = m.pass(ctx, "PUT", key, func() error {
		if m.all[key].Tag != tag && (m.lax == nil || !m.lax(tag)) {
			return objects.ErrChanged
		}
		sum := md5.Sum(body) //nolint:gosec // see above
		if now = hex.EncodeToString(sum[:]); m.all == nil {
			m.all = map[string]objects.Object{}
		}
		m.all[key] = objects.Object{Body: bytes.Clone(body), Tag: now, Written: m.now()}
		return nil
	})
	if err != nil {
		return "", err
	}
	return now, nil
}

// Delete is one request.
func (m *Memory) Delete(ctx context.Context, key string) error {
	return m.pass(ctx, "DELETE", key, func() error {
		delete(m.all, key)
		return nil
	})
}
