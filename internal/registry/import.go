package registry

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
)

// An ImportError tells that a server took a schema and gave it another id than
// the one that was sent: it has no import mode, and has made a version of its own,
// unless it had the schema already.
type ImportError struct {
	Request string // method and redacted URL
	Version int
	ID      int  // as sent
	Got     *int // nil where the answer names none
}

func (e *ImportError) Error() string {
	return fmt.Sprintf("%s: the server did not take id %d for version %d; it cannot import", e.Request, e.ID, e.Version)
}

// POST /subjects/{subject}/versions
//
// Import registers a schema under its own id and version. The same import
// again changes nothing, so it is retried. A server that did not take the id is
// an [ImportError].
func (c *Client) Import(ctx context.Context, s Schema) error {
	text, err := json.Marshal(s.Schema)
	if err != nil {
		return err
	}
	return c.ImportRow(ctx, &Row{Schema: s, Raw: text})
}

// POST /subjects/{subject}/versions
//
// ImportRow is Import of a row of a listing: its text is sent as it came.
func (c *Client) ImportRow(ctx context.Context, row *Row) error {
	s := row.Schema
	body, err := json.Marshal(struct {
		Version    int             `json:"version"`
		ID         int             `json:"id"`
		SchemaType string          `json:"schemaType"`
		Schema     json.RawMessage `json:"schema"`
		References []Reference     `json:"references,omitempty"`
		Metadata   json.RawMessage `json:"metadata,omitempty"`
		RuleSet    json.RawMessage `json:"ruleSet,omitempty"`
	}{s.Version, s.ID, s.SchemaType, row.Raw, s.References, s.Metadata, s.RuleSet})
	if err != nil {
		return err
	}
	var got struct {
		ID *int `json:"id"`
	}
	r := call{method: http.MethodPost, path: "/subjects/" + segment(s.Subject) + "/versions", body: body, read: into(&got)}
	if err := c.do(ctx, r); err != nil {
		return err
	}
	if got.ID == nil || *got.ID != s.ID {
		return &ImportError{Request: r.method + " " + c.at(r), Version: s.Version, ID: s.ID, Got: got.ID}
	}
	return nil
}

// DELETE /subjects/{subject}/versions/{version}
//
// Withdraw deletes one version softly. The same again changes nothing, so it is
// retried; one that is soft-deleted or gone already is fine.
func (c *Client) Withdraw(ctx context.Context, subject string, version int) error {
	return c.deleteAgain(ctx, subject, version, false)
}

// DELETE /subjects/{subject}/versions/{version}?permanent=true
//
// Purge deletes for good what was deleted softly. It is retried as Withdraw is.
func (c *Client) Purge(ctx context.Context, subject string, version int) error {
	return c.deleteAgain(ctx, subject, version, true)
}

func (c *Client) deleteAgain(ctx context.Context, subject string, version int, permanent bool) error {
	err := c.do(ctx, call{
		method: http.MethodDelete, path: "/subjects/" + segment(subject) + "/versions/" + strconv.Itoa(version),
		query: permanentQuery(permanent),
	})
	if NotFound(err, 40401, 40402, 40403, 40404, 40406) {
		return nil
	}
	return err
}
