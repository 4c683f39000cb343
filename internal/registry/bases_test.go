package registry_test

import (
	"context"
	"net"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/srmigrate/srmigrate/internal/registry"
)

// closed is a URL at which nobody listens.
func closed(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return "http://" + l.Addr().String()
}

func others(urls ...string) func(*registry.Config) {
	return func(c *registry.Config) { c.Others = urls }
}

func TestReadsGoToTheNextURL(t *testing.T) {
	for name, first := range map[string]http.HandlerFunc{
		"408": answer(408, ""), "429": answer(429, ""), "500": answer(500, ""), "503": answer(503, ""), "cut": cutAfter(""),
	} {
		t.Run(name, func(t *testing.T) {
			one, two := serve(t, first), serve(t, answer(200, `{"mode":"IMPORT"}`))
			c := client(t, one.URL, others(two.URL))
			var told []registry.Attempt
			// Not even an hour's wait, nor a policy of one attempt, keeps it from the other URL.
			once := c.With(registry.Retry{Attempts: 1, Backoff: time.Hour}, func(a registry.Attempt) { told = append(told, a) })
			if m, _, err := once.Mode(t.Context(), ""); err != nil || m != "IMPORT" {
				t.Fatalf("got %q, %v", m, err)
			}
			if len(told) != 1 || told[0].Request != "GET "+one.URL+"/mode" || told[0].Wait != 0 {
				t.Errorf("told %+v", told)
			}
			if _, _, err := c.Mode(t.Context(), ""); err != nil || len(one.requests()) != 1 || len(two.requests()) != 2 {
				t.Errorf("the URL that answered is not the first to be asked: %v, %q, %q", err, one.requests(), two.requests())
			}
			if c.URL() != one.URL {
				t.Errorf("URL: got %q, want the first, %q", c.URL(), one.URL)
			}
		})
	}
}

func TestARefusalIsNoReasonToAskAnotherURL(t *testing.T) {
	for _, status := range []int{301, 400, 401, 403, 404, 409, 422} {
		one, two := serve(t, answer(status, "")), serve(t, answer(200, `["a"]`))
		if _, err := client(t, one.URL, others(two.URL)).Subjects(t.Context(), "", false); err == nil || len(two.requests()) != 0 {
			t.Errorf("%d: got %v, the other was asked %q", status, err, two.requests())
		}
	}
}

func TestAttemptsAreCountedOverAllURLs(t *testing.T) {
	one, two := serve(t, answer(503, "")), serve(t, answer(502, ""))
	c := client(t, one.URL, others(two.URL))
	var waits []time.Duration
	_, _, err := c.With(registry.Retry{Attempts: 5, Backoff: time.Millisecond}, func(a registry.Attempt) { waits = append(waits, a.Wait) }).Mode(t.Context(), "")
	if err == nil || len(one.requests()) != 3 || len(two.requests()) != 2 {
		t.Errorf("got %v after %q and %q", err, one.requests(), two.requests())
	}
	if want := []time.Duration{0, time.Millisecond, 2 * time.Millisecond, 4 * time.Millisecond}; !slices.Equal(waits, want) {
		t.Errorf("got waits %v, want %v", waits, want)
	}
}

func TestIdempotentWritesGoToTheNextURL(t *testing.T) {
	two := serve(t, answer(200, `{"mode":"READONLY"}`))
	c := client(t, closed(t), others(two.URL))
	if err := c.SetMode(t.Context(), "", "READONLY", false); err != nil || !slices.Equal(two.requests(), []string{"PUT /mode"}) {
		t.Errorf("got %v, %q", err, two.requests())
	}
}

// Whatever becomes of it, a write that must not be sent twice is sent to one URL.
func TestOnceWritesGoToOneURL(t *testing.T) {
	for name, h := range map[string]http.HandlerFunc{
		"cut": cutAfter(""), "503": answer(503, ""), "429": answer(429, ""), "404": answer(404, ""), "page": answer(200, "<html>"),
		"moved": func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Location", "/x"); w.WriteHeader(307) },
	} {
		for verb, do := range onceCalls() {
			one, two := serve(t, h), serve(t, answer(200, ""))
			err := do(t.Context(), client(t, one.URL, others(two.URL)))
			if err == nil || len(two.requests()) != 0 {
				t.Errorf("%s after %s: got %v, the other URL got %q", verb, name, err, two.requests())
			}
		}
	}
	for verb, do := range onceCalls() {
		two := serve(t, answer(200, ""))
		if err := do(t.Context(), client(t, closed(t), others(two.URL))); err == nil || registry.IsLost(err) || len(two.requests()) != 0 {
			t.Errorf("%s, first URL closed: got %v, the other URL got %q", verb, err, two.requests())
		}
	}
}

func TestOnceWritesGoToTheURLThatAnsweredLast(t *testing.T) {
	two := serve(t, answer(200, `[]`))
	c := client(t, closed(t), others(two.URL))
	if _, err := c.ExporterNames(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := c.With(registry.Retry{}, nil).PauseExporter(t.Context(), "e"); err != nil {
		t.Error(err)
	}
	if err := c.DeleteExporter(t.Context(), "e"); err != nil {
		t.Error(err)
	}
	if want := []string{"GET /exporters", "PUT /exporters/e/pause", "DELETE /exporters/e"}; !slices.Equal(two.requests(), want) {
		t.Errorf("got %q, want %q", two.requests(), want)
	}
}

// A 503 is not taken for an answer, but a refusal is.
func TestWhatCountsAsAnswered(t *testing.T) {
	one := serve(t, inTurn(answer(503, ""), answer(409, "")))
	two := serve(t, inTurn(answer(404, `{"error_code":40450}`), answer(503, "")))
	c := client(t, one.URL, others(two.URL))
	if _, err := c.Exporter(t.Context(), "e"); !registry.NotFound(err, 40450) {
		t.Fatal(err)
	}
	_ = c.DeleteExporter(t.Context(), "e") // where it went is the point
	_ = c.DeleteExporter(t.Context(), "e")
	if len(one.requests()) != 1 || len(two.requests()) != 3 {
		t.Errorf("got %q and %q", one.requests(), two.requests())
	}
}

func TestCredentialsGoToEveryURL(t *testing.T) {
	var got string
	two := serve(t, func(w http.ResponseWriter, r *http.Request) {
		got = r.Header.Get("Authorization") + " " + r.Header.Get("Target-Sr-Cluster")
		_, _ = w.Write([]byte(`[]`))
	})
	c := client(t, closed(t), func(cfg *registry.Config) {
		cfg.Others, cfg.Token = []string{two.URL}, registry.NewSecret(canary)
		cfg.Headers = map[string]registry.Secret{"target-sr-cluster": registry.NewSecret("lsrc-1")}
	})
	if _, err := c.ExporterNames(t.Context()); err != nil || got != "Bearer "+canary+" lsrc-1" {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestNewRefusesTheURLThatIsWrong(t *testing.T) {
	_, err := registry.New(registry.Config{Name: "source", URL: "http://a", Others: []string{"http://b", "http://u:" + canary + "@c:port"}})
	if err == nil {
		t.Fatal("no error")
	}
	mustHide(t, "error", err.Error())
}

// The end of the context ends the round of URLs too.
func TestNoNextURLAfterTheEnd(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	one := serve(t, func(w http.ResponseWriter, r *http.Request) { cancel(); hang(w, r) })
	two := serve(t, answer(200, `[]`))
	if _, err := client(t, one.URL, others(two.URL)).ExporterNames(ctx); err == nil || len(two.requests()) != 0 {
		t.Errorf("got %v, %q", err, two.requests())
	}
}
