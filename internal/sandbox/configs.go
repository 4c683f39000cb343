package sandbox

import (
	"maps"
	"slices"
	"strings"
)

// Config is what is set for one subject or context, by field.
type Config map[string]any

const (
	fieldCompatibility = "compatibility"
	serverDefault      = "BACKWARD"
)

func knownField(field string) bool {
	return slices.Contains([]string{
		fieldCompatibility, "normalize", "alias", "aliasForDeks", "compatibilityGroup", "compatibilityPolicy",
		"defaultMetadata", "overrideMetadata", "defaultRuleSet", "overrideRuleSet",
		"validateFields", "validateRules", "validateNewSchemas",
	}, field)
}

// checkConfig drops what the server does not know and refuses wrong values.
func checkConfig(sent Config) error {
	for field, v := range sent {
		if !knownField(field) {
			delete(sent, field)
			continue
		}
		if !rightType(field, v) {
			return refuse(42203, "Invalid value for %s", field)
		}
	}
	level, ok := sent[fieldCompatibility].(string)
	if !ok {
		return nil
	}
	sent[fieldCompatibility] = strings.ToUpper(level)
	if !validLevel(strings.ToUpper(level)) {
		return refuse(42203, "Invalid compatibility level. Valid values are none, backward, forward, full, "+
			"backward_transitive, forward_transitive, and full_transitive")
	}
	return nil
}

func validLevel(level string) bool {
	return slices.Contains([]string{
		"NONE", "BACKWARD", "BACKWARD_TRANSITIVE", "FORWARD", "FORWARD_TRANSITIVE", "FULL", "FULL_TRANSITIVE",
	}, level)
}

func rightType(field string, v any) bool {
	if v == nil {
		return true
	}
	ok := false
	switch {
	case field == "normalize" || strings.HasPrefix(field, "validate"):
		_, ok = v.(bool)
	case strings.HasPrefix(field, "default") || strings.HasPrefix(field, "override"):
		_, ok = v.(map[string]any)
	default:
		_, ok = v.(string)
	}
	return ok
}

// setConfig merges sent into what is set for n; null takes a field away.
func (r *Registry) setConfig(n name, sent Config, origin string) error {
	if err := checkConfig(sent); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if isReadOnly(r.effectiveMode(n)) {
		return readOnly(n)
	}
	merged := Config{}
	maps.Copy(merged, r.store.configs[n])
	maps.Copy(merged, sent)
	maps.DeleteFunc(merged, func(_ string, v any) bool { return v == nil })
	r.store.configs[n] = merged
	r.append(record{kind: recordConfig, name: n, config: merged, origin: origin})
	return nil
}

// deleteConfig takes everything back that is set for n and returns it.
func (r *Registry) deleteConfig(n name, origin string) (Config, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if isReadOnly(r.effectiveMode(n)) {
		return nil, readOnly(n)
	}
	old, ok := r.store.configs[n]
	if !ok {
		return nil, subjectNotFound(n)
	}
	delete(r.store.configs, n)
	r.append(record{kind: recordConfig, name: n, origin: origin})
	return old, nil
}

// config returns what is set for n alone.
func (r *Registry) config(n name) (Config, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	c, ok := r.store.configs[n]
	return maps.Clone(c), ok
}

// effectiveConfig is the nearest config that n is under, with a compatibility
// level in any case.
func (r *Registry) effectiveConfig(n name) Config {
	r.mu.RLock()
	defer r.mu.RUnlock()
	found := Config{}
	for _, scope := range r.inheritance(n) {
		c, ok := r.store.configs[scope]
		if ok && len(found) == 0 {
			maps.Copy(found, c)
		}
		if _, has := found[fieldCompatibility]; !has && c[fieldCompatibility] != nil {
			found[fieldCompatibility] = c[fieldCompatibility]
		}
	}
	if _, has := found[fieldCompatibility]; !has {
		found[fieldCompatibility] = serverDefault
	}
	return found
}

// normalizes reports whether configs ask to normalise what comes into n.
// Callers hold mu.
func (r *Registry) normalizes(n name) bool {
	for _, scope := range r.inheritance(n) {
		if v, ok := r.store.configs[scope]["normalize"].(bool); ok {
			return v
		}
	}
	return false
}

// shown is a config as GET gives it: the level goes by another name there.
func (c Config) shown() Config {
	out := c.clone()
	if level, ok := out[fieldCompatibility]; ok {
		delete(out, fieldCompatibility)
		out["compatibilityLevel"] = level
	}
	return out
}

func (c Config) clone() Config {
	out := Config{}
	maps.Copy(out, c)
	return out
}
