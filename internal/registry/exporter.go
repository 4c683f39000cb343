package registry

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
)

// An Exporter is what a source registry knows of one. Empty fields are left
// out of requests.
type Exporter struct {
	Name                string            `json:"name,omitempty"`
	Subjects            []string          `json:"subjects,omitempty"`
	ContextType         string            `json:"contextType,omitempty"`
	Context             string            `json:"context,omitempty"`
	SubjectRenameFormat string            `json:"subjectRenameFormat,omitempty"`
	KekRenameFormat     string            `json:"kekRenameFormat,omitempty"`
	Config              map[string]Secret `json:"config,omitempty"` // secret both ways: some servers do not mask what they read back
}

// wireExporter is an Exporter with its config in the clear.
type wireExporter struct {
	Exporter
	Config map[string]string `json:"config,omitempty"`
}

// GET /exporters
//
// ExporterNames returns the names of all exporters.
func (c *Client) ExporterNames(ctx context.Context) ([]string, error) {
	var names []string
	err := c.do(ctx, call{method: http.MethodGet, path: "/exporters", read: list(&names)})
	return names, c.exporterError(err)
}

// GET /exporters/{name}
//
// Exporter returns one exporter. Servers mask secret config values, or not.
func (c *Client) Exporter(ctx context.Context, name string) (*Exporter, error) {
	var got struct {
		Exporter
		Config map[string]json.RawMessage `json:"config"`
	}
	err := c.do(ctx, call{method: http.MethodGet, path: exporterPath(name), read: into(&got)})
	if err != nil {
		return nil, c.exporterError(err)
	}
	e := got.Exporter
	e.Config = map[string]Secret{}
	for k, raw := range got.Config {
		e.Config[k] = NewSecret(text(raw))
	}
	return &e, nil
}

// POST /exporters
//
// CreateExporter creates an exporter. Where the server has no such verb it is
// sent once more as PUT /exporters. Whether a 409 means that it exists already
// differs from server to server: look.
func (c *Client) CreateExporter(ctx context.Context, e Exporter) error {
	body, err := c.exporterBody(e)
	if err != nil {
		return err
	}
	err = c.do(ctx, call{method: http.MethodPost, path: "/exporters", body: body, once: true})
	if isUnknownRoute(err) {
		if put := c.do(ctx, call{method: http.MethodPut, path: "/exporters", body: body, once: true}); !isUnknownRoute(put) {
			err = put
		}
	}
	return c.exporterError(err)
}

// PUT /exporters/{name}
//
// UpdateExporter replaces an exporter, which must be paused. Some servers empty
// what is left out, so send the whole of it, with real secrets.
func (c *Client) UpdateExporter(ctx context.Context, e Exporter) error {
	name := e.Name
	e.Name = ""
	body, err := c.exporterBody(e)
	if err != nil {
		return err
	}
	return c.exporterError(c.do(ctx, call{method: http.MethodPut, path: exporterPath(name), body: body, once: true}))
}

// DELETE /exporters/{name}
//
// DeleteExporter deletes an exporter, which must be paused.
func (c *Client) DeleteExporter(ctx context.Context, name string) error {
	return c.exporterError(c.do(ctx, call{method: http.MethodDelete, path: exporterPath(name), once: true}))
}

// exporterBody shows the config to the server alone: whatever it echoes is
// redacted from here on.
func (c *Client) exporterBody(e Exporter) ([]byte, error) {
	w := wireExporter{Exporter: e, Config: map[string]string{}}
	for k, v := range e.Config {
		w.Config[k] = v.Reveal()
	}
	c.redactor.AddConfig(e.Config)
	return json.Marshal(w)
}

// exporterError tells a server without exporters from an exporter not there.
func (c *Client) exporterError(err error) error {
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Status != http.StatusNotFound || e.Code == 40450 {
		return err
	}
	return fmt.Errorf("%w on %s: %w", ErrNoExporters, c.URL(), err)
}

func exporterPath(name string) string { return "/exporters/" + segment(name) }

// text returns a JSON string's text, and any other JSON value as it is.
func text(raw json.RawMessage) string {
	var s string
	if err := json.Unmarshal(raw, &s); err != nil {
		return string(raw)
	}
	return s
}
