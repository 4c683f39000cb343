package state

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/srmigrate/srmigrate/internal/objects"
)

// nobodys is the tag of no object.
const nobodys Mark = "00000000000000000000000000000000"

// heeded makes sure that the server heeds the condition of a write before anything rests on it: over the lock, which this
// process has just written, it must not write what may only be written where nothing is, nor over another content. What it
// is asked to write is the lock as it is, so one that does it all the same destroys nothing.
func (l *lease) heeded(ctx context.Context) error {
	l.mu.Lock()
	raw, err := json.Marshal(l.claim)
	l.mu.Unlock()
	for _, c := range []struct {
		was  Mark
		name string
	}{{Absent, "If-None-Match"}, {nobodys, "If-Match"}} {
		if err == nil {
			err = l.b.refuses(ctx, l.name, c.was, raw, c.name)
		}
	}
	return err
}

// refuses demands that a write is not done whose condition does not hold. It is tried twice: somebody may have removed the
// object before the first.
func (b *inBucket) refuses(ctx context.Context, name string, was Mark, raw []byte, header string) error {
	done := 0
	for e := newEffort(); done < 2; {
		err := once(ctx, func(ctx context.Context) error {
			_, err := b.bucket.Put(ctx, b.key(name), raw, string(was))
			return err
		})
		switch {
		case errors.Is(err, objects.ErrChanged):
			return nil
		case err == nil:
			done++
		case !b.another(ctx, e, err):
			return fmt.Errorf("whether the server heeds %s is not known: %w", header, err)
		}
	}
	return fmt.Errorf("the server ignores %s: it has written over an object that was not to be written over, so two runs would overwrite "+
		"each other's state; keep it on a server that heeds If-None-Match and If-Match on PUT, or on a disk", header)
}
