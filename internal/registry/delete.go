package registry

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
)

// DELETE /subjects/{subject}?permanent={permanent}
//
// DeleteSubject deletes all versions of a subject and returns their numbers.
// A permanent delete wants a soft one first.
func (c *Client) DeleteSubject(ctx context.Context, subject string, permanent bool) ([]int, error) {
	var vs []int
	err := c.do(ctx, call{
		method: http.MethodDelete, path: "/subjects/" + segment(subject),
		query: permanentQuery(permanent), once: true, read: numbers(&vs),
	})
	return vs, err
}

// DELETE /subjects/{subject}/versions/{version}?permanent={permanent}
//
// DeleteVersion deletes one version. A permanent delete wants a soft one first.
func (c *Client) DeleteVersion(ctx context.Context, subject string, version int, permanent bool) error {
	return c.do(ctx, call{
		method: http.MethodDelete, path: "/subjects/" + segment(subject) + "/versions/" + strconv.Itoa(version),
		query: permanentQuery(permanent), once: true,
	})
}

func permanentQuery(permanent bool) url.Values {
	if !permanent {
		return nil
	}
	return url.Values{"permanent": {"true"}}
}
