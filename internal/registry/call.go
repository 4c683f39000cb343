package registry

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

const (
	contentType = "application/vnd.schemaregistry.v1+json"
	acceptTypes = contentType + ", application/vnd.schemaregistry+json; q=0.9, application/json; q=0.5"
)

// A call is one request, sent once or several times.
type call struct {
	method  string
	base    int    // index of the URL that it goes to; set when it is sent
	path    string // escaped, from the base on
	query   url.Values
	body    []byte
	once    bool                  // must not be sent twice
	attempt int                   // counts from 1; set when it is sent
	stream  bool                  // a long body: the timeout starts anew with each read
	read    func(io.Reader) error // takes a 2xx body; nil: it does not matter
	refuse  func(*Error) bool     // a refusal for good, though its status is a temporary one
	got     *bytes.Buffer         // what an observer hears of a good answer; set when it is sent
}

func (r call) isTemporary(err error) bool {
	if e, ok := errors.AsType[*Error](err); ok && r.refuse != nil && r.refuse(e) {
		return false
	}
	if _, ok := errors.AsType[*stopError](err); ok {
		return false
	}
	return IsTemporary(err)
}

// A stopError is an error of the caller's own function, not of the registry.
type stopError struct{ err error }

func (e *stopError) Error() string { return e.err.Error() }
func (e *stopError) Unwrap() error { return e.err }

// send is the one way by which requests leave.
func (c *Client) send(ctx context.Context, r call) error {
	if known, err := c.recall(ctx, r); known {
		return err
	}
	if err := c.slots.take(ctx); err != nil {
		return c.callError(r, err) // nothing was sent
	}
	defer c.slots.free()
	if err := c.wait(ctx); err != nil {
		return c.callError(r, err) // nothing was sent
	}
	sign, err := c.login.sign(ctx)
	if err != nil {
		return c.callError(r, err) // nothing was sent
	}
	var dialled, connected atomic.Bool
	start := time.Now()
	r.got = c.overheard(r)
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { dialled.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { connected.Store(true) },
	})
	status, err := c.exchange(ctx, r, sign)
	if refused(r, status, err) {
		status, err = c.retryRefused(ctx, r, sign, status, err)
	}
	c.bases.tried(r.base, err)
	if e, ok := errors.AsType[*Error](err); ok && e.Temporary() {
		c.strain.Add(1)
	}
	if c.log.Enabled(ctx, slog.LevelDebug) {
		c.log.DebugContext(ctx, "request", "registry", c.name, "method", r.method, "url", c.at(r),
			"status", status, "took", time.Since(start), "error", errText(err))
	}
	c.tell(r, status, err, time.Since(start))
	// Only a transport that tells of its dialling can be believed to have sent nothing.
	unsent := dialled.Load() && !connected.Load()
	if r.once && !unsent && !isDefinite(err) {
		return &LostError{Method: r.method, URL: c.at(r), Err: err}
	}
	return err
}

// isDefinite reports whether err tells what became of a write.
func isDefinite(err error) bool {
	if err == nil || errors.Is(err, ErrReadOnly) {
		return true
	}
	if _, kept := errors.AsType[*NotPermittedError](err); kept {
		return true
	}
	e, ok := errors.AsType[*Error](err)
	return ok && (e.Status < 500 || e.Status == http.StatusNotImplemented) && e.Code/100 != 500
}

// exchange sends the request and reads the answer, all within the timeout.
func (c *Client) exchange(ctx context.Context, r call, s signed) (status int, err error) {
	within, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	timer := time.AfterFunc(c.timeout, func() { cancel(timeoutError{c.timeout}) })
	defer timer.Stop()
	resp, err := c.roundTrip(within, r, s)
	if err != nil {
		return 0, c.callError(r, c.explain(cause(ctx, within, err)))
	}
	defer func() { _ = resp.Body.Close() }() // what matters of it was read
	if resp.StatusCode/100 != 2 {
		return resp.StatusCode, c.refusal(r, resp, s)
	}
	body := &bodyReader{r: resp.Body, left: maxBody}
	if r.got != nil {
		body.r = &hearing{resp.Body, r.got}
	}
	if r.stream {
		body.onRead = func() { timer.Reset(c.timeout) }
	}
	if err := r.take(body); err != nil {
		err = fmt.Errorf("answered %d, but %w", resp.StatusCode, c.bases.foreign(cause(ctx, within, err)))
		return resp.StatusCode, c.callError(r, err)
	}
	return resp.StatusCode, nil
}

// cause tells the end of the caller's context from the client's own timeout.
func cause(ctx, within context.Context, err error) error {
	if _, ok := errors.AsType[*stopError](err); ok {
		return err
	}
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err // it repeats the request, with its query
	}
	if end := ctx.Err(); end != nil {
		return join(err, end)
	}
	if late, ok := errors.AsType[timeoutError](context.Cause(within)); ok {
		return late
	}
	return err
}

func (c *Client) roundTrip(ctx context.Context, r call, s signed) (*http.Response, error) {
	req, err := c.request(ctx, r, s)
	if err != nil {
		return nil, err
	}
	return c.http.Do(req)
}

// request builds the request with the headers that every registry gets.
func (c *Client) request(ctx context.Context, r call, s signed) (*http.Request, error) {
	u, err := c.url(r)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, r.method, c.bases.all[r.base].String(), bytes.NewReader(r.body))
	if err != nil {
		return nil, err
	}
	req.URL = u // with its path as it was escaped
	maps.Copy(req.Header, s.header)
	if r.body != nil {
		req.Header.Set("Content-Type", contentType)
	}
	req.Header.Set("Accept", acceptTypes)
	req.Header.Set("Confluent-Accept-Unknown-Properties", "true") // without it Confluent Cloud leaves fields out
	return req, nil
}

// callError says which request failed and keeps the cause to be asked about.
func (c *Client) callError(r call, err error) error {
	if stop, ok := errors.AsType[*stopError](err); ok {
		return stop
	}
	text := oneLine(c.redactor.Redact(err.Error()), maxMessage)
	return &callError{text: r.method + " " + c.at(r) + ": " + text, err: err}
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func oneLine(s string, most int) string {
	s = strings.Join(strings.Fields(s), " ")
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + " …"
	}
	return s
}
