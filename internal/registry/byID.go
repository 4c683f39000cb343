package registry

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
)

// GET /schemas/ids/{id}?subject=:.{context}:
//
// Resolves says whether an id means anything in a context, "." for the default one: whether a consumer that meets it finds its
// schema. Ids are per context.
func (c *Client) Resolves(ctx context.Context, of string, id int) (bool, error) {
	var query url.Values
	if of != "." && of != "" {
		query = url.Values{"subject": {":" + of + ":"}}
	}
	var s *Schema
	err := c.do(ctx, call{method: http.MethodGet, path: "/schemas/ids/" + strconv.Itoa(id), query: query, read: into(&s)})
	if NotFound(err, 40403) {
		return false, nil
	}
	return err == nil, err
}
