package simulate

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync"
)

// wire takes requests to the registries without a connection between the two: it does what http.Transport does with one,
// to the request that it repeats on its own, and is ten times as fast.
type wire struct {
	w    *world
	from *process // nil: an exporter

	mu   sync.Mutex
	idle map[string]int // connections that are open and unused, by address
}

// errCut is a connection that ended before the answer began.
var errCut = fmt.Errorf("the server closed the connection: %w", io.EOF)

// RoundTrip sends a request again where http.Transport does: when the connection had been used before and may have been
// closed in between, and the request may be repeated.
func (l *wire) RoundTrip(q *http.Request) (*http.Response, error) {
	body, err := sent(q)
	if err != nil {
		return nil, err
	}
	for {
		resp, reused, err := l.exchange(q, body)
		if !reused || q.Method != http.MethodGet || !errors.Is(err, errCut) {
			return resp, err
		}
	}
}

// sent is what the client sends.
func sent(q *http.Request) ([]byte, error) {
	if q.Body == nil || q.Body == http.NoBody {
		return nil, nil
	}
	body, err := io.ReadAll(q.Body)
	return body, errors.Join(err, q.Body.Close())
}

// exchange is one request on one connection.
func (l *wire) exchange(q *http.Request, body []byte) (resp *http.Response, reused bool, err error) {
	if q.Context().Err() != nil {
		return nil, false, context.Cause(q.Context())
	}
	if l.from != nil && l.from.stand() {
		return nil, false, errCut // nobody has waited for it that long
	}
	s, err := l.reach(q.URL.Host)
	if err != nil {
		return nil, false, err
	}
	reused = l.take(q.URL.Host)
	if trace := httptrace.ContextClientTrace(q.Context()); trace != nil {
		trace.GetConn(q.URL.Host)
		trace.GotConn(httptrace.GotConnInfo{Reused: reused})
	}
	a, err := l.served(s, q, body)
	switch {
	case l.from != nil && l.from.dead():
		return nil, reused, errDead
	case err != nil:
		return nil, reused, err
	case !a.began && q.Context().Err() != nil:
		return nil, reused, context.Cause(q.Context())
	case !a.began:
		return nil, reused, errCut
	}
	return a.response(q, func() { l.put(q.URL.Host) }), reused, nil
}

func (l *wire) reach(host string) (*side, error) {
	s := l.w.sides[host+":80"]
	switch {
	case s == nil:
		return nil, errors.New("no such host: " + host)
	case l.from != nil && l.from.dead():
		return nil, errDead
	}
	return s, nil
}

// take uses a connection, an old one where there is one.
func (l *wire) take(host string) (reused bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.idle[host] == 0 {
		return false
	}
	l.idle[host]--
	return true
}

func (l *wire) put(host string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.idle[host]++
}

// CloseIdleConnections forgets those that are open.
func (l *wire) CloseIdleConnections() {
	l.mu.Lock()
	defer l.mu.Unlock()
	clear(l.idle)
}

// served has the registry answer. A registry takes its time only for a pause: that alone a client stops waiting for while
// the registry goes on.
func (l *wire) served(s *side, q *http.Request, body []byte) (*answered, error) {
	r, err := arrived(q, body, l.from)
	if err != nil {
		return nil, err
	}
	if l.from == nil || !strings.HasSuffix(q.URL.Path, "/pause") {
		return serve(s, r), nil
	}
	done := make(chan *answered, 1)
	go func() { done <- serve(s, r) }()
	select {
	case a := <-done:
		return a, nil
	case <-q.Context().Done():
		return nil, context.Cause(q.Context())
	}
}

// arrived is a request as a server has it.
func arrived(q *http.Request, body []byte, from *process) (*http.Request, error) {
	uri := q.URL.RequestURI()
	u, err := url.ParseRequestURI(uri)
	if err != nil {
		return nil, err
	}
	r := q.WithContext(context.WithValue(q.Context(), callerKey{}, from))
	r.URL, r.RequestURI, r.Host = u, uri, q.URL.Host
	r.Header = maps.Clone(q.Header)
	r.Header.Set("X-Request-Id", "simulated") // or the registry draws one
	r.Body, r.ContentLength = http.NoBody, int64(len(body))
	if len(body) > 0 {
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	return r, nil
}

// serve runs the handler. Like http.Server it ends the connection of one that panics, and lets the answer of one that
// returns go.
func serve(h http.Handler, q *http.Request) (a *answered) {
	a = &answered{held: newHeld()}
	defer func() {
		switch r := recover(); {
		case r == nil:
			a.began, a.ended = true, true
		case r != http.ErrAbortHandler: //nolint:errorlint // it is a value, not an error
			panic(r)
		}
	}()
	h.ServeHTTP(a, q)
	return a
}
