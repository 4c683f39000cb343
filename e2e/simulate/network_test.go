package simulate

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
)

// listener hands connections in memory to an http.Server.
type listener struct {
	name  string
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func newListener(name string) *listener {
	return &listener{name: name, conns: make(chan net.Conn), done: make(chan struct{})}
}

func (l *listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *listener) Close() error {
	l.once.Do(func() { close(l.done) })
	return nil
}

func (l *listener) Addr() net.Addr { return address(l.name) }

type address string

func (a address) Network() string { return "memory" }
func (a address) String() string  { return string(a) }

// conn is the server's end of a connection, and knows whose process has the other one.
type conn struct {
	net.Conn
	from *process // nil: an exporter
}

func (l *listener) dial(ctx context.Context, from *process) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case l.conns <- conn{server, from}:
		return client, nil
	case <-l.done:
		return nil, errors.New("connection refused")
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

type callerKey struct{}

func caller(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, callerKey{}, c.(conn).from)
}

// callerOf is the process that a request comes from, nil for an exporter.
func callerOf(q *http.Request) *process {
	p, _ := q.Context().Value(callerKey{}).(*process)
	return p
}

// transport reaches the registries of the world by host name.
func (w *world) transport(from *process) http.RoundTripper {
	if !w.network {
		return &wire{w: w, from: from, idle: map[string]int{}}
	}
	return &http.Transport{
		MaxIdleConnsPerHost: 16,
		DisableCompression:  true,
		DialContext: func(ctx context.Context, _, addr string) (net.Conn, error) {
			s := w.sides[addr]
			switch {
			case s == nil:
				return nil, errors.New("no such host: " + addr)
			case from != nil && from.dead():
				return nil, errDead
			}
			c, err := s.listener.dial(ctx, from)
			if err == nil && from != nil {
				from.keep(c)
			}
			return c, err
		},
	}
}
