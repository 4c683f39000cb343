package registry

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
)

// url joins the call's escaped path to its base. Path and RawPath are both
// set, so that nothing cleans or unescapes what was meant as one segment.
func (c *Client) url(r call) (*url.URL, error) {
	u := *c.bases.all[r.base]
	raw := strings.TrimRight(u.EscapedPath(), "/") + r.path
	path, err := url.PathUnescape(raw)
	if err != nil {
		return nil, err
	}
	u.Path, u.RawPath, u.RawQuery = path, raw, r.query.Encode()
	return &u, nil
}

// at is the call's URL for people.
func (c *Client) at(r call) string {
	u, err := c.url(r)
	if err != nil {
		return c.URL()
	}
	return c.redactor.Redact(u.String())
}

// segment escapes s as one segment of a path.
func segment(s string) string {
	switch s {
	case ".", "..":
		return strings.ReplaceAll(s, ".", "%2E")
	}
	return strings.ReplaceAll(url.PathEscape(s), "+", "%2B") // some proxies take + for a space
}

// placePath returns route for the default context, route/{place} for any other.
func placePath(route, place string) string {
	if place == "" || place == ":.:" {
		return route
	}
	return route + "/" + segment(place)
}

// checkRedirect lets only reads follow, and only on the same host: credentials
// go along.
func checkRedirect(req *http.Request, via []*http.Request) error {
	first := via[0]
	read := first.Method == http.MethodGet || first.Method == http.MethodHead
	same := req.URL.Scheme == first.URL.Scheme && req.URL.Host == first.URL.Host
	if !read || !same {
		return http.ErrUseLastResponse
	}
	if len(via) >= 5 {
		return errors.New("redirected five times in a row")
	}
	return nil
}
