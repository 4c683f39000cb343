package registry_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/srmigrate/srmigrate/internal/registry"
)

// waits makes one call in a bubble and returns how long each wait was.
func waits(t *testing.T, p registry.Retry, h http.HandlerFunc) (ds []time.Duration, err error) {
	t.Helper()
	c := client(t, "http://source", func(cfg *registry.Config) { cfg.Transport = piped(t, h) })
	start := time.Now()
	var total time.Duration
	_, _, err = c.With(p, func(a registry.Attempt) {
		ds = append(ds, a.Wait)
		total += a.Wait
		if a.Number != len(ds) || a.Err == nil || a.Request != "GET http://source/mode" {
			t.Errorf("got attempt %+v", a)
		}
	}).Mode(t.Context(), "")
	if took := time.Since(start); took != total {
		t.Errorf("took %v, want %v", took, total)
	}
	return ds, err
}

func TestBackoffDoublesUpToItsCap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := registry.Retry{Attempts: 5, Backoff: time.Second, MaxBackoff: 3 * time.Second}
		got, err := waits(t, p, answer(503, ""))
		if want := "[1s 2s 3s 3s]"; fmt.Sprint(got) != want {
			t.Errorf("got %v, want %v", got, want)
		}
		if !registry.IsTemporary(err) {
			t.Errorf("got %v, want a temporary error", err)
		}
	})
}

func TestJitter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := registry.Retry{Attempts: 40, Backoff: time.Second, MaxBackoff: time.Second, Jitter: 0.2}
		got, _ := waits(t, p, answer(503, "")) // the error is of no interest
		low, high := time.Hour, time.Duration(0)
		for _, d := range got {
			low, high = min(low, d), max(high, d)
		}
		if low < 800*time.Millisecond || high > 1200*time.Millisecond || low == high {
			t.Errorf("got waits from %v to %v", low, high)
		}
	})
}

func TestRetryAfterIsHonoured(t *testing.T) {
	for name, header := range map[string]func() string{
		"seconds": func() string { return "17" },
		"date":    func() string { return time.Now().Add(17 * time.Second).UTC().Format(http.TimeFormat) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				busy := func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("Retry-After", header())
					w.WriteHeader(429)
				}
				p := registry.Retry{Attempts: 2, Backoff: time.Second, MaxBackoff: 2 * time.Second}
				got, err := waits(t, p, inTurn(busy, answer(200, `{"mode":"READONLY"}`)))
				if err != nil || len(got) != 1 || got[0] < 16*time.Second || got[0] > 17*time.Second {
					t.Errorf("got %v, %v, want 17s", got, err)
				}
			})
		})
	}
}

func TestTimeoutOfOneRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := client(t, "http://source", func(cfg *registry.Config) {
			cfg.Transport, cfg.Timeout = piped(t, inTurn(hang, answer(200, `{"mode":"IMPORT"}`))), 20*time.Second
		})
		start := time.Now()
		if m, _, err := c.With(registry.Retry{Attempts: 2}, nil).Mode(t.Context(), ""); err != nil || m != "IMPORT" {
			t.Errorf("got %q, %v", m, err)
		}
		if took := time.Since(start); took != 20*time.Second {
			t.Errorf("took %v", took)
		}
		_, _, err := client(t, "http://source", func(cfg *registry.Config) {
			cfg.Transport = piped(t, hang)
		}).With(registry.Retry{}, nil).Mode(t.Context(), "")
		if err == nil || !strings.Contains(err.Error(), "no answer within 30s") || !registry.IsTemporary(err) {
			t.Errorf("got %v", err)
		}
	})
}

// A long listing may take as long as it needs while rows keep coming.
func TestTimeoutOfAListingIsForTheNextBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := func(w http.ResponseWriter, r *http.Request) {
			_, _ = w.Write([]byte(`["s0"`))
			for i := range 10 {
				_ = http.NewResponseController(w).Flush()
				time.Sleep(20 * time.Second)
				_, _ = fmt.Fprintf(w, `,"s%d"`, i+1)
			}
			_, _ = w.Write([]byte(`]`))
		}
		c := client(t, "http://source", func(cfg *registry.Config) { cfg.Transport = piped(t, slow) })
		if got, err := c.Subjects(t.Context(), "", false); err != nil || len(got) != 11 {
			t.Errorf("got %q, %v", got, err)
		}
	})
}

// "deadline exceeded" alone explains nothing: the last real error stays.
func TestLastErrorSurvivesTheEndOfTheContext(t *testing.T) {
	ends := map[string]func(context.Context) (context.Context, context.CancelFunc){
		"deadline": func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(ctx, 5*time.Second)
		},
		"cancel": func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(ctx)
			time.AfterFunc(5*time.Second, cancel)
			return ctx, cancel
		},
		"cause": func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancelCause(ctx)
			time.AfterFunc(5*time.Second, func() { cancel(errors.New("step timed out")) })
			return ctx, func() { cancel(nil) }
		},
	}
	for how, end := range ends {
		for where, h := range map[string]http.HandlerFunc{
			"waiting": answer(503, `{"error_code":50301,"message":"leader gone"}`),
			"asking":  inTurn(answer(503, `{"error_code":50301,"message":"leader gone"}`), hang),
		} {
			t.Run(how+" while "+where, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					c := client(t, "http://source", func(cfg *registry.Config) { cfg.Transport = piped(t, h) })
					ctx, cancel := end(t.Context())
					defer cancel()
					p := registry.Retry{Attempts: 99, Backoff: 3 * time.Second}
					_, _, err := c.With(p, nil).Mode(ctx, "")
					if !errors.Is(err, ctx.Err()) || !strings.Contains(err.Error(), "leader gone") {
						t.Errorf("got %v", err)
					}
					if e, ok := errors.AsType[*registry.Error](err); !ok || e.Status != 503 {
						t.Errorf("the 503 is gone: %v", err)
					}
				})
			})
		}
	}
}

