package registry

import "context"

// slots bound how many requests of a client are under way at a time; nil when there is no bound.
//
// A request has its slot from before it waits for its turn until the last byte of its answer was read, so a listing has
// one while its rows are given out. Nothing that is given rows may send a request: with one slot it would wait for itself.
type slots chan struct{}

func newSlots(n int) slots {
	if n <= 0 {
		return nil
	}
	return make(slots, n)
}

// take returns when a slot is free, or the context ends.
func (s slots) take(ctx context.Context) error {
	if s == nil {
		return nil
	}
	select {
	case s <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s slots) free() {
	if s != nil {
		<-s
	}
}
