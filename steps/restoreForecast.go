package steps

import (
	"context"
	"fmt"
	"slices"

	"github.com/srmigrate/srmigrate/internal/registry"
)

// comeback works out what a restore will put back of what steps have not done yet. Known tells what was there before a
// step that is begun.
type comeback struct {
	registry, step string
	kind           Kind
	known          func(place string) (string, bool)
	coming         []Effect
}

// effects are on the places that are then other than before.
func (b comeback) effects() (list []Effect) {
	for _, p := range placesOf(b.coming, b.registry, b.kind) {
		before, known := b.known(p)
		now := ""
		for _, f := range b.coming {
			if f.Registry != b.registry || f.Kind != b.kind || f.Name != p {
				continue
			}
			if now = f.Will; !known && (b.step == "" || f.By == b.step) {
				before, known = f.Now, true
			}
		}
		if known && now != before {
			list = append(list, Effect{Registry: b.registry, Kind: b.kind, Name: p, Now: now, Will: before})
		}
	}
	return list
}

// Forecast names the places that get their mode back: those that begun steps have changed, and those that earlier steps
// of the plan will have.
func (r *RestoreMode) Forecast(ctx context.Context, env *Env) (f Forecast, err error) {
	todo, left, err := r.look(ctx, env)
	if err != nil {
		return f, err
	}
	b, err := modesOf(ctx, env, r.Registry, r.Step)
	if err != nil {
		return f, err
	}
	back := comeback{registry: r.Registry, step: r.Step, kind: OnMode, known: b.before}
	if back.coming, err = env.coming(ctx, r.Registry); err != nil {
		return f, err
	}
	f.Effects = back.effects()
	ahead := placesOf(back.coming, r.Registry, OnMode)
	for _, m := range todo {
		if !slices.Contains(ahead, m.place) {
			f.Effects = append(f.Effects, Effect{Registry: r.Registry, Kind: OnMode, Name: m.place, Now: m.now, Will: m.before})
		}
	}
	var alone []string
	strange, _ := strangers(left, modeBack.fellows)
	for _, m := range strange {
		alone = append(alone, m.foreign())
	}
	return f.restored(env, alone), nil
}

// restored says what a restore leaves alone, and when there is nothing to do.
func (f Forecast) restored(env *Env, alone []string) Forecast {
	if env.Blind != "" {
		f.Later = "what else there is to put back: step " + env.Blind + " could not be looked at"
	}
	switch {
	case env.Blind != "" && len(alone)+len(f.Effects) == 0:
		f.Later = "what there is to put back: step " + env.Blind + " could not be looked at"
	case len(alone) > 0:
		f.Now = "left alone: " + some(alone, 3)
	case len(f.Effects) == 0:
		f.Now = "all is as before"
	}
	return f
}

// Forecast names the places that get their settings back, and where READONLY has to be lifted for that.
func (r *RestoreCompatibility) Forecast(ctx context.Context, env *Env) (f Forecast, err error) {
	todo, left, err := r.look(ctx, env)
	if err != nil {
		return f, err
	}
	run, err := configsOf(ctx, env, r.Registry)
	if err != nil {
		return f, err
	}
	asked := of(run, r.Step)
	back := comeback{registry: r.Registry, step: r.Step, kind: OnSettings, known: func(place string) (string, bool) {
		before, known := configBefore(asked, place)
		return settingsText(before), known
	}}
	if back.coming, err = env.coming(ctx, r.Registry); err != nil {
		return f, err
	}
	f.Effects = back.effects()
	ahead := placesOf(back.coming, r.Registry, OnSettings)
	for _, b := range todo {
		if !slices.Contains(ahead, b.place) {
			f.Effects = append(f.Effects, Effect{
				Registry: r.Registry, Kind: OnSettings, Name: b.place, Now: settingsText(b.now), Will: settingsText(b.before),
			})
		}
	}
	lifts, err := r.lifts(ctx, env, f.Effects)
	f.Effects = append(f.Effects, lifts...)
	var alone []string
	strange, _ := strangers(left, configBack.fellows)
	for _, b := range strange {
		alone = append(alone, b.foreign())
	}
	return f.restored(env, alone), err
}

// lifts are on the places that are closed by then: they take IMPORT for the moment in which their settings change.
func (r *RestoreCompatibility) lifts(ctx context.Context, env *Env, effects []Effect) (list []Effect, err error) {
	c, err := env.Registry(r.Registry)
	if err != nil {
		return nil, err
	}
	for _, f := range effects {
		if f.Name == anyContext {
			continue
		}
		mode, own, err := r.modeThen(ctx, env, c, f.Name)
		if err != nil {
			return list, err
		}
		if isReadOnly(mode) {
			list = append(list, Effect{Registry: r.Registry, Kind: OnMode, Name: f.Name, Now: own, Will: own})
		}
	}
	return list, nil
}

// modeThen is the mode that a place will be under, and its own.
func (r *RestoreCompatibility) modeThen(ctx context.Context, env *Env, c *registry.Client, place string) (mode, own string, err error) {
	context, _ := splitPlace(place)
	for i, p := range []string{place, contextPlace(context), ""} {
		now, _, err := c.Mode(ctx, p)
		if err != nil {
			return "", "", err
		}
		now = env.modeAhead(r.Registry, p, now)
		if i == 0 {
			own = now
		}
		if mode = now; mode != "" || p == contextPlace(context) && !env.isGuide(r.Registry) {
			return mode, own, nil
		}
	}
	return mode, own, nil
}

// Forecast says what goes of what the exporter has copied, or will have.
func (d *DeleteCopies) Forecast(ctx context.Context, env *Env) (f Forecast, err error) {
	found, why, err := d.copies(ctx, env)
	if err != nil {
		return f, err
	}
	for _, e := range env.Ahead {
		if e.By == d.Step && e.ByServer && e.Registry == d.Registry {
			f.Effects = append(f.Effects, d.undone(env, e)...)
		}
	}
	if len(f.Effects) > 0 {
		return f, nil
	}
	if f.Now = why; why == "" {
		f.Effects = []Effect{d.effect("*", fmt.Sprintf("%s so far, deleted for good", count(found.versions(), "version")))}
	}
	return f, nil
}

func (d *DeleteCopies) effect(name, will string) Effect {
	return Effect{Registry: d.Registry, Kind: OnVersions, Name: name, Will: will}
}

// undone is what becomes of one effect of the exporter: with its last version a subject loses its mode and settings.
func (d *DeleteCopies) undone(env *Env, e Effect) []Effect {
	switch {
	case e.Kind == OnVersions:
		return []Effect{d.effect(e.Name, e.Will+", deleted for good but for those that were there before")}
	case isContext(e.Name) || e.Now != "":
		return nil
	}
	last, _ := env.ahead(e.Registry, e.Kind, e.Name)
	if last.Will == "" {
		return nil
	}
	return []Effect{{Registry: e.Registry, Kind: e.Kind, Name: e.Name, Now: last.Will, ByServer: true}}
}
