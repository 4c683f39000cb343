package registry

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
)

// NotPermittedError says why a request that might have changed something was not sent.
type NotPermittedError struct{ Err error }

func (e *NotPermittedError) Error() string { return "nothing was sent: " + e.Err.Error() }
func (e *NotPermittedError) Unwrap() error { return e.Err }

// permitting is a transport that asks before each request but GET and HEAD whether it may leave, and once more when there
// is a connection for it: to make one can take longer than a permit lasts.
type permitting struct {
	next   http.RoundTripper
	permit func() error
}

func (t permitting) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return t.next.RoundTrip(r)
	}
	if err := t.permit(); err != nil {
		if r.Body != nil {
			_ = r.Body.Close() // a transport closes it, whatever happens
		}
		return nil, &NotPermittedError{err}
	}
	ctx, cancel := context.WithCancel(r.Context())
	last := &lastCall{permit: t.permit, cancel: cancel}
	resp, err := t.next.RoundTrip(r.WithContext(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: last.connected})))
	if err == nil {
		resp.Body = ending{resp.Body, cancel} // which is read in this context
		return resp, nil
	}
	cancel()
	if kept := last.kept.Load(); kept != nil {
		return nil, kept
	}
	return nil, err
}

// lastCall asks once more before the first byte of a request.
type lastCall struct {
	permit func() error
	cancel func()
	kept   atomic.Pointer[NotPermittedError]
}

// connected asks. HTTP/2 looks at the context before it writes, HTTP/1 does not: there the connection asks again, so that
// nothing lies between that and the write.
func (l *lastCall) connected(info httptrace.GotConnInfo) {
	if l.ask() != nil {
		l.cancel()
	}
	if g := gateOf(info.Conn); g != nil {
		ask := l.ask
		g.next.Store(&ask)
	}
}

func (l *lastCall) ask() error {
	if err := l.permit(); err != nil {
		kept := &NotPermittedError{err}
		l.kept.Store(kept)
		return kept
	}
	return nil
}

// gate is a connection that asks before the next write, where it was told to: one request at a time is on it.
type gate struct {
	net.Conn
	next atomic.Pointer[func() error]
}

func (g *gate) Write(b []byte) (int, error) {
	if ask := g.next.Swap(nil); ask != nil {
		if err := (*ask)(); err != nil {
			return 0, err
		}
	}
	return g.Conn.Write(b)
}

// gated lets the connections of a transport be gates.
func gated(t *http.Transport) {
	dial := t.DialContext
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	t.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		return &gate{Conn: c}, nil
	}
}

// gateOf finds the gate below what speaks over it; nil where many requests share it, or there is none.
func gateOf(c net.Conn) *gate {
	for {
		if s, secure := c.(*tls.Conn); secure && s.ConnectionState().NegotiatedProtocol == "h2" {
			return nil
		}
		switch below := c.(type) {
		case *gate:
			return below
		case interface{ NetConn() net.Conn }:
			c = below.NetConn()
		default:
			return nil
		}
	}
}

// ending is a body that ends its context when it is closed.
type ending struct {
	io.ReadCloser
	cancel func()
}

func (e ending) Close() error {
	defer e.cancel()
	return e.ReadCloser.Close()
}

// CloseIdleConnections closes those of the transport below.
func (t permitting) CloseIdleConnections() {
	if c, ok := t.next.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}
