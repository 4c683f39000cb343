package steps

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/srmigrate/srmigrate/internal/registry"
	"github.com/srmigrate/srmigrate/internal/sandbox"
)

// inMemory sends requests to a handler without a socket, as a synctest bubble wants it.
type inMemory struct {
	http.Handler
	lists int // requests for the listing
}

func (m *inMemory) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Path == "/schemas" {
		m.lists++
	}
	if r.Body == nil {
		r.Body = http.NoBody
	}
	w := httptest.NewRecorder()
	m.ServeHTTP(w, r)
	return w.Result(), nil
}

func TestWaitForStallLooksAtTheTarget(t *testing.T) {
	cases := map[string]struct {
		arrives time.Duration // a version on the target; 0 for none
		want    time.Duration
	}{
		"nothing moves":        {want: 2 * time.Minute},
		"the target grows":     {arrives: time.Minute, want: 4 * time.Minute},
		"it grew before stall": {arrives: 5 * time.Second, want: 2 * time.Minute},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := scripted(t, always(status("RUNNING", 5)))
				there, err := sandbox.New(sandbox.Options{})
				if err != nil {
					t.Fatal(err)
				}
				defer there.Close()
				m := &inMemory{Handler: there}
				target, err := registry.New(registry.Config{Name: "target", URL: "http://target.test", Transport: m})
				if err != nil {
					t.Fatal(err)
				}
				s.env.Registries["target"] = target
				if c.arrives > 0 {
					time.AfterFunc(c.arrives, func() {
						body := strings.NewReader(`{"schema":"\"string\""}`)
						there.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("POST", "/subjects/a/versions", body))
					})
				}
				step := &WaitFor{Exporter: "e", Until: "false", StallAfter: "2m", OnStall: "fail"}
				_, err = step.Do(t.Context(), s.env)
				if err == nil || !strings.HasPrefix(err.Error(), "nothing has moved for 2m0s") || time.Since(s.begun) != c.want {
					t.Errorf("got %v after %s, want a stall after %s", err, time.Since(s.begun), c.want)
				}
				if m.lists > 10 {
					t.Errorf("the target was listed %d times", m.lists)
				}
			})
		})
	}
}
