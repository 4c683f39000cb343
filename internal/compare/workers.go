package compare

import (
	"context"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/srmigrate/srmigrate/internal/registry"
)

// concurrency is how many requests run at a time at most where there are many.
const concurrency = 8

// each calls do for every item, some at a time, and returns the first error.
func (r *reader) each(ctx context.Context, items int, do func(context.Context, int) error) error {
	return each(ctx, items, do, r.c)
}

// each calls do for every item, some at a time, and returns the first error.
// When one of the servers says that it is too much for it, half as many go on.
func each(ctx context.Context, items int, do func(context.Context, int) error, servers ...*registry.Client) error {
	w := &workers{items: items, width: concurrency, servers: servers}
	w.strain = w.strained()
	g, within := errgroup.WithContext(ctx)
	for worker := range min(concurrency, items) {
		g.Go(func() error {
			for {
				i, ok := w.next(worker)
				if !ok || within.Err() != nil {
					return nil // Wait has the reason
				}
				if err := do(within, i); err != nil {
					return err
				}
			}
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	return ctx.Err()
}

type workers struct {
	mu           sync.Mutex
	begun, items int
	width        int
	strain       int64 // seen so far
	servers      []*registry.Client
}

func (w *workers) strained() (n int64) {
	for _, c := range w.servers {
		n += c.Strain()
	}
	return n
}

// next returns the next item for a worker, or tells it to stop: there is none,
// or there are too many workers.
func (w *workers) next(worker int) (item int, ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if now := w.strained(); now > w.strain {
		w.strain, w.width = now, max(1, w.width/2)
	}
	if w.begun == w.items || worker >= w.width {
		return 0, false
	}
	w.begun++
	return w.begun - 1, true
}
