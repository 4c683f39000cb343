package registry

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strconv"
)

// A Schema is one version of a subject.
type Schema struct {
	Subject    string          `json:"subject"`
	Version    int             `json:"version"`
	ID         int             `json:"id"`
	GUID       string          `json:"guid,omitempty"`
	SchemaType string          `json:"schemaType"` // AVRO where the server leaves it out
	Schema     string          `json:"schema"`
	References []Reference     `json:"references,omitempty"`
	Metadata   json.RawMessage `json:"metadata,omitempty"`
	RuleSet    json.RawMessage `json:"ruleSet,omitempty"`
	Deleted    *bool           `json:"deleted,omitempty"` // nil: the server does not say
}

// A Reference names another version that a schema uses.
type Reference struct {
	Name    string `json:"name"`
	Subject string `json:"subject"`
	Version int    `json:"version"`
}

// UnmarshalJSON refuses a row without a subject, a version or an id, rather
// than taking what is missing for a zero.
func (s *Schema) UnmarshalJSON(b []byte) error {
	type plain Schema
	row := struct {
		*plain
		ID     *int    `json:"id"`
		Schema *string `json:"schema"`
	}{plain: (*plain)(s)}
	*s = Schema{}
	if err := json.Unmarshal(b, &row); err != nil {
		return err
	}
	if s.Subject == "" || s.Version <= 0 || row.ID == nil || row.Schema == nil {
		return errRow
	}
	s.ID, s.Schema = *row.ID, *row.Schema
	if s.SchemaType == "" {
		s.SchemaType = "AVRO"
	}
	return nil
}

// A SchemaQuery says which rows of the listing are asked for.
type SchemaQuery struct {
	Context       string // asks below the context's own route; "" is the plain one
	Prefix        string // "" is the default context only, ":*:" all contexts
	Deleted       bool   // soft-deleted versions as well
	LatestOnly    bool
	Offset, Limit int // 0 leaves them out
	// Expect is asked for a text that a row may well have, as it came in another
	// listing: where just that comes it need not be gone through again. The
	// answer has to stay what it is until the next row. nil expects nothing.
	Expect func(subject string, version int) []byte
}

func (q SchemaQuery) values() url.Values {
	v := url.Values{}
	if q.Prefix != "" {
		v.Set("subjectPrefix", q.Prefix)
	}
	if q.Deleted {
		v.Set("deleted", "true")
	}
	if q.LatestOnly {
		v.Set("latestOnly", "true")
	}
	if q.Offset > 0 {
		v.Set("offset", strconv.Itoa(q.Offset))
	}
	if q.Limit > 0 {
		v.Set("limit", strconv.Itoa(q.Limit))
	}
	return v
}

// GET /schemas or /contexts/{context}/schemas, ?subjectPrefix={prefix}&deleted={deleted}&latestOnly={latest}&offset={offset}&limit={limit}
//
// Schemas reads one page, row by row, and returns how many there were. The
// server may send fewer than were asked for: only an empty page is the end.
// Each attempt calls begin anew and gives its rows to what that returns, so
// that a page cut in the middle leaves nothing behind; an error from there
// ends the reading. A row is only good until the next. It must not send requests to the registry by itself.
func (c *Client) Schemas(ctx context.Context, q SchemaQuery, begin func() func(*Row) error) (int, error) {
	n := 0
	read := func(body io.Reader) error {
		n = 0
		each := begin()
		s := newRowScanner(body, c.buffers.get(), q.Expect)
		defer func() { c.buffers.put(s.buf) }()
		return s.rows(func(row *Row) error {
			n++
			if err := each(row); err != nil {
				return &stopError{err}
			}
			return nil
		})
	}
	path := "/schemas"
	if q.Context != "" {
		path = "/contexts/" + segment(q.Context) + path
	}
	err := c.do(ctx, call{method: http.MethodGet, path: path, query: q.values(), stream: true, read: read})
	return n, err
}
