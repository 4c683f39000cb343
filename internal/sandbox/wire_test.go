package sandbox

import (
	"net/http/httptest"
	"strings"
	"testing"
)

func TestMedia(t *testing.T) {
	r := newRegistry(t, Options{})
	for _, c := range []struct {
		name, sent, accept string
		status             int
		answered           string
	}{
		{"vendor type", mediaV1, mediaV1, 200, mediaV1},
		{"as Java clients ask", mediaV1, mediaV1 + ", " + mediaAny + "; q=0.9, " + mediaJSON + "; q=0.5", 200, mediaV1},
		{"plain JSON", mediaJSON + "; charset=utf-8", mediaJSON, 200, mediaJSON},
		{"octets", mediaOctets, "*/*", 200, mediaV1},
		{"nothing said", "", "", 200, mediaV1},
		{"what curl -d sends", "application/x-www-form-urlencoded", "*/*", 415, mediaV1},
	} {
		t.Run(c.name, func(t *testing.T) {
			q := httptest.NewRequest("POST", "/subjects/a/versions", strings.NewReader(`{"schema":"\"string\""}`))
			if c.sent != "" {
				q.Header.Set("Content-Type", c.sent)
			}
			q.Header.Set("Accept", c.accept)
			w := httptest.NewRecorder()
			r.ServeHTTP(w, q)
			if w.Code != c.status || w.Header().Get("Content-Type") != c.answered {
				t.Errorf("got %d %s", w.Code, w.Header().Get("Content-Type"))
			}
		})
	}
}

func TestRequestID(t *testing.T) {
	r := newRegistry(t, Options{})
	q := httptest.NewRequest("GET", "/nowhere", nil)
	w := httptest.NewRecorder()
	r.ServeHTTP(w, q)
	if w.Header().Get(requestIDKey) == "" {
		t.Error("no request id was made")
	}
	q.Header.Set(requestIDKey, "mine")
	w = httptest.NewRecorder()
	r.ServeHTTP(w, q)
	if got := w.Header().Get(requestIDKey); got != "mine" {
		t.Errorf("got %q", got)
	}
}
