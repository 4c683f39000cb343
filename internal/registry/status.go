package registry

import (
	"context"
	"net/http"
	"strings"
)

// A Status is how an exporter is doing. Fields that the server leaves out are zero.
type Status struct {
	Name       string `json:"name"`
	State      string `json:"state"`  // in upper case; an open set: STARTING, RUNNING, PAUSED, …
	Offset     int64  `json:"offset"` // of a Kafka topic, not a count; -1 before the first record
	TS         int64  `json:"ts"`     // milliseconds
	Trace      string `json:"trace,omitempty"`
	DeksOffset int64  `json:"deksOffset"`
	DeksTS     int64  `json:"deksTs"`
	Retriable  bool   `json:"retriable"` // the server says it will try again by itself
}

// Failed reports whether the exporter has an error, which some servers show
// by a trace while the state is another.
func (s Status) Failed() bool { return s.Trace != "" || s.State == "ERROR" }

// GET /exporters/{name}/status
//
// ExporterStatus returns an exporter's status, its trace redacted.
func (c *Client) ExporterStatus(ctx context.Context, name string) (Status, error) {
	var s Status
	err := c.do(ctx, call{method: http.MethodGet, path: exporterPath(name) + "/status", read: into(&s)})
	s.State = strings.ToUpper(s.State)
	s.Trace = c.redactor.Redact(s.Trace)
	return s, c.exporterError(err)
}

// PUT /exporters/{name}/pause
//
// PauseExporter asks the exporter to pause, which may take a while. Pausing
// twice changes nothing, so it is retried; a 409 from a server that minds is
// the caller's to judge.
func (c *Client) PauseExporter(ctx context.Context, name string) error {
	return c.tellExporter(ctx, name, "/pause", false)
}

// PUT /exporters/{name}/resume
//
// ResumeExporter asks the exporter to go on. One that runs already is a 409.
func (c *Client) ResumeExporter(ctx context.Context, name string) error {
	return c.tellExporter(ctx, name, "/resume", true)
}

// PUT /exporters/{name}/reset
//
// ResetExporter makes a paused exporter begin again from the first record.
func (c *Client) ResetExporter(ctx context.Context, name string) error {
	return c.tellExporter(ctx, name, "/reset", true)
}

func (c *Client) tellExporter(ctx context.Context, name, verb string, once bool) error {
	return c.exporterError(c.do(ctx, call{method: http.MethodPut, path: exporterPath(name) + verb, once: once}))
}
