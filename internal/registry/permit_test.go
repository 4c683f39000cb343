package registry

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
)

// A write that is not permitted does not leave, is not tried again, and is known not to have happened.
func TestAWriteThatIsNotPermittedDoesNotLeave(t *testing.T) {
	var sent atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent.Add(1)
		_, _ = w.Write([]byte(`{"compatibilityLevel":"BACKWARD","mode":"READWRITE"}`))
	}))
	defer server.Close()
	why := errors.New("the lock is lost")
	asked := 0
	c, err := New(Config{Name: "source", URL: server.URL, Redactor: new(Redactor), Permit: func() error { asked++; return why }})
	if err != nil {
		t.Fatal(err)
	}
	err = c.With(Retry{Attempts: 5}, nil).SetMode(context.Background(), "", "READONLY", false)
	if !errors.Is(err, why) || IsLost(err) || IsTemporary(err) || asked != 1 || sent.Load() != 0 {
		t.Errorf("got %v, lost %v, temporary %v; asked %d times, sent %d", err, IsLost(err), IsTemporary(err), asked, sent.Load())
	}
}
