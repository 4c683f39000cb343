package registry

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
)

type modeBody struct {
	Mode string `json:"mode"`
}

func (m *modeBody) read(body io.Reader) error {
	if err := into(m)(body); err != nil {
		return err
	}
	if m.Mode == "" {
		return errors.New("its body names no mode")
	}
	return nil
}

// GET /mode, GET /mode/{place}
//
// Mode returns a place's own mode. The place is a subject, a context written
// ":.ctx:", the registry as a whole ":.__GLOBAL:", or "" for the default
// context, whose mode always counts as set: the server does not tell.
func (c *Client) Mode(ctx context.Context, place string) (mode string, set bool, err error) {
	var m modeBody
	err = c.do(ctx, call{method: http.MethodGet, path: placePath("/mode", place), read: m.read})
	if NotFound(err, 40409, 40401, 40408) {
		return "", false, nil
	}
	return m.Mode, err == nil, err
}

// GET /mode/{place}?defaultToGlobal=true
//
// EffectiveMode returns the mode that is in force at a place, wherever it is set.
func (c *Client) EffectiveMode(ctx context.Context, place string) (string, error) {
	var m modeBody
	q := url.Values{"defaultToGlobal": {"true"}}
	err := c.do(ctx, call{method: http.MethodGet, path: placePath("/mode", place), query: q, read: m.read})
	return m.Mode, err
}

// PUT /mode/{place}?force=true
//
// SetMode sets a place's own mode. Entering IMPORT without force makes newer
// servers purge soft-deleted versions there, and refuse where live ones are.
func (c *Client) SetMode(ctx context.Context, place, mode string, force bool) error {
	body, err := json.Marshal(modeBody{mode})
	if err != nil {
		return err
	}
	r := call{method: http.MethodPut, path: placePath("/mode", place), body: body}
	if force {
		r.query = url.Values{"force": {"true"}}
	}
	return c.do(ctx, r)
}

// DELETE /mode/{place}
//
// ClearMode removes a place's own mode, so that it is inherited again. Servers
// that cannot do so get READWRITE instead, reported as equivalent.
func (c *Client) ClearMode(ctx context.Context, place string) (equivalent bool, err error) {
	err = c.do(ctx, call{method: http.MethodDelete, path: placePath("/mode", place)})
	switch {
	case err == nil || NotFound(err, 40401, 40409):
		return false, nil
	case !isUnknownRoute(err):
		return false, err
	}
	err = c.clearByNull(ctx, place)
	if err == nil || NotFound(err, 40401, 40409) {
		return false, nil
	}
	if _, ok := errors.AsType[*Error](err); !ok || IsTemporary(err) && !isParseFailure(err) {
		return false, err
	}
	return true, c.SetMode(ctx, place, "READWRITE", false)
}

// PUT /mode/{place} {"mode":null}
func (c *Client) clearByNull(ctx context.Context, place string) error {
	return c.do(ctx, call{
		method: http.MethodPut, path: placePath("/mode", place), body: []byte(`{"mode":null}`),
		// Servers that do not know null answer 500 for good.
		refuse: func(e *Error) bool { return isParseFailure(e) },
	})
}

// isParseFailure tells a 500 without a code of the store's or the leader's.
func isParseFailure(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Status == http.StatusInternalServerError && e.Code/100 != 500
}

// IsUnknown reports whether err is the answer of a server that has no such verb
// or path, as opposed to no such thing.
func IsUnknown(err error) bool { return isUnknownRoute(err) }

// isUnknownRoute reports whether the server has no such verb or path, as
// opposed to no such thing.
func isUnknownRoute(err error) bool {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return false
	}
	return e.Status == http.StatusMethodNotAllowed || e.Status == http.StatusNotImplemented ||
		e.Status == http.StatusNotFound && e.Code < 10000
}
