package registry_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/srmigrate/srmigrate/internal/registry"
)

// counted is a registry that counts what reaches it.
type counted struct {
	mu   sync.Mutex
	seen map[string]int
}

func (c *counted) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seen[r.Method+" "+r.URL.String()]++
	if r.URL.Path == "/mode/none" {
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, `{"error_code":40409,"message":"no mode"}`)
		return
	}
	fmt.Fprint(w, `{"mode":"READWRITE"}`)
}

func reader(t *testing.T, url string) *registry.Client {
	t.Helper()
	c, err := registry.New(registry.Config{Name: "source", URL: url, ReadOnly: true, Timeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// Every way to change something, in a client that only reads: none of them leaves the process.
func TestAReaderSendsNothingThatChanges(t *testing.T) {
	h := &counted{seen: map[string]int{}}
	srv := httptest.NewServer(h)
	defer srv.Close()
	c, ctx := reader(t, srv.URL), t.Context()
	for name, change := range map[string]func() error{
		"set mode":      func() error { return c.SetMode(ctx, "", "READONLY", false) },
		"clear config":  func() error { return c.ClearConfig(ctx, "a") },
		"set config":    func() error { return c.SetConfig(ctx, "a", registry.NewSettings("FULL")) },
		"pause":         func() error { return c.PauseExporter(ctx, "e") },
		"resume":        func() error { return c.ResumeExporter(ctx, "e") },
		"reset":         func() error { return c.ResetExporter(ctx, "e") },
		"delete":        func() error { return c.DeleteExporter(ctx, "e") },
		"make exporter": func() error { return c.CreateExporter(ctx, registry.Exporter{Name: "e"}) },
	} {
		if err := change(); !errors.Is(err, registry.ErrReadOnly) || registry.IsLost(err) {
			t.Errorf("%s: got %v, want ErrReadOnly and no lost answer", name, err)
		}
	}
	if len(h.seen) > 0 {
		t.Errorf("%v reached the registry", h.seen)
	}
}

func TestAReaderAsksOnce(t *testing.T) {
	h := &counted{seen: map[string]int{}}
	srv := httptest.NewServer(h)
	defer srv.Close()
	c := reader(t, srv.URL)
	for range 3 {
		for place, want := range map[string]bool{"": true, "none": false} {
			if mode, set, err := c.Mode(t.Context(), place); err != nil || set != want || set && mode != "READWRITE" {
				t.Errorf("%q: got %q, %v, %v", place, mode, set, err)
			}
		}
	}
	for request, n := range h.seen {
		if n != 1 {
			t.Errorf("%s was asked %d times", request, n)
		}
	}
}

// What is known already needs no turn of the rate limit.
func TestAReaderWaitsOnlyForWhatItSends(t *testing.T) {
	h := &counted{seen: map[string]int{}}
	srv := httptest.NewServer(h)
	defer srv.Close()
	c, err := registry.New(registry.Config{Name: "source", URL: srv.URL, ReadOnly: true, RateLimit: 0.01, Concurrency: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for range 100 { // a second request would have to wait for 100 seconds
		if mode, set, err := c.Mode(ctx, ""); err != nil || !set || mode != "READWRITE" {
			t.Fatalf("got %q, %v, %v", mode, set, err)
		}
	}
}

// A plan of a hundred steps does not wait for a dead registry a hundred times.
func TestAReaderGivesADeadServerUp(t *testing.T) {
	var asked int
	var mu sync.Mutex
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		asked++
		panic(http.ErrAbortHandler)
	}))
	defer srv.Close()
	c := reader(t, srv.URL)
	for i := range 20 {
		_, _, err := c.Mode(t.Context(), "")
		if err == nil {
			t.Fatal("a dead server answered")
		}
		if i == 19 && registry.IsTemporary(err) {
			t.Errorf("%v would be tried again", err)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if asked > 6 { // net/http asks again by itself on a connection that it kept
		t.Errorf("asked %d times", asked)
	}
}

// Who has to see what changes puts a question as often as he likes, and still changes nothing.
func TestAReaderThatAsksAnew(t *testing.T) {
	h := &counted{seen: map[string]int{}}
	srv := httptest.NewServer(h)
	defer srv.Close()
	c, err := registry.New(registry.Config{Name: "source", URL: srv.URL, ReadOnly: true, Anew: true, Timeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for range 3 {
		if _, _, err := c.Mode(t.Context(), ""); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.SetMode(t.Context(), "", "READONLY", false); !errors.Is(err, registry.ErrReadOnly) {
		t.Errorf("set mode: got %v", err)
	}
	if h.seen["GET /mode"] != 3 || len(h.seen) != 1 {
		t.Errorf("the server was asked %v", h.seen)
	}
}
