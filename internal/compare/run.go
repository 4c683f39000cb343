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
	d.read(ctx)
	return d.tell(ctx)
}

// tell finds the differences of what was read.
func (d *diff) tell(ctx context.Context) (*Result, error) {
	if ctx.Err() != nil {
		return nil, ended(ctx, d.source.err, d.target.err)
	}
	d.noteRead("source", d.source)
	d.noteRead("target", d.target)
	if d.source.err != nil || d.target.err != nil {
		return d.finish(), nil
	}
	d.sort()
	for _, part := range []func(context.Context) error{d.live, d.collisions, d.extras, d.deleted, d.settings} {
		if err := part(ctx); err != nil {
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

// A side is one of the registries, and how the reading of it went.
type side struct {
	reader
	err error
}

// read reads both sides at once, and then what changed meanwhile.
func (d *diff) read(ctx context.Context) {
	readBoth(ctx, d.source, d.target)
	if d.source.err != nil || d.target.err != nil {
		return
	}
	if err := d.join.resolve(ctx, [2]*reader{&d.source.reader, &d.target.reader}); err != nil {
		d.source.err = err
	}
}

func readBoth(ctx context.Context, sides ...*side) {
	var wg sync.WaitGroup
	for _, s := range sides {
		wg.Go(func() {
			s.err = s.all(ctx)
			if h, ok := s.sink.(half); ok {
				h.end()
			}
		})
	}
	wg.Wait()
}

// all reads live versions and, if wanted, the soft-deleted ones with them.
func (s *side) all(ctx context.Context) error {
	if !s.deleted {
		return s.reader.read(ctx)
	}
	live := &tableSink{}
	first := &reader{c: s.c, holder: &holder{keys: true}, sink: live, course: s.course, still: s.still}
	if err := first.read(ctx); err != nil {
		return err
	}
	s.course.next()
	s.holder.live = &liveness{live: live.t}
	if err := s.reader.read(ctx); err != nil {
		return err
	}
	what := s.holder.live.moved()
	switch {
	case what != "" && s.strict:
		return fmt.Errorf("%s: %s", s.c.URL(), what)
	case what != "" || first.moved.Load():
		s.moved.Store(true)
	}
	return nil
}
