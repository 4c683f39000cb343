// Package objects is object storage, as far as a state needs it: whole objects that are read, and written on condition.
package objects

import (
	"context"
	"errors"
	"time"
)

// Bucket holds objects by key. Each call is one request: whoever calls decides what to do about one without an answer.
type Bucket interface {
	// Get returns an object; fs.ErrNotExist when there is none.
	Get(ctx context.Context, key string) (*Object, error)
	// Put writes an object if the one that is there has this tag, or, where the tag is "", if there is none; ErrChanged
	// when that is not so. It returns the new tag. What it fails with may be an *Unclear one.
	Put(ctx context.Context, key string, body []byte, tag string) (string, error)
	// Delete removes an object, if there is one.
	Delete(ctx context.Context, key string) error
}

// Object is what is under a key.
type Object struct {
	Body    []byte
	Tag     string    // of this content
	Written time.Time // by the clock of the server, in whole seconds
	Now     time.Time // when it answered, by the same clock
}

// ErrChanged says that the condition of a Put did not hold.
var ErrChanged = errors.New("the object is not what it was")

// Unclear is an error after which nobody knows whether the request had its effect: it was cut off, took too long, or the
// server could not do it now.
type Unclear struct{ Err error }

func (e *Unclear) Error() string { return e.Err.Error() }
func (e *Unclear) Unwrap() error { return e.Err }
