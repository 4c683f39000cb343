package registry

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
)

// ErrReadOnly is the answer of a client that only reads to every other request; nothing is sent.
var ErrReadOnly = errors.New("this call only reads, so nothing was sent")

// givenUpError is the last error of a server that is not asked any more.
type givenUpError struct{ error }

func (e givenUpError) Unwrap() error { return e.error }

// What a reading transport keeps at most, so that a question is asked once, and after how many failures in a row it
// takes a server for dead.
const (
	keptAnswer = 16 << 20
	keptAll    = 64 << 20
	deadAfter  = 3
)

// reading is a transport that refuses every request but GET and HEAD. It asks each question once and then gives the
// same answer again: many steps look at the same places. A server that does not answer is not waited for again and
// again either.
type reading struct {
	next http.RoundTripper
	anew bool // nothing is kept

	mu     sync.Mutex
	kept   map[string]*keptResponse
	size   int
	failed map[string]int // by host: failures in a row
	dead   map[string]error
}

type keptResponse struct {
	status int
	header http.Header
	body   []byte
}

// readOnly returns a transport through which nothing can be changed.
func readOnly(next http.RoundTripper, anew bool) *reading {
	return &reading{next: next, anew: anew, kept: map[string]*keptResponse{}, failed: map[string]int{}, dead: map[string]error{}}
}

func (t *reading) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		if r.Body != nil {
			_ = r.Body.Close() // a transport closes it, whatever happens
		}
		return nil, fmt.Errorf("%s: %w", r.Method, ErrReadOnly)
	}
	if k, err := t.known(r); k != nil || err != nil {
		return k.response(r), err
	}
	resp, err := t.next.RoundTrip(r)
	t.note(r, err)
	if t.anew || err != nil || r.Method != http.MethodGet || resp.StatusCode != http.StatusOK && resp.StatusCode != http.StatusNotFound {
		return resp, err
	}
	resp.Body = &keeping{ReadCloser: resp.Body, t: t, key: r.URL.String(), head: resp}
	return resp, nil
}

// recall gives the answer that a client which only reads has had already. Nothing is sent for it, so it takes no slot,
// waits for no turn, and stands in no log.
func (c *Client) recall(ctx context.Context, r call) (known bool, err error) {
	if c.memory == nil || r.method != http.MethodGet || ctx.Err() != nil {
		return false, nil
	}
	u, err := c.url(r)
	if err != nil {
		return false, nil // sending it will say so
	}
	k := c.memory.answer(u.String())
	if k == nil {
		return false, nil
	}
	if k.status != http.StatusOK {
		return true, c.refusal(r, k.response(nil), signed{})
	}
	if err := r.take(&bodyReader{r: bytes.NewReader(k.body), left: maxBody}); err != nil {
		return true, c.callError(r, fmt.Errorf("answered %d, but %w", k.status, err))
	}
	return true, nil
}

// answer is what a URL gave before, nil for nothing.
func (t *reading) answer(url string) *keptResponse {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.kept[url]
}

// CloseIdleConnections closes those of the transport below.
func (t *reading) CloseIdleConnections() {
	if c, ok := t.next.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

func (t *reading) known(r *http.Request) (*keptResponse, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if r.Method == http.MethodGet {
		if k := t.kept[r.URL.String()]; k != nil {
			return k, nil
		}
	}
	return nil, t.dead[r.URL.Host]
}

func (t *reading) note(r *http.Request, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err == nil {
		t.failed[r.URL.Host] = 0
		return
	}
	if r.Context().Err() == nil {
		t.failed[r.URL.Host]++
	}
	if t.failed[r.URL.Host] >= deadAfter {
		t.dead[r.URL.Host] = givenUpError{err}
	}
}

func (t *reading) keep(key string, k *keptResponse) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(k.body) > keptAnswer || t.size+len(k.body) > keptAll {
		return
	}
	t.kept[key] = k
	t.size += len(k.body)
}

func (k *keptResponse) response(r *http.Request) *http.Response {
	if k == nil {
		return nil
	}
	return &http.Response{
		Status: http.StatusText(k.status), StatusCode: k.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: k.header.Clone(),
		Body: io.NopCloser(bytes.NewReader(k.body)), ContentLength: int64(len(k.body)), Request: r,
	}
}

// keeping is a body that is kept once it was read to its end.
type keeping struct {
	io.ReadCloser
	t    *reading
	key  string
	head *http.Response
	body []byte
}

func (k *keeping) Read(p []byte) (int, error) {
	n, err := k.ReadCloser.Read(p)
	if len(k.body) <= keptAnswer {
		k.body = append(k.body, p[:n]...)
	}
	if errors.Is(err, io.EOF) {
		k.t.keep(k.key, &keptResponse{k.head.StatusCode, k.head.Header.Clone(), k.body})
	}
	return n, err
}
