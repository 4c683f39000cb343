package simulate

import (
	"io"
	"net/http"
	"strconv"
)

// answered is what arrives of an answer.
type answered struct {
	*held
	began bool // something arrives
	ended bool // the server has nothing to add
}

// Flush lets what was written so far arrive.
func (a *answered) Flush() { a.began = true }

// response is the answer as a client has it; done is called once it was read to its end.
func (a *answered) response(q *http.Request, done func()) *http.Response {
	resp := &http.Response{
		Status: http.StatusText(a.status), StatusCode: a.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: a.header, Body: http.NoBody, ContentLength: int64(a.body.Len()), Request: q,
	}
	if a.body.Len() > 0 || !a.whole() {
		resp.Body = &arriving{a: a, rest: a.body.Bytes(), done: done}
		return resp
	}
	done()
	return resp
}

// whole says whether all arrives that was promised.
func (a *answered) whole() bool {
	return a.ended || a.header.Get("Content-Length") == strconv.Itoa(a.body.Len())
}

// arriving is the body of an answer.
type arriving struct {
	a    *answered
	rest []byte
	done func()
}

func (b *arriving) Read(p []byte) (int, error) {
	n := copy(p, b.rest)
	b.rest = b.rest[n:]
	switch {
	case len(b.rest) > 0:
		return n, nil
	case !b.a.whole():
		return n, io.ErrUnexpectedEOF
	case b.done != nil:
		b.done()
		b.done = nil
	}
	return n, io.EOF
}

// Close ends the connection unless all was read.
func (b *arriving) Close() error {
	b.done = nil
	return nil
}
