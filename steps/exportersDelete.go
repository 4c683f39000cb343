package steps

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/srmigrate/srmigrate/internal/registry"
)

// deleteExporter tries a few times: a pause may lag, or be undone by somebody, and an answer may be lost.
func deleteExporter(ctx context.Context, c *registry.Client, name string) error {
	var last error
	for attempt := range 5 {
		if attempt > 0 {
			if err := sleep(ctx, time.Duration(attempt)*500*time.Millisecond); err != nil {
				return errors.Join(last, err)
			}
		}
		there, err := exporterIfThere(ctx, c, name)
		if err != nil {
			return errors.Join(err, last)
		}
		if there == nil {
			return nil
		}
		if _, err := pauseExporter(ctx, c, name); err != nil {
			return err
		}
		switch last = c.DeleteExporter(ctx, name); {
		case last == nil:
			return gone(ctx, c, name)
		case registry.NotFound(last, 40450):
			return nil
		case !isConflict(last) && !registry.IsLost(last):
			return last
		}
	}
	return fmt.Errorf("exporter %q is still there after five attempts: %w", name, last)
}

// gone waits until the exporter is not there any more.
func gone(ctx context.Context, c *registry.Client, name string) error {
	err := pollSlower(ctx, 200*time.Millisecond, 2*time.Second, func(ctx context.Context) (bool, error) {
		e, err := exporterIfThere(ctx, c, name)
		return err == nil && e == nil, err
	})
	if err != nil && ctx.Err() != nil {
		return fmt.Errorf("exporter %q was deleted but is still listed: %w", name, err)
	}
	return err
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
