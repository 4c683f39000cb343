package registry

import (
	"context"
	"time"

	"golang.org/x/time/rate"
)

// newPace spaces requests evenly, without bursts; nil when there is no limit.
func newPace(perSecond float64) *rate.Limiter {
	if perSecond <= 0 {
		return nil
	}
	return rate.NewLimiter(rate.Limit(perSecond), 1)
}

// wait returns when the next request may leave, or the context ends.
func (c *Client) wait(ctx context.Context) error {
	if c.pace == nil {
		return ctx.Err()
	}
	turn := c.pace.Reserve()
	timer := time.NewTimer(turn.Delay())
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err()
	case <-ctx.Done():
		turn.Cancel()
		return ctx.Err()
	}
}
