package steps

import (
	"context"
	"fmt"
	"slices"

	"github.com/srmigrate/srmigrate/internal/planted"
	"github.com/srmigrate/srmigrate/internal/registry"
)

// A configChange is what one step of this run does to configs of a registry: an exporter replays those of its source,
// copy may bring them along, setCompatibility sets one.
type configChange struct {
	id     string
	copies *createRecord        // nil for setCompatibility
	set    *compatibilityRecord // nil for those that copy
	// levels are what steps of this run have set on the source: no registry lists a place without a version, and an exporter
	// replays what was there before as well.
	levels []compatibilityRecord
}

// before is the config that a place had before the step; false where the step knows nothing of it.
func (c configChange) before(place string) (registry.Settings, bool) {
	if c.copies != nil {
		return c.copies.Configs[place], true
	}
	return c.set.Before, c.set.Place == place
}

// places are those that the step may have changed.
func (c configChange) places(ctx context.Context, client *registry.Client) ([]string, error) {
	if c.copies == nil {
		return []string{c.set.Place}, nil
	}
	places := slices.Concat(union(c.copies.Configs), c.copies.places(), c.copies.images(false))
	for _, reach := range c.copies.reaches() {
		for _, l := range c.levels {
			places = append(places, reach.images(l.Place)...)
		}
	}
	return allPlaces(ctx, client, places...)
}

// levelsOn are what setCompatibility steps of this run have set on a registry.
func levelsOn(env *Env, name string) (levels []compatibilityRecord, err error) {
	for _, p := range env.Steps {
		if p.Type != "setCompatibility" || p.Record == nil {
			continue
		}
		var r compatibilityRecord
		if err := decodeRecord(p, &r); err != nil {
			return nil, err
		}
		if r.Registry == name {
			levels = append(levels, r)
		}
	}
	return levels, nil
}

// configsOf gathers what the run has done to the configs of a registry, in the order of its steps.
func configsOf(ctx context.Context, env *Env, name string) (run []configChange, err error) {
	for _, p := range env.Steps {
		if p.Record == nil || p.ID == env.StepID {
			continue
		}
		switch p.Type {
		case "createExporter", "copy":
			r, err := createRecordOf(p)
			if err != nil {
				return nil, err
			}
			leaves := p.Type == "copy" && r.Configs == nil
			if r.Target == name && r.isOurs() && !leaves {
				r = r.byNow(ctx, env)
				levels, err := levelsOn(env, r.Source)
				if err != nil {
					return nil, err
				}
				run = append(run, configChange{id: p.ID, copies: &r, levels: levels})
			}
		case "setCompatibility":
			var r compatibilityRecord
			if err := decodeRecord(p, &r); err != nil {
				return nil, err
			}
			if r.Registry == name && !planted.Is(planted.LevelForgotten) {
				run = append(run, configChange{id: p.ID, set: &r})
			}
		}
	}
	return run, nil
}

// of are the changes that are to be put back: those of the step, or all of them.
func of(run []configChange, step string) []configChange {
	return slices.DeleteFunc(slices.Clone(run), func(c configChange) bool { return step != "" && c.id != step })
}

// configBefore is the config that a place had before the first of the changes that knows it.
func configBefore(asked []configChange, place string) (registry.Settings, bool) {
	for _, c := range asked {
		if s, known := c.before(place); known {
			return s, true
		}
	}
	return nil, false
}

// look tells what is to be put back from what somebody else changed.
func (r *RestoreCompatibility) look(ctx context.Context, env *Env) (todo, left []configBack, err error) {
	c, err := env.Registry(r.Registry)
	if err != nil {
		return nil, nil, err
	}
	run, err := configsOf(ctx, env, r.Registry)
	asked := of(run, r.Step)
	if err != nil || len(asked) == 0 || planted.Is(planted.ConfigsStay) {
		return nil, nil, err
	}
	changed, err := changedConfigs(ctx, c, asked)
	if err != nil {
		return nil, nil, err
	}
	rewriting, err := loadRewriting(env, "config", r.Registry)
	if err != nil {
		return nil, nil, err
	}
	for _, b := range changed {
		b.again = slices.Contains(rewriting, b.place)
		ours := b.again
		if !ours {
			ours, err = madeBy(ctx, env, run, b)
		}
		switch {
		case err != nil:
			return nil, nil, err
		case ours:
			todo = append(todo, b)
		default:
			b.by = env.fellowsAt(c, b.place)
			left = append(left, b)
		}
	}
	return todo, left, nil
}

// changedConfigs lists the places whose own config is not as it was before.
func changedConfigs(ctx context.Context, c *registry.Client, asked []configChange) ([]configBack, error) {
	var places []string
	for _, change := range asked {
		more, err := change.places(ctx, c)
		if err != nil {
			return nil, err
		}
		places = append(places, more...)
	}
	places = sortPlaces(places)
	own, err := ownConfigs(ctx, c, places)
	if err != nil {
		return nil, err
	}
	var changed []configBack
	for _, p := range places {
		if before, known := configBefore(asked, p); known && !sameConfig(own[p], before) {
			changed = append(changed, configBack{place: p, now: own[p], before: before})
		}
	}
	return changed, nil
}

// madeBy reports whether a change is the work of one of these.
func madeBy(ctx context.Context, env *Env, run []configChange, b configBack) (bool, error) {
	for _, c := range run {
		made, err := c.made(ctx, env, b)
		if made || err != nil {
			return made, err
		}
	}
	return false, nil
}

// made reports whether a config is what the step makes of it: an exporter what follows from the source's at a place that
// leads here, as it is or as this run has found it there and left it.
func (c configChange) made(ctx context.Context, env *Env, b configBack) (bool, error) {
	if c.set != nil {
		return c.set.Place == b.place && c.set.made(b.now), nil
	}
	var origins []string
	for _, reach := range c.copies.reaches() {
		origins = append(origins, reach.sources(b.place, c.copies.Contexts...)...)
	}
	if len(origins) == 0 {
		return false, nil
	}
	source, err := env.Registry(c.copies.Source)
	if err != nil {
		return false, err
	}
	configs, err := ownConfigs(ctx, source, origins)
	if err != nil {
		return false, fmt.Errorf("whether config %s of %s came from %s cannot be told: %w", configText(b.now), placeName(b.place), c.copies.Source, err)
	}
	return slices.ContainsFunc(origins, func(p string) bool { return b.isReplayOf(configs[p]) }) ||
		slices.ContainsFunc(c.levels, func(l compatibilityRecord) bool {
			return slices.Contains(origins, l.Place) && (b.isReplayOf(l.Before) || b.isReplayOf(l.wanted()))
		}), nil
}

// made reports whether a config is what the step sets. While the level is taken away, nothing at all is there.
func (r compatibilityRecord) made(now registry.Settings) bool {
	return sameConfig(now, r.wanted()) || r.Level == "" && len(fields(now)) == 0
}
