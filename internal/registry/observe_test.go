package registry_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/srmigrate/srmigrate/internal/registry"
)

// An observer is told of every request, refused ones too, and of no secret.
func TestAnObserverIsToldOfEachRequest(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method == http.MethodPut && r.URL.Path == "/mode/refused":
			w.WriteHeader(422)
			_, _ = w.Write([]byte(`{"error_code":42205,"message":"no ` + strings.Join(strings.Fields(canary), "") + `"}`))
		case strings.HasPrefix(r.URL.Path, "/mode"):
			_, _ = w.Write([]byte(`{"mode":"READWRITE"}`))
		default:
			_, _ = w.Write([]byte(`["a"]`))
		}
	})
	var mu sync.Mutex
	var seen []registry.Exchange
	c := client(t, s.URL, func(cfg *registry.Config) {
		cfg.Username, cfg.Password = "user", registry.NewSecret(canary)
		cfg.Observe = func(x registry.Exchange) {
			mu.Lock()
			defer mu.Unlock()
			seen = append(seen, x)
		}
	})
	ctx := t.Context()
	if _, _, err := c.Mode(ctx, ":.a:"); err != nil {
		t.Fatal(err)
	}
	if err := c.SetMode(ctx, "refused", "IMPORT", true); err == nil {
		t.Fatal("no error")
	}
	if err := c.SetMode(ctx, "", "READONLY", false); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Subjects(ctx, "", false); err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, x := range seen {
		lines = append(lines, fmt.Sprintf("%s %s %v %d %t %q %q", x.Method, x.Path, x.Query, x.Status, x.Err != "", x.Sent, x.Got))
		mustHide(t, "exchange", fmt.Sprintf("%+v", x))
		if x.Base != s.URL || x.Attempt != 1 {
			t.Errorf("it went to %s at attempt %d", x.Base, x.Attempt)
		}
	}
	want := []string{
		`GET /mode/:.a: map[] 200 false "" "{\"mode\":\"READWRITE\"}"`,
		`PUT /mode/refused map[force:[true]] 422 true "{\"mode\":\"IMPORT\"}" ""`,
		`PUT /mode map[] 200 false "{\"mode\":\"READONLY\"}" "{\"mode\":\"READWRITE\"}"`,
		`GET /subjects map[] 200 false "" ""`,
	}
	if len(lines) != len(want) {
		t.Fatalf("got %q, want %q", lines, want)
	}
	for i := range want {
		if lines[i] != want[i] {
			t.Errorf("got  %s\nwant %s", lines[i], want[i])
		}
	}
}

// An observer is told of each attempt, and of the address that it went to.
func TestAnObserverIsToldOfAttempts(t *testing.T) {
	down := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) })
	up := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`["a"]`)) })
	var seen []string
	c := client(t, down.URL, func(cfg *registry.Config) {
		cfg.Others = []string{up.URL}
		cfg.Observe = func(x registry.Exchange) {
			seen = append(seen, fmt.Sprintf("%s %d %d", x.Base, x.Attempt, x.Status))
		}
	})
	if _, err := c.Subjects(t.Context(), "", false); err != nil {
		t.Fatal(err)
	}
	if want := []string{down.URL + " 1 503", up.URL + " 2 200"}; !slices.Equal(seen, want) {
		t.Errorf("got %q, want %q", seen, want)
	}
}
