package otlp

import (
	"fmt"

	"github.com/go-logr/logr"
)

// quiet is a log of the SDK that keeps its errors with the rest of the trouble. The values that it adds are what it could
// not read, such as a header, and are left out.
func quiet(t *trouble) logr.Logger { return logr.New(sink{t}) }

type sink struct{ *trouble }

func (sink) Init(logr.RuntimeInfo)            {}
func (sink) Enabled(int) bool                 { return false }
func (sink) Info(int, string, ...any)         {}
func (s sink) WithValues(...any) logr.LogSink { return s }
func (s sink) WithName(string) logr.LogSink   { return s }

// Error keeps an error.
func (s sink) Error(err error, msg string, _ ...any) { s.fail(fmt.Errorf("%s: %w", msg, err)) }
