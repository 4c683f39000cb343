package registry

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// An Exchange is one request that has left, and what came back. No secret that the Redactor knows is in it.
type Exchange struct {
	Registry string
	Base     string // the URL of the registry that it went to, without credentials
	Attempt  int    // counts from 1
	Method   string
	Path     string // escaped, from the base URL on
	Query    url.Values
	Status   int // 0 without an answer
	Took     time.Duration
	Err      string
	Sent     []byte // nil without a body
	// Got is the body of a good answer to a write, and to a question about a mode, as far as it is not long; nil otherwise.
	Got []byte
}

// Writes says whether the request may have changed something.
func (x Exchange) Writes() bool { return x.Method != http.MethodGet && x.Method != http.MethodHead }

// mostGot is how much of an answer an Exchange has.
const mostGot = 64 << 10

// overheard is what an observer will be told of an answer; nil where it will not.
func (c *Client) overheard(r call) *bytes.Buffer {
	reads := r.method == http.MethodGet || r.method == http.MethodHead
	if c.observe == nil || reads && !strings.HasPrefix(r.path, "/mode") {
		return nil
	}
	return new(bytes.Buffer)
}

// tell lets the observer know of a request.
func (c *Client) tell(r call, status int, err error, took time.Duration) {
	if c.observe == nil {
		return
	}
	x := Exchange{
		Registry: c.name, Base: c.redactor.Redact(c.bases.all[r.base].String()), Attempt: r.attempt, Method: r.method, Path: c.redactor.Redact(r.path), Query: r.query, Status: status, Took: took,
		Err: c.redactor.Redact(errText(err)),
	}
	if r.body != nil {
		x.Sent = []byte(c.redactor.Redact(string(r.body)))
	}
	if r.got != nil && err == nil && r.got.Len() < mostGot {
		x.Got = []byte(c.redactor.Redact(r.got.String()))
	}
	c.observe(x)
}

// hearing copies what is read of an answer, as far as it is wanted.
type hearing struct {
	io.Reader
	to *bytes.Buffer
}

func (h *hearing) Read(p []byte) (int, error) {
	n, err := h.Reader.Read(p)
	if room := mostGot - h.to.Len(); n > 0 && room > 0 {
		h.to.Write(p[:min(n, room)])
	}
	return n, err
}