func TestCancelledBeforeTheFirstAttempt(t *testing.T) {
	s := serve(t, answer(200, `{"mode":"READWRITE"}`))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	c := client(t, s.URL, nil)
	_, _, err := c.Mode(ctx, "")
	if !errors.Is(err, context.Canceled) || registry.IsTemporary(err) || !strings.Contains(err.Error(), "/mode") {
		t.Errorf("got %v", err)
	}
	err = c.CreateExporter(ctx, registry.Exporter{Name: "e"})
	if !errors.Is(err, context.Canceled) || registry.IsLost(err) || len(s.requests()) != 0 {
		t.Errorf("got %v after %q", err, s.requests())
	}
}

func TestWhatIsRetried(t *testing.T) {
	cut := cutAfter("")
	for name, tc := range map[string]struct {
		h    http.HandlerFunc
		want int
	}{
		"408":          {answer(408, ""), 3},
		"429":          {answer(429, ""), 3},
		"500":          {answer(500, ""), 3},
		"502":          {answer(502, "<html>"), 3},
		"cut":          {cut, 3},
		"cut and then": {inTurn(cut, answer(200, `{}`)), 2},
		"501":          {answer(501, ""), 1},
		"401":          {answer(401, ""), 1},
		"409":          {answer(409, ""), 1},
		"422":          {answer(422, `{"error_code":42205}`), 1},
		"html":         {answer(200, "<html>"), 1},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, tc.h)
			err := client(t, s.URL, nil).SetMode(t.Context(), "", "READONLY", false)
			if got := len(s.requests()); got != tc.want {
				t.Errorf("got %d requests, want %d", got, tc.want)
			}
			if registry.IsLost(err) {
				t.Errorf("an idempotent write is never lost: %v", err)
			}
		})
	}
}

func TestConnectionRefused(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	url := "http://" + l.Addr().String()
	_ = l.Close() // so that nothing listens there
	n := 0
	c := client(t, url, nil).With(registry.Retry{Attempts: 3, Backoff: time.Millisecond}, func(registry.Attempt) { n++ })
	if _, err := c.ExporterNames(t.Context()); !registry.IsTemporary(fmt.Errorf("wrapped: %w", err)) || n != 2 {
		t.Errorf("got %v after %d retries", err, n)
	}
	err = c.CreateExporter(t.Context(), registry.Exporter{Name: "e"})
	if registry.IsLost(err) || !registry.IsTemporary(err) || n != 2 {
		t.Errorf("create: got %v, want an ordinary temporary error", err)
	}
}

func TestUntrustedCertificateIsNotTemporary(t *testing.T) {
	_, err := client(t, newTLS(t), nil).ExporterNames(t.Context())
	if err == nil || registry.IsTemporary(err) {
		t.Errorf("got %v", err)
	}
}

// An error of a file says Temporary for reasons of its own, and is not for the policy of requests to try again.
func TestAFileIsNoConnection(t *testing.T) {
	_, gone := os.ReadFile(filepath.Join(t.TempDir(), "none"))
	for _, err := range []error{gone, syscall.EACCES, syscall.ENOSPC, &fs.PathError{Op: "write", Path: "f", Err: syscall.ENOSPC}} {
		if err := fmt.Errorf("wrapped: %w", err); registry.IsTemporary(err) {
			t.Errorf("%v is called temporary", err)
		}
	}
	dial := &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	for _, err := range []error{dial, syscall.ECONNRESET, syscall.EPIPE} {
		if !registry.IsTemporary(err) {
			t.Errorf("%v is not called temporary", err)
		}
	}
}

// A page from something that is no registry is told at once, and waited out where a registry has answered before.
func TestAProxyIsWaitedOut(t *testing.T) {
	for _, page := range []string{"<html>maintenance</html>", "upstream connect error", ""} {
		for _, knownBefore := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				n := 0
				c := client(t, "http://source", func(cfg *registry.Config) {
					cfg.Transport = piped(t, func(w http.ResponseWriter, r *http.Request) {
						n++
						if knownBefore && n == 1 || n > 3 {
							answer(200, `["a"]`)(w, r)
							return
						}
						answer(200, page)(w, r)
					})
				}).With(registry.Retry{Attempts: 5, Backoff: time.Second}, nil)
				if knownBefore {
					if _, err := c.Subjects(t.Context(), "", false); err != nil {
						t.Fatal(err)
					}
				}
				_, err := c.Subjects(t.Context(), "", false)
				if (err == nil) != knownBefore || n != map[bool]int{false: 1, true: 4}[knownBefore] {
					t.Errorf("%q: got %v after %d requests", page, err, n)
				}
			})
		}
	}
}
