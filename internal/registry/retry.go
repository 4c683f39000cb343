package registry

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/sethvargo/go-retry"
)

// Retry says how often a request is sent and how long to wait in between. The
// wait doubles from Backoff up to MaxBackoff, varied by Jitter, and is never
// shorter than the server asks for. A registry's other URLs are tried first,
// without a wait.
type Retry struct {
	Attempts            int // counts the first
	Backoff, MaxBackoff time.Duration
	Jitter              float64 // 0.2 is 20 % more or less
}

// An Attempt is one that did not succeed and will be followed by another.
type Attempt struct {
	Request string // method and redacted URL
	Number  int    // counts from 1
	Err     error
	Wait    time.Duration // until the next
}

// do sends the call until it succeeds, fails for good or is out of attempts.
func (c *Client) do(ctx context.Context, r call) error {
	r.base = c.bases.current()
	if r.once {
		r.attempt = 1
		c.Close() // a connection that the server has just dropped would lose the answer
		return own(c.send(ctx, r))
	}
	a := attempts{c: c, r: r}
	err := retry.Do(ctx, a.backoff(), a.send)
	return own(a.keepLast(ctx, err))
}

// own returns the error of the caller's own function as it was.
func own(err error) error {
	if stop, ok := errors.AsType[*stopError](err); ok {
		return stop.err
	}
	return err
}

// attempts is the history of one call.
type attempts struct {
	c      *Client
	r      call
	number int
	last   error // the last one that is not just the end of the context
}

func (a *attempts) send(ctx context.Context) error {
	if a.number > 0 {
		a.r.base = (a.r.base + 1) % len(a.c.bases.all)
	}
	a.number++
	a.r.attempt = a.number
	err := a.c.send(ctx, a.r)
	if a.last == nil || ctx.Err() == nil || !errors.Is(err, ctx.Err()) {
		a.last = err
	}
	if ctx.Err() == nil && a.r.isTemporary(err) {
		return retry.RetryableError(err)
	}
	return err
}

// backoff is the policy, with the server's own wish and the caller told. The
// URLs that were not asked yet are asked at once, each of them even where the
// policy has fewer attempts.
func (a *attempts) backoff() retry.Backoff {
	others := len(a.c.bases.all) - 1
	policy := a.c.retry.less(others).Schedule()
	return retry.BackoffFunc(func() (time.Duration, bool) {
		var wait time.Duration
		if a.number > others {
			next, stop := policy.Next()
			if stop {
				return 0, true
			}
			wait = max(next, retryAfter(a.last))
		}
		if a.c.onRetry != nil {
			a.c.onRetry(Attempt{Request: a.r.method + " " + a.c.at(a.r), Number: a.number, Err: a.last, Wait: wait})
		}
		return wait, false
	})
}

// keepLast puts the last real error before the end of the context, which by
// itself explains nothing.
func (a *attempts) keepLast(ctx context.Context, err error) error {
	switch {
	case err == nil || ctx.Err() == nil || err == a.last:
		return err
	case a.last == nil:
		return fmt.Errorf("%s %s: %w", a.r.method, a.c.at(a.r), join(err, ctx.Err()))
	}
	return fmt.Errorf("%w; gave up: %w", a.last, join(context.Cause(ctx), ctx.Err()))
}

// join adds end to err unless it is in it already.
func join(err, end error) error {
	if errors.Is(err, end) {
		return err
	}
	return fmt.Errorf("%w: %w", end, err)
}

// less is the policy when n attempts are made apart from it.
func (r Retry) less(n int) Retry {
	r.Attempts = max(r.Attempts-n, 1)
	return r
}

// Schedule returns the waits of the policy, one after the other.
func (r Retry) Schedule() retry.Backoff {
	var b retry.Backoff = retry.BackoffFunc(func() (time.Duration, bool) { return 0, false })
	if r.Backoff > 0 {
		b = retry.NewExponential(r.Backoff)
	}
	if r.MaxBackoff > 0 {
		b = retry.WithCappedDuration(r.MaxBackoff, b)
	}
	if r.Jitter > 0 {
		b = retry.WithJitterPercent(uint64(math.Round(min(r.Jitter, 1)*100)), b)
	}
	return retry.WithMaxRetries(uint64(max(r.Attempts-1, 0)), b)
}

func retryAfter(err error) time.Duration {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.RetryAfter
	}
	return 0
}
