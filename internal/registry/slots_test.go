package registry_test

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/srmigrate/srmigrate/internal/registry"
)

func TestConcurrency(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var begun atomic.Int32
		next := make(chan struct{})
		c := client(t, "http://source", func(cfg *registry.Config) {
			cfg.Concurrency, cfg.Timeout = 2, time.Hour
			cfg.Transport = piped(t, func(w http.ResponseWriter, _ *http.Request) {
				begun.Add(1)
				<-next
				_, _ = w.Write([]byte(`{"mode":"IMPORT"}`))
			})
		})
		done := make(chan error, 5)
		for range 5 {
			go func() {
				_, _, err := c.With(registry.Retry{}, nil).Mode(t.Context(), "")
				done <- err
			}()
		}
		for want := int32(2); want <= 5; want++ {
			synctest.Wait()
			if n := begun.Load(); n != want {
				t.Errorf("%d requests are under way or done, want %d", n, want)
			}
			next <- struct{}{}
		}

		// It waits for a slot, and is not sent: neither lost nor refused before its time.
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		hold := make(chan error)
		synctest.Wait()
		go func() { _, _, err := c.Mode(t.Context(), ""); hold <- err }()
		synctest.Wait()
		sent, start := begun.Load(), time.Now()
		err := c.DeleteExporter(ctx, "e")
		if !errors.Is(err, context.DeadlineExceeded) || registry.IsLost(err) || time.Since(start) != time.Second || begun.Load() != sent {
			t.Errorf("got %v after %v, %d more sent", err, time.Since(start), begun.Load()-sent)
		}
		next <- struct{}{}
		next <- struct{}{}
		for range 5 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		if err := <-hold; err != nil {
			t.Error(err)
		}
	})
}

func TestAListingHasOneSlot(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/schemas" {
			_, _ = w.Write([]byte(`[{"subject":"a","version":1,"id":1,"schema":"x"}]`))
			return
		}
		_, _ = w.Write([]byte(`{"mode":"IMPORT"}`))
	})
	c := client(t, s.URL, func(cfg *registry.Config) { cfg.Concurrency = 1 })
	for range 3 {
		_, err := c.Schemas(t.Context(), registry.SchemaQuery{}, func() func(*registry.Row) error {
			return func(*registry.Row) error { return errors.New("enough") }
		})
		if err == nil || err.Error() != "enough" {
			t.Fatal(err)
		}
		if _, _, err := c.Mode(t.Context(), ""); err != nil { // the slot is free again, however the listing ended
			t.Fatal(err)
		}
	}
}
