package compare

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/srmigrate/srmigrate/internal/registry"
)

// Run compares what the options select. Its error is one of unusable options,
// of the context, or of the caller's own functions; what cannot be read makes
// the verdict unknown instead.
func Run(ctx context.Context, source, target *registry.Client, o Options) (*Result, error) {
	o, err := o.complete()
	if err != nil {
		return nil, err
	}
	d := newDiff(o, source, target)
	s, t := newSides(o, source, target)
	readBoth(ctx, s, t)
	if ctx.Err() != nil {
		return nil, ended(ctx, s.err, t.err)
	}
	d.noteRead("source", s)
	d.noteRead("target", t)
	if s.err != nil || t.err != nil {
		return d.finish(), nil
	}
	for _, part := range []func(context.Context, *side, *side) error{d.live, d.collisions, d.extras, d.deleted, d.settings} {
		if err := part(ctx, s, t); err != nil {
			return nil, err
		}
	}
	return d.finish(), nil
}

// ended returns the end of the context with what was going on by then.
func ended(ctx context.Context, errs ...error) error {
	for _, err := range errs {
		if errors.Is(err, ctx.Err()) {
			return err
		}
	}
	return ctx.Err()
}

// A side is all that was read of one registry.
type side struct {
	client   *registry.Client
	record   func(*registry.Schema) record
	progress func(int)
	deleted  bool   // soft-deleted versions are wanted as well
	still    []bool // see reader

	live     table
	gone     table // the soft-deleted ones
	contexts []string
	moved    bool // not all of it was seen at one moment
	err      error
}

func newSides(o Options, source, target *registry.Client) (s, t *side) {
	var mu sync.Mutex
	rows := 0
	progress := func(n int) {
		mu.Lock()
		defer mu.Unlock()
		rows += n
		o.Progress(rows)
	}
	deleted := o.Check["deleted"] != Off
	still := []bool{true, false}
	if o.Moving {
		still = []bool{false}
	}
	asIs := func(s *registry.Schema) record { return recordOf(s, func(subject string) string { return subject }) }
	s = &side{client: source, record: o.sourceRecord, progress: progress, deleted: deleted, still: still}
	t = &side{client: target, record: asIs, progress: progress, deleted: deleted, still: still}
	return s, t
}

func readBoth(ctx context.Context, sides ...*side) {
	var wg sync.WaitGroup
	for _, s := range sides {
		wg.Go(func() { s.err = s.read(ctx) })
	}
	wg.Wait()
}

// read reads live versions and, if wanted, all: not every server marks the
// soft-deleted ones, so the difference tells them.
func (s *side) read(ctx context.Context) error {
	r := &reader{c: s.client, record: s.record, progress: s.progress, still: s.still}
	defer func() { s.moved = r.moved.Load() }()
	var err error
	if s.live, err = r.read(ctx); err != nil {
		return err
	}
	s.contexts = r.contexts
	if !s.deleted {
		return nil
	}
	r.deleted = true
	all, err := r.read(ctx)
	if err != nil {
		return err
	}
	s.gone = all.without(s.live)
	return s.purged(r, s.live.without(all))
}

// purged drops what was live in the first listing and not there in the second.
func (s *side) purged(r *reader, lost table) error {
	if len(lost) == 0 {
		return nil
	}
	if r.strict {
		return fmt.Errorf("%s: %s live and then gone while it was read", s.client.URL(), count(lost.versions(), "version"))
	}
	r.moved.Store(true)
	s.live = s.live.without(lost)
	return nil
}
