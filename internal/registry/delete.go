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

// DELETE /contexts/{context}
//
// DeleteContext makes an empty context one that is not listed any more. One that
// is not there is fine; servers that keep every context in their list tell so by
// known being false.
func (c *Client) DeleteContext(ctx context.Context, name string) (known bool, err error) {
	err = c.do(ctx, call{method: http.MethodDelete, path: "/contexts/" + segment(name)})
	switch {
	case NotFound(err) && !isUnknownRoute(err):
		return true, nil
	case isUnknownRoute(err):
		return false, nil
	}
	return true, err
}

func permanentQuery(permanent bool) url.Values {
	if !permanent {
		return nil
	}
	return url.Values{"permanent": {"true"}}
}
