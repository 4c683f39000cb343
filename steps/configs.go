package steps

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"

	"github.com/srmigrate/srmigrate/internal/registry"
)

type configChanger interface{ changesConfigs() string }

// changesConfigsOf is a test for Scope.earlier.
func changesConfigsOf(name string) func(Step) bool {
	return func(s Step) bool {
		c, ok := s.(configChanger)
		return ok && c.changesConfigs() == name
	}
}

// sameConfig compares fields by what they mean as JSON.
func sameConfig(a, b registry.Settings) bool {
	return maps.EqualFunc(fields(a), fields(b), bytes.Equal)
}

// fields spells a config's fields in one way.
func fields(s registry.Settings) map[string][]byte {
	plain := map[string][]byte{}
	for k, raw := range s {
		if k == "compatibility" {
			k = "compatibilityLevel" // the name it has on the way in
		}
		var v any
		if err := json.Unmarshal(raw, &v); err != nil || v == nil {
			continue // null is the same as not there
		}
		canonical, err := json.Marshal(v)
		if err != nil {
			continue // what was just decoded always marshals
		}
		plain[k] = canonical
	}
	return plain
}

// configText is a config for people: its level, and the names of what else is set.
func configText(s registry.Settings) string {
	if len(fields(s)) == 0 {
		return "not set"
	}
	return string(configJSON(s))
}

func configJSON(s registry.Settings) []byte {
	raw := map[string]json.RawMessage{}
	for k, v := range fields(s) {
		if k == "compatibilityLevel" {
			k = "compatibility"
		}
		raw[k] = v
	}
	b, err := json.Marshal(raw)
	if err != nil {
		return nil // canonical JSON always marshals
	}
	return b
}

// configBack is one config that is not as it was.
type configBack struct {
	place       string
	now, before registry.Settings
	again       bool // an earlier try may have unset it already
	by          byFellows
}

func (b configBack) fellows() byFellows { return b.by }

// String says what the config was before.
func (b configBack) String() string { return placeName(b.place) + " " + configText(b.before) }

func (b configBack) foreign() string {
	return fmt.Sprintf("config of %s is %s, not from this run%s; it was %s", placeName(b.place), configText(b.now), b.by.perhaps(), configText(b.before))
}

// isReplayOf reports whether the config became what it is by taking over the source's: as a whole or, because a PUT
// leaves other fields as they are, on top of what was there.
func (b configBack) isReplayOf(source registry.Settings) bool {
	merged := fields(b.before)
	maps.Copy(merged, fields(source))
	return sameConfig(b.now, source) || maps.EqualFunc(fields(b.now), merged, bytes.Equal)
}

// needsClear reports whether a field has to go, which a PUT cannot do.
func (b configBack) needsClear() bool {
	before := fields(b.before)
	for k := range fields(b.now) {
		if _, stays := before[k]; !stays {
			return true
		}
	}
	return false
}

// put makes the config what it was, in one request where that suffices.
func (b configBack) put(ctx context.Context, c *registry.Client) error {
	if b.place == "" {
		return b.putDefault(ctx, c)
	}
	if b.needsClear() || len(b.before) == 0 {
		if err := c.ClearConfig(ctx, b.place); err != nil {
			return err
		}
	}
	if len(b.before) == 0 {
		return nil
	}
	return c.SetConfig(ctx, b.place, b.before)
}

// putDefault cares for the default context, whose config always answers: what was recorded may have been set, or only
// the server's default. It is unset first, and set where that leaves something else in force.
func (b configBack) putDefault(ctx context.Context, c *registry.Client) error {
	err := c.ClearConfig(ctx, "")
	cannot := b.onlySet(err)
	if err != nil && !cannot {
		return err
	}
	var now registry.Settings
	_, err = settles(ctx, func(ctx context.Context) (bool, error) {
		var err error
		now, _, err = c.Config(ctx, "")
		return b.again || cannot || sameConfig(now, b.before) || !sameConfig(now, b.now), err
	})
	if err != nil || sameConfig(now, b.before) {
		return err
	}
	return c.SetConfig(ctx, "", b.before)
}

// onlySet reports a server that cannot unset the config, which does no harm where setting it suffices.
func (b configBack) onlySet(err error) bool {
	e, ok := errors.AsType[*registry.Error](err)
	return ok && (e.Status == 405 || e.Status == 404) && !b.needsClear()
}
