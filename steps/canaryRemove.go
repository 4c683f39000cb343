package steps

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/srmigrate/srmigrate/internal/compare"
	"github.com/srmigrate/srmigrate/internal/registry"
)

// remove takes away whatever is there of the canary: the exporter first, so that nothing comes after. Where a server keeps
// a context in its list, that is told.
func (c canary) remove(ctx context.Context, env *Env, source, target *registry.Client) error {
	t, err := c.left(ctx, source, target)
	if err != nil || len(t.names(c)) == 0 {
		return err
	}
	if t.exporter {
		if err := deleteExporter(ctx, source, c.Exporter); err != nil {
			return fmt.Errorf("the canary stays: %w", err)
		}
		if t, err = c.left(ctx, source, target); err != nil {
			return err
		}
	}
	if err := removeVersions(ctx, target, t.subjects); err != nil {
		return fmt.Errorf("the canary stays: %w", err)
	}
	// With its last version a subject loses its mode and settings.
	if t, err = c.left(ctx, source, target); err != nil {
		return err
	}
	if err := t.removeSettings(ctx, env, target); err != nil {
		return err
	}
	if err := t.removeContexts(ctx, env, target); err != nil {
		return err
	}
	return c.isGone(ctx, source, target)
}

// removeVersions deletes all of some subjects, softly and then for good.
func removeVersions(ctx context.Context, target *registry.Client, subjects []string) error {
	var wave []compare.Copy
	for _, s := range subjects {
		all, err := target.Versions(ctx, s, true)
		if err != nil && !registry.NotFound(err) {
			return err
		}
		for _, n := range all {
			v := compare.Copy{Key: compare.Key{Subject: s, Version: n}}
			_, err := target.Version(ctx, s, n, false)
			if v.Deleted = registry.NotFound(err); err != nil && !v.Deleted {
				return err
			}
			wave = append(wave, v)
		}
	}
	return errors.Join(deleteWave(ctx, target, wave, false), deleteWave(ctx, target, wave, true))
}

// removeSettings takes away modes and configs.
func (t traces) removeSettings(ctx context.Context, env *Env, target *registry.Client) error {
	for _, p := range union(t.modes) {
		equivalent, err := target.ClearMode(ctx, p)
		if err != nil {
			return fmt.Errorf("the mode of the canary's %s stays on %s: %w", placeName(p), target.Name(), err)
		}
		if equivalent && t.modes[p] != readWrite {
			warn(env, fmt.Sprintf("the mode of the canary's %s on %s cannot be unset on this server; READWRITE was set instead", placeName(p), target.Name()))
		}
	}
	for _, p := range union(t.configs) {
		if err := target.ClearConfig(ctx, p); err != nil {
			return fmt.Errorf("the settings of the canary's %s stay on %s: %w", placeName(p), target.Name(), err)
		}
	}
	return nil
}

func (t traces) removeContexts(ctx context.Context, env *Env, target *registry.Client) error {
	for _, name := range t.contexts {
		known, err := target.DeleteContext(ctx, name)
		switch {
		case err != nil:
			return fmt.Errorf("the canary's context %s stays on %s: %w", name, target.Name(), err)
		case !known:
			warn(env, fmt.Sprintf("context %s stays listed on %s, empty: this server cannot delete contexts", name, target.Name()))
		}
	}
	return nil
}

// isGone looks until nothing is left, but for contexts that a server cannot forget.
func (c canary) isGone(ctx context.Context, source, target *registry.Client) error {
	var left []string
	done, err := settles(ctx, func(ctx context.Context) (bool, error) {
		t, err := c.left(ctx, source, target)
		t.contexts = nil
		left = t.names(c)
		return len(left) == 0, err
	})
	if err == nil && !done {
		err = fmt.Errorf("the canary was taken away, but after %s this shows: %s; a node of the registry lags, or somebody else writes there",
			settleTime, strings.Join(left, ", "))
	}
	return err
}

// byHand are the commands that take a canary away.
func (c canary) byHand(source, target *registry.Client, t traces) (commands []string) {
	if t.exporter {
		commands = append(commands, curlExporter(source, c.Exporter, "/pause"), curlExporter(source, c.Exporter, ""))
	}
	for _, query := range []string{"", "?permanent=true"} {
		for _, s := range t.subjects {
			commands = append(commands, curl(target, "DELETE", "/subjects", s, query, ""))
		}
	}
	for _, p := range union(t.modes) {
		commands = append(commands, curlMode(target, p, ""))
	}
	for _, name := range t.contexts {
		commands = append(commands, curl(target, "DELETE", "/contexts", name, "", ""))
	}
	return commands
}
