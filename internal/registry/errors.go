package registry

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"time"
)

// A sentinel is an error that is a constant.
type sentinel string

func (s sentinel) Error() string { return string(s) }

// ErrNoExporters is wrapped when a server does not know the route /exporters.
const ErrNoExporters = sentinel("the exporter extension is not loaded")

// An Error is a registry's refusal: a complete answer with a status that is
// not 2xx.
type Error struct {
	Method     string        `json:"method"`
	URL        string        `json:"url"` // without credentials
	Status     int           `json:"status"`
	Code       int           `json:"code,omitempty"`    // the registry's own, such as 42205; 0 when the body has none
	Message    string        `json:"message,omitempty"` // redacted, on one line
	RequestID  string        `json:"requestId,omitempty"`
	RetryAfter time.Duration `json:"retryAfter,omitempty"` // what the server asks to wait
}

// Error returns the request, the status with the registry's code, and its message.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s: %d", e.Method, e.URL, e.Status)
	if t := http.StatusText(e.Status); t != "" {
		b.WriteString(" " + t)
	}
	if e.Code != 0 && e.Code != e.Status {
		fmt.Fprintf(&b, ", code %d", e.Code)
	}
	if t := http.StatusText(e.Status); e.Message != "" && e.Message != t && e.Message != fmt.Sprintf("HTTP %d %s", e.Status, t) {
		b.WriteString(": " + e.Message)
	}
	if e.RequestID != "" {
		fmt.Fprintf(&b, " (request id %s)", e.RequestID)
	}
	return b.String()
}

// Temporary reports whether the same request may be answered otherwise in a moment.
func (e *Error) Temporary() bool {
	switch e.Status {
	case http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusInternalServerError,
		http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// A LostError tells that a write which must not be sent twice got no definite
// answer. It may have been carried out; only a look at the registry tells.
type LostError struct {
	Method, URL string
	Err         error // what came instead of the answer
}

func (e *LostError) Error() string {
	return e.Err.Error() + "; it was sent once and may have been carried out"
}

func (e *LostError) Unwrap() error { return e.Err }

// IsLost reports whether err holds a LostError.
func IsLost(err error) bool {
	_, ok := errors.AsType[*LostError](err)
	return ok
}

// NotFound reports whether err is an answer of status 404 with one of the
// codes, or with any code when none is given.
func NotFound(err error, codes ...int) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Status == http.StatusNotFound && (len(codes) == 0 || slices.Contains(codes, e.Code))
}

// IsTemporary reports whether err, or what it wraps, may be gone when the
// request is sent again. A lost write and a cancelled context are not temporary.
func IsTemporary(err error) bool {
	if err == nil || IsLost(err) || errors.Is(err, context.Canceled) || errors.Is(err, ErrReadOnly) {
		return false
	}
	if _, ok := errors.AsType[givenUpError](err); ok {
		return false
	}
	if _, ok := errors.AsType[*NotPermittedError](err); ok {
		return false
	}
	if _, ok := errors.AsType[*passingError](err); ok {
		return true
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Temporary()
	}
	return isConnection(err)
}

func isConnection(err error) bool {
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return false
	}
	if isAlert(err) {
		return false
	}
	if e, ok := errors.AsType[net.Error](err); ok {
		if _, bare := e.(syscall.Errno); !bare { // each has the methods, also that of a file
			return true
		}
	}
	for _, cut := range []error{io.EOF, io.ErrUnexpectedEOF, net.ErrClosed, syscall.ECONNRESET, syscall.EPIPE} {
		if errors.Is(err, cut) {
			return true
		}
	}
	return false
}

// A callError is what came in place of a usable answer.
type callError struct {
	text string // redacted
	err  error
}

func (e *callError) Error() string { return e.text }
func (e *callError) Unwrap() error { return e.err }

// A timeoutError tells that nothing came for the client's own timeout; it is a net.Error.
type timeoutError struct{ after time.Duration }

func (e timeoutError) Error() string { return fmt.Sprintf("no answer within %s", e.after) }
func (e timeoutError) Timeout() bool { return true }

// Temporary is asked for by net.Error.
func (e timeoutError) Temporary() bool { return true }
