package registry_test

import (
	"context"
	"errors"
	"io"
	stdlog "log"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/srmigrate/srmigrate/internal/registry"
)

func newTLS(t *testing.T) string {
	s := httptest.NewUnstartedServer(answer(200, `[]`))
	s.Config.ErrorLog = stdlog.New(io.Discard, "", 0) // it complains about the handshake
	s.StartTLS()
	t.Cleanup(s.Close)
	return s.URL
}

// onceCalls are the writes that must never be sent twice.
func onceCalls() map[string]func(context.Context, *registry.Client) error {
	e := registry.Exporter{Name: "e"}
	return map[string]func(context.Context, *registry.Client) error{
		"create": func(ctx context.Context, c *registry.Client) error { return c.CreateExporter(ctx, e) },
		"update": func(ctx context.Context, c *registry.Client) error { return c.UpdateExporter(ctx, e) },
		"delete": func(ctx context.Context, c *registry.Client) error { return c.DeleteExporter(ctx, "e") },
		"resume": func(ctx context.Context, c *registry.Client) error { return c.ResumeExporter(ctx, "e") },
		"reset":  func(ctx context.Context, c *registry.Client) error { return c.ResetExporter(ctx, "e") },
		"delete subject": func(ctx context.Context, c *registry.Client) error {
			_, err := c.DeleteSubject(ctx, "s", false)
			return err
		},
		"delete version": func(ctx context.Context, c *registry.Client) error { return c.DeleteVersion(ctx, "s", 1, true) },
	}
}

func TestOnceWritesAreLostOrDefinite(t *testing.T) {
	for name, tc := range map[string]struct {
		h    http.HandlerFunc
		lost bool
	}{
		"cut without an answer": {cutAfter(""), true},
		"cut in the status":     {cutAfter("HTTP/1.1 2"), true},
		"cut in the body":       {cutAfter("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{"), true},
		"a proxy's page":        {answer(200, "<html>"), true},
		"500":                   {answer(500, ""), true},
		"502":                   {answer(502, ""), true},
		"503":                   {answer(503, ""), true},
		"504":                   {answer(504, ""), true},
		"timeout of the store":  {answer(500, `{"error_code":50002,"message":"m"}`), true},
		"forwarding failed":     {answer(500, `{"error_code":50003,"message":"m"}`), true},
		"forwarded as a 4xx":    {answer(400, `{"error_code":50003,"message":"m"}`), true},
		"400":                   {answer(400, ""), false},
		"401":                   {answer(401, ""), false},
		"409":                   {answer(409, `{"error_code":40963,"message":"m"}`), false},
		"422":                   {answer(422, ""), false},
		"429":                   {answer(429, ""), false},
		"501":                   {answer(501, ""), false},
	} {
		for verb, do := range onceCalls() {
			t.Run(name+" "+verb, func(t *testing.T) {
				s := serve(t, tc.h)
				err := do(t.Context(), client(t, s.URL, nil))
				if err == nil || registry.IsLost(err) != tc.lost {
					t.Errorf("got %v, lost: want %v", err, tc.lost)
				}
				if tc.lost && registry.IsTemporary(err) {
					t.Errorf("a lost write must not look like one to send again: %v", err)
				}
				// What has no such verb may be sent another way, but never the same twice.
				if got := s.requests(); len(got) > 1 && got[0] == got[1] || len(got) > 2 {
					t.Errorf("sent %q", got)
				}
			})
		}
	}
}

func TestOnceWriteCancelledOnTheWayIsLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := client(t, "http://source", func(cfg *registry.Config) { cfg.Transport = piped(t, hang) })
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err := c.CreateExporter(ctx, registry.Exporter{Name: "e"})
		if !registry.IsLost(err) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("deadline: got %v", err)
		}
		err = c.DeleteExporter(t.Context(), "e") // hangs for the client's own timeout
		if !registry.IsLost(err) || errors.Is(err, context.Canceled) {
			t.Errorf("timeout: got %v", err)
		}
	})
}

func TestOnceWritesTakeAnySuccess(t *testing.T) {
	for name, h := range map[string]http.HandlerFunc{
		"204":    answer(204, ""),
		"200":    answer(200, ""),
		"name":   answer(200, `{"name":"e"}`),
		"201":    answer(201, `{"name":"e","config":{"a":"b"}}`),
		"string": answer(200, `"e"`),
	} {
		for _, verb := range []string{"create", "update", "delete", "resume", "reset", "delete version"} {
			s := serve(t, h)
			if err := onceCalls()[verb](t.Context(), client(t, s.URL, nil)); err != nil {
				t.Errorf("%s after %s: %v", verb, name, err)
			}
		}
	}
}

// A transport that does not tell whether it dialled may have sent everything.
func TestOnceWriteThroughASilentTransportIsLost(t *testing.T) {
	c := client(t, "http://source", func(cfg *registry.Config) { cfg.Transport = silent{} })
	if err := c.CreateExporter(t.Context(), registry.Exporter{Name: "e"}); !registry.IsLost(err) {
		t.Errorf("got %v", err)
	}
}

type silent struct{}

func (silent) RoundTrip(*http.Request) (*http.Response, error) { return nil, io.ErrUnexpectedEOF }
