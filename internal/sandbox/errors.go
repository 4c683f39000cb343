package sandbox

import (
	"errors"
	"fmt"
)

// apiError is an answer other than success, as it goes over the wire.
type apiError struct {
	Status  int    `json:"-"`
	Code    int    `json:"error_code"`
	Message string `json:"message"`
}

func (e *apiError) Error() string { return fmt.Sprintf("%d: %s", e.Code, e.Message) }

// refuse makes an error of a five-digit code, whose first three digits are the
// HTTP status.
func refuse(code int, format string, args ...any) error {
	return &apiError{code / 100, code, fmt.Sprintf(format, args...)}
}

// plain makes an error whose code is the HTTP status itself.
func plain(status int, message string) error {
	return &apiError{status, status, message}
}

func subjectNotFound(n name) error {
	return refuse(40401, "Subject '%s' not found.", n)
}

func versionNotFound(v int) error {
	return refuse(40402, "Version %d not found.", v)
}

func schemaNotFound() error {
	return refuse(40403, "Schema not found")
}

func invalidSubject(n string) error {
	return refuse(42208, "The specified subject '%s' is not a valid subject.", n)
}

func readOnly(n name) error {
	return refuse(42205, "Subject %s in context %s is in read-only mode", n.subject, n.context)
}

func referenced(e *entry) error {
	return refuse(42206, "One or more references exist to the schema {magic=1,keytype=SCHEMA,subject=%s,version=%d}.",
		e.name, e.version)
}

// code is the error code of an answer, 0 for any other error.
func code(err error) int {
	var e *apiError
	if errors.As(err, &e) {
		return e.Code
	}
	return 0
}
