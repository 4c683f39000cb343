package steps

import (
	"context"
	"fmt"
	"slices"

	"github.com/srmigrate/srmigrate/internal/planted"
	"github.com/srmigrate/srmigrate/internal/registry"
)

// configsOf gathers the records of exporters that write to a registry: those to restore, and all of the run.
func configsOf(ctx context.Context, env *Env, name, step string) (asked, run []createRecord, err error) {
	for _, p := range env.Steps {
		if p.Type != "createExporter" && p.Type != "copy" || p.Record == nil || p.ID == env.StepID {
			continue
		}
		r, err := createRecordOf(p)
		if err != nil {
			return nil, nil, err
		}
		if p.Type == "copy" && r.Configs == nil { // it leaves them alone
			continue
		}
		if r.Target != name || !r.isOurs() {
			continue
		}
		r = newContexts(ctx, env, r)
		run = append(run, r)
		if step == "" || p.ID == step {
			asked = append(asked, r)
		}
	}
	return asked, run, nil
}

// look tells what is to be put back from what somebody else changed.
func (r *RestoreCompatibility) look(ctx context.Context, env *Env) (todo, left []configBack, err error) {
	c, err := env.Registry(r.Registry)
	if err != nil {
		return nil, nil, err
	}
	asked, run, err := configsOf(ctx, env, r.Registry, r.Step)
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
			ours, err = replayed(ctx, env, run, b)
		}
		switch {
		case err != nil:
			return nil, nil, err
		case ours:
			todo = append(todo, b)
		default:
			left = append(left, b)
		}
	}
	return todo, left, nil
}

// changedConfigs lists the places whose own config is not as the earliest record says.
func changedConfigs(ctx context.Context, c *registry.Client, asked []createRecord) ([]configBack, error) {
	var also []string
	for _, r := range asked {
		also = append(also, append(union(r.Configs), r.places()...)...)
	}
	places, err := allPlaces(ctx, c, also...)
	if err != nil {
		return nil, err
	}
	own, err := ownConfigs(ctx, c, places)
	if err != nil {
		return nil, err
	}
	var changed []configBack
	for _, p := range places {
		if before := asked[0].Configs[p]; !sameConfig(own[p], before) {
			changed = append(changed, configBack{place: p, now: own[p], before: before})
		}
	}
	return changed, nil
}

// replayed reports whether a change is the exporter's work: it follows from what the source has at a place that leads
// here.
func replayed(ctx context.Context, env *Env, run []createRecord, b configBack) (bool, error) {
	for _, r := range run {
		var origins []string
		for _, reach := range r.reaches() {
			origins = append(origins, reach.sources(b.place, r.Contexts...)...)
		}
		if len(origins) == 0 {
			continue
		}
		source, err := env.Registry(r.Source)
		if err != nil {
			return false, err
		}
		configs, err := ownConfigs(ctx, source, origins)
		if err != nil {
			return false, fmt.Errorf("whether config %s of %s came from %s cannot be told: %w", configText(b.now), placeName(b.place), r.Source, err)
		}
		if slices.ContainsFunc(origins, func(p string) bool { return b.isReplayOf(configs[p]) }) {
			return true, nil
		}
	}
	return false, nil
}
