package registry

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
)

// Settings are the fields of a place's config, as GET gives them.
type Settings map[string]json.RawMessage

// Level returns the compatibility level, or "" when there is none.
func (s Settings) Level() string {
	var level string
	for _, key := range []string{"compatibilityLevel", "compatibility"} {
		if err := json.Unmarshal(s[key], &level); err == nil && level != "" {
			return level
		}
	}
	return ""
}

// NewSettings makes settings that hold a compatibility level only.
func NewSettings(level string) Settings {
	b, err := json.Marshal(level)
	if err != nil {
		return nil // a string always marshals
	}
	return Settings{"compatibilityLevel": b}
}

// GET /config, GET /config/{place}
//
// Config returns a place's own config. Places are written as for Mode.
func (c *Client) Config(ctx context.Context, place string) (s Settings, set bool, err error) {
	err = c.do(ctx, call{method: http.MethodGet, path: placePath("/config", place), read: into(&s)})
	if NotFound(err, 40408, 40401) {
		return nil, false, nil
	}
	return s, err == nil, err
}

// PUT /config, PUT /config/{place}
//
// SetConfig sets the given fields and leaves others as they are. It takes what
// Config returns: the level's other name on the way in is looked after.
func (c *Client) SetConfig(ctx context.Context, place string, s Settings) error {
	out := maps.Clone(s)
	if level, ok := out["compatibilityLevel"]; ok {
		delete(out, "compatibilityLevel")
		out["compatibility"] = level
	}
	body, err := json.Marshal(out)
	if err != nil {
		return err
	}
	return c.do(ctx, call{method: http.MethodPut, path: placePath("/config", place), body: body})
}

// DELETE /config, DELETE /config/{place}
//
// ClearConfig removes a place's own config; none there is fine.
func (c *Client) ClearConfig(ctx context.Context, place string) error {
	err := c.do(ctx, call{method: http.MethodDelete, path: placePath("/config", place)})
	if NotFound(err, 40401, 40408) {
		return nil
	}
	if NotFound(err) {
		// A 404 that names nothing is one of an unknown route, or of a config gone.
		if _, set, readErr := c.Config(ctx, place); readErr == nil && !set {
			return nil
		}
	}
	return err
}
