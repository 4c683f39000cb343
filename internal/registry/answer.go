package registry

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	maxBody    = 64 << 20 // of one answer, or of one row of a listing
	maxError   = 64 << 10 // of the body of a refusal
	maxMessage = 2000     // of what is shown of it
)

// A bodyReader refuses to read more than is left; a listing refills it with
// each row.
type bodyReader struct {
	r      io.Reader
	left   int
	onRead func()
}

func (b *bodyReader) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, fmt.Errorf("its body is longer than %d MiB", maxBody>>20)
	}
	n, err := b.r.Read(p[:min(len(p), b.left)])
	b.left -= n
	if b.onRead != nil && n > 0 {
		b.onRead()
	}
	return n, err
}

// take reads a 2xx body. Where its content does not matter it may be empty,
// but still must not be a page of some proxy.
func (r call) take(body *bodyReader) error {
	if r.read != nil {
		return r.read(body)
	}
	b, err := io.ReadAll(body)
	if err != nil {
		return fmt.Errorf("its body was cut: %w", err)
	}
	if len(bytes.TrimSpace(b)) == 0 {
		return nil
	}
	var ignored any
	if err := json.Unmarshal(b, &ignored); err != nil {
		return notJSON(b, err)
	}
	return nil
}

// into reads a body that is one JSON value.
func into[T any](v *T) func(io.Reader) error {
	return func(body io.Reader) error {
		b, err := io.ReadAll(body)
		if err != nil {
			return fmt.Errorf("its body was cut: %w", err)
		}
		var fresh T
		if err := json.Unmarshal(b, &fresh); err != nil {
			return notJSON(b, err)
		}
		if bytes.Equal(bytes.TrimSpace(b), []byte("null")) {
			return errors.New("its body is null")
		}
		*v = fresh
		return nil
	}
}

// notJSON says what was there instead.
func notJSON(b []byte, err error) error {
	switch b = bytes.TrimSpace(b); {
	case len(b) == 0:
		return &foreignError{errors.New("its body is empty")}
	case b[0] == '<':
		return &foreignError{errors.New("its body is HTML, not JSON: this is not a schema registry, or a proxy answered")}
	}
	syntax, ok := errors.AsType[*json.SyntaxError](err)
	switch {
	case ok && syntax.Offset >= int64(len(b)):
		return fmt.Errorf("its body was cut: %w", io.ErrUnexpectedEOF)
	case ok:
		return &foreignError{errors.New("its body is not JSON: this is not a schema registry, or a proxy answered")}
	}
	return fmt.Errorf("its body is not what was asked for: %w", err)
}

// A foreignError is an answer that no registry gives, and that one whose registry has answered well before may get
// from a proxy for a while.
type foreignError struct{ error }

func (e *foreignError) Unwrap() error { return e.error }

// A passingError is temporary.
type passingError struct{ error }

func (e *passingError) Unwrap() error { return e.error }

// foreign makes an answer of something that is no registry temporary where a registry has answered before: a wrong
// address is told at once.
func (b *bases) foreign(err error) error {
	if _, ok := errors.AsType[*foreignError](err); ok && b.met.Load() {
		return &passingError{err}
	}
	return err
}

// refusal turns any other status into an Error. Where the body was cut, and with it the code that tells one 404 from
// another, a question is asked again, and a write that may be sent twice is sent again; of others the status is what counts.
func (c *Client) refusal(r call, resp *http.Response, s signed) error {
	e := &Error{
		Method: r.method, URL: c.at(r), Status: resp.StatusCode,
		RequestID:  c.redactor.Redact(oneLine(resp.Header.Get("X-Request-Id"), 200)),
		RetryAfter: parseRetryAfter(resp.Header.Get("Retry-After"), time.Now()),
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxError))
	again := r.method == http.MethodGet || !r.once && resp.StatusCode == http.StatusNotFound
	if err != nil && again {
		return c.callError(r, fmt.Errorf("answered %d, but its body was cut: %w", resp.StatusCode, err))
	}
	code, message := parseRefusal(body)
	if to := resp.Header.Get("Location"); to != "" && resp.StatusCode/100 == 3 {
		message = "redirected to " + strconv.Quote(bareURL(to)) + ", which is not followed; if that is the registry, give its url"
	}
	e.Code, e.Message = code, oneLine(c.redactor.Redact(message), maxMessage)
	switch e.Status {
	case http.StatusUnauthorized:
		e.Message = saying(e.Message, e.Status, c.unauthorized(s))
	case http.StatusForbidden:
		e.Message = saying(e.Message, e.Status, "the credentials of registry "+c.whose()+" are known there and may not do this: give them the right to, then go on")
	}
	return e
}

// whose names the registry, and where its credentials come from.
func (c *Client) whose() string {
	if c.credentials == "" {
		return c.name
	}
	return c.name + ", from " + c.credentials + ","
}

// unauthorized says what to do, which the server does not.
func (c *Client) unauthorized(s signed) string {
	if s.header.Get("Authorization") == "" {
		return fmt.Sprintf("it asks for credentials, and registry %s has none: give it auth", c.name)
	}
	again := ""
	if s.again {
		again = " (and were read again just now)"
	}
	return fmt.Sprintf("the credentials of registry %s have expired or are wrong%s: renew them, then go on", c.whose(), again)
}

// saying puts a hint behind what the server said, if that was more than the status.
func saying(message string, status int, hint string) string {
	text := http.StatusText(status)
	if message == "" || strings.EqualFold(message, text) || strings.EqualFold(message, fmt.Sprintf("HTTP %d %s", status, text)) {
		return hint
	}
	return message + "; " + hint
}

func parseRefusal(body []byte) (code int, message string) {
	var r struct {
		Code    json.Number `json:"error_code"`
		Message string      `json:"message"`
	}
	body = bytes.TrimSpace(body)
	switch err := json.Unmarshal(body, &r); {
	case err == nil && (r.Code != "" || r.Message != ""):
		n, _ := strconv.Atoi(r.Code.String()) // no number is no code
		return n, r.Message
	case len(body) == 0:
		return 0, ""
	case body[0] == '<':
		return 0, "an HTML page instead of a registry's answer"
	}
	return 0, string(body)
}

// parseRetryAfter takes seconds or a date.
func parseRetryAfter(h string, now time.Time) time.Duration {
	if h == "" {
		return 0
	}
	if n, err := strconv.Atoi(strings.TrimSpace(h)); err == nil {
		return max(0, time.Duration(min(n, 24*3600))*time.Second)
	}
	if t, err := http.ParseTime(h); err == nil {
		return min(max(0, t.Sub(now)), 24*time.Hour)
	}
	return 0
}

// bareURL leaves credentials and query out.
func bareURL(s string) string {
	u, err := url.Parse(s)
	if err != nil {
		return "an unreadable address"
	}
	u.User, u.RawQuery, u.Fragment = nil, "", ""
	return u.String()
}
