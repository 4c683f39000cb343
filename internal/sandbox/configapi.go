package sandbox

import (
	"encoding/json"
	"net/http"
)

func (r *Registry) getConfig(q *request) (any, error) {
	n, err := r.settingName(q)
	if err != nil {
		return nil, err
	}
	if q.flag("defaultToGlobal") {
		return r.effectiveConfig(n).shown(), nil
	}
	c, ok := r.config(n)
	if len(q.arg) == 0 || r.rooted(n) {
		if c[fieldCompatibility] == nil {
			return withDefaultLevel(c).shown(), nil
		}
		return c.shown(), nil
	}
	if !ok {
		return nil, refuse(40408, "Subject '%s' does not have subject-level compatibility configured", n)
	}
	return c.shown(), nil
}

func withDefaultLevel(c Config) Config {
	out := c.clone()
	out[fieldCompatibility] = serverDefault
	return out
}

func (r *Registry) putConfig(q *request) (any, error) {
	n, err := r.settingName(q)
	if err != nil {
		return nil, err
	}
	var sent json.RawMessage
	if err := q.body(&sent); err != nil {
		return nil, err
	}
	var c Config
	if json.Unmarshal(sent, &c) != nil {
		return nil, plain(http.StatusBadRequest, "HTTP 400 Bad Request")
	}
	if err := r.setConfig(n, c, exporterOrigin(q.Request)); err != nil {
		return nil, err
	}
	return c, nil
}

func (r *Registry) delConfig(q *request) (any, error) {
	n, err := r.settingName(q)
	if err != nil {
		return nil, err
	}
	old, err := r.deleteConfig(n, exporterOrigin(q.Request))
	if err != nil && len(q.arg) == 0 && code(err) == 40401 {
		return withDefaultLevel(nil).shown(), nil
	}
	if err != nil {
		return nil, err
	}
	return old.shown(), nil
}
