package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
)

// refusal is an answer of the target other than success.
type refusal struct {
	verb, path string
	status     int
	code       int
	message    string
}

func refusalOf(verb, path string, status int, body []byte) error {
	var e struct {
		Code    int    `json:"error_code"`
		Message string `json:"message"`
	}
	if json.Unmarshal(body, &e) != nil || e.Code == 0 {
		e.Code, e.Message = status, http.StatusText(status)
	}
	return &refusal{verb, path, status, e.Code, e.Message}
}

// Error reads like the trace of the real exporter, which runs in Java.
func (e *refusal) Error() string {
	return fmt.Sprintf("io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException: "+
		"%s; error code: %d (%s %s)", e.message, e.code, e.verb, e.path)
}

// final reports whether trying again is pointless.
func (e *refusal) final() bool {
	return e.status == http.StatusUnprocessableEntity || e.status == http.StatusNotFound
}

// answered reports whether the target refused with this status, or with any
// if status is 0.
func answered(err error, status int) bool {
	var e *refusal
	return errors.As(err, &e) && (status == 0 || e.status == status)
}

// retriable reports whether what went wrong may go away by itself.
func retriable(err error) bool {
	var refused *refusal
	var unknown tokenError
	var wrong configError
	switch {
	case errors.As(err, &wrong):
		return false
	case errors.As(err, &unknown):
		return passes(unknown.status)
	case errors.As(err, &refused):
		return passes(refused.status)
	}
	return true
}

func passes(status int) bool { return status >= 500 || status == http.StatusTooManyRequests }

// unreachable says that there was no answer. The address is left away: it may
// hold credentials.
func unreachable(verb, path string, err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	return fmt.Errorf("java.net.ConnectException: %w (%s %s)", err, verb, path)
}
