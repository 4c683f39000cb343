package registry

import "net/http"

// NotPermittedError says why a request that might have changed something was not sent.
type NotPermittedError struct{ Err error }

func (e *NotPermittedError) Error() string { return "nothing was sent: " + e.Err.Error() }
func (e *NotPermittedError) Unwrap() error { return e.Err }

// permitting is a transport that asks before each request but GET and HEAD whether it may leave.
type permitting struct {
	next   http.RoundTripper
	permit func() error
}

func (t permitting) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		if err := t.permit(); err != nil {
			if r.Body != nil {
				_ = r.Body.Close() // a transport closes it, whatever happens
			}
			return nil, &NotPermittedError{err}
		}
	}
	return t.next.RoundTrip(r)
}

// CloseIdleConnections closes those of the transport below.
func (t permitting) CloseIdleConnections() {
	if c, ok := t.next.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}
