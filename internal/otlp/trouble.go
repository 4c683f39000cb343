package otlp

import (
	"strings"
	"sync"

	"go.opentelemetry.io/otel"
)

// trouble keeps what went wrong until it is said. Of what goes wrong again and again the first is kept.
type trouble struct {
	redact func(string) string
	mu     sync.Mutex
	list   []string
	failed int
}

func (t *trouble) note(text string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if text != "" {
		t.list = append(t.list, t.redact(text))
	}
}

// How many failures are told, and how long each may be.
const (
	mostFailures = 2
	mostText     = 300
	// mostAttribute is how long a text of a span may be.
	mostAttribute = 2000
)

func (t *trouble) fail(err error) {
	if err == nil {
		return
	}
	text := shorten(t.redact(strings.Join(strings.Fields(err.Error()), " ")), mostText)
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, said := range t.list {
		if said == text {
			return
		}
	}
	if t.failed++; t.failed <= mostFailures {
		t.list = append(t.list, text)
	}
}

func shorten(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + " …"
}

func (t *trouble) take() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	list := t.list
	t.list = nil
	return list
}

// listen makes the SDK tell its errors here. Otherwise it writes them to stderr by itself, with what it has read.
func (t *trouble) listen() {
	otel.SetErrorHandler(otel.ErrorHandlerFunc(t.fail))
	otel.SetLogger(quiet(t))
}
