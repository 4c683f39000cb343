package registry_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/srmigrate/srmigrate/internal/registry"
)

func TestRateLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := client(t, "http://source", func(cfg *registry.Config) {
			cfg.Transport, cfg.RateLimit = piped(t, answer(200, `{"mode":"IMPORT"}`)), 4
		})
		start := time.Now()
		for range 9 {
			if _, _, err := c.With(registry.Retry{}, nil).Mode(t.Context(), ""); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(start); took != 2*time.Second {
			t.Errorf("9 requests took %v, want 2s", took)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		// It waits for its turn, and is not sent: neither lost nor refused before its time.
		begun := time.Now()
		err := c.DeleteExporter(ctx, "e")
		if !errors.Is(err, context.DeadlineExceeded) || registry.IsLost(err) || time.Since(begun) != 100*time.Millisecond {
			t.Errorf("got %v after %v", err, time.Since(begun))
		}
	})
}
