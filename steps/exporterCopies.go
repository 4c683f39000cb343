package steps

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/srmigrate/srmigrate/internal/compare"
	"github.com/srmigrate/srmigrate/internal/registry"
)

// anyContext stands for contexts whose names are not known before an exporter makes them.
const anyContext = ":*:"

// copies is what an exporter is going to do on its target, foretold from what the source holds now.
type copies struct {
	source, target *registry.Client
	mapping        compare.Mapping
	sets           bool // IMPORT, by itself
	versions       bool // those that are there now are copied

	opened func(place string) bool // where earlier steps set IMPORT on the target; nil for nowhere
}

func (w copies) isOpened(place string) bool { return w.opened != nil && w.opened(place) }

func (w copies) unknown() bool { return w.mapping.ContextType == "AUTO" && w.mapping.Context == "" }

func (w copies) patterns() []string {
	if len(w.mapping.Patterns) == 0 {
		return []string{"*"}
	}
	return w.mapping.Patterns
}

// name is what the versions are of.
func (w copies) name() string { return strings.Join(w.patterns(), ", ") }

// whole reports whether an exporter copies all of a context; it then sets modes on that, otherwise on each subject.
func (w copies) whole(context string) bool {
	return slices.ContainsFunc(w.patterns(), func(p string) bool {
		c, name := splitPlace(p)
		return p == anyContext || c == context && name == "*"
	})
}

// origins are the places of the source that the exporter looks at: contexts of which it copies everything, and subjects.
func (w copies) origins(ctx context.Context, env *Env) (contexts, subjects []string, err error) {
	all, err := allPlaces(ctx, w.source, w.ahead(env)...)
	for _, p := range all {
		context, _ := splitPlace(p)
		_, covered := w.mapping.Map(p)
		switch {
		case isContext(p) && w.whole(context):
			contexts = append(contexts, p)
		case !isContext(p) && covered:
			subjects = append(subjects, p)
		}
	}
	return contexts, subjects, err
}

// ahead are places of the source that earlier steps of the plan will have made.
func (w copies) ahead(env *Env) (places []string) {
	for _, kind := range []Kind{OnMode, OnSettings} {
		for _, p := range placesOf(env.Ahead, w.source.Name(), kind) {
			if p != anyContext && !isOfCanary(p) {
				context, _ := splitPlace(p)
				places = append(places, p, contextPlace(context))
			}
		}
	}
	return places
}

// image is where a place of the source leads.
func (w copies) image(place string) string {
	context, name := splitPlace(place)
	if name != "" {
		to, _ := w.mapping.Map(place)
		return to
	}
	to, _ := w.mapping.Map(joinPlace(context, "x"))
	there, _ := splitPlace(to)
	return contextPlace(there)
}

func (w copies) effect(kind Kind, name, now, will string) Effect {
	return Effect{Registry: w.target.Name(), Kind: kind, Name: name, Now: now, Will: will, ByServer: true}
}

// Forecast names what the exporter sets and what it copies.
func (w copies) forecast(ctx context.Context, env *Env) (f Forecast, err error) {
	if f.Effects, err = w.settings(ctx, env); err != nil || !w.versions {
		return f, err
	}
	if w.unknown() {
		f.Later = fmt.Sprintf("into which context of %s it copies: %s makes it up, and shows it once the exporter is there",
			w.target.Name(), w.source.Name())
	}
	return f, f.add(w.counted(ctx, env))
}

// settings are the modes and settings that the exporter puts on the target.
func (w copies) settings(ctx context.Context, env *Env) ([]Effect, error) {
	contexts, subjects, err := w.origins(ctx, env)
	if err != nil {
		return nil, err
	}
	if w.unknown() {
		list := []Effect{w.effect(OnSettings, anyContext, "", "as on "+w.source.Name())}
		if w.sets {
			list = append(list, w.effect(OnMode, anyContext, "", imports))
		}
		return list, nil
	}
	modes, err := w.modes(ctx, env, contexts, subjects)
	if err != nil {
		return nil, err
	}
	configs, err := w.configs(ctx, env, append(contexts, subjects...))
	return append(modes, configs...), err
}

// modes are set on a context of which everything is copied, and on each subject elsewhere.
func (w copies) modes(ctx context.Context, env *Env, contexts, subjects []string) (list []Effect, err error) {
	if !w.sets {
		return nil, nil
	}
	var places []string
	for _, c := range contexts {
		places = append(places, w.image(c))
	}
	for _, s := range subjects {
		if context, _ := splitPlace(s); !w.whole(context) {
			places = append(places, w.image(s))
		}
	}
	places = sortPlaces(places)
	own, err := ownModes(ctx, w.target, places)
	for _, p := range places {
		if now := env.modeAhead(w.target.Name(), p, own[p]); now != imports {
			list = append(list, w.effect(OnMode, p, now, imports))
		}
	}
	return list, err
}

// configs follow those that the source has set.
func (w copies) configs(ctx context.Context, env *Env, origins []string) (list []Effect, err error) {
	theirs, err := ownConfigs(ctx, w.source, origins)
	if err != nil {
		return nil, err
	}
	for _, p := range placesOf(env.Ahead, w.source.Name(), OnSettings) {
		if f, _ := env.ahead(w.source.Name(), OnSettings, p); slices.Contains(origins, p) {
			theirs[p] = settingsOf(f.Will)
		}
	}
	images := map[string]registry.Settings{}
	for _, p := range slices.Sorted(maps.Keys(theirs)) {
		if len(theirs[p]) > 0 {
			images[w.image(p)] = theirs[p]
		}
	}
	own, err := ownConfigs(ctx, w.target, union(images))
	for _, p := range union(images) {
		now, will := settingsText(own[p]), settingsText(merged(own[p], images[p]))
		if f, ok := env.ahead(w.target.Name(), OnSettings, p); ok {
			now = f.Will
		}
		if now == will {
			continue
		}
		if _, shows := theirs[""]; shows && p == w.image("") {
			will += unlessDefault(w.source.Name())
		}
		list = append(list, w.effect(OnSettings, p, now, will))
	}
	return list, err
}

// unlessDefault: a server does not tell what is set on the default context from what is its own default.
func unlessDefault(name string) string {
	return ", if it is set on " + name + " and not only its default"
}

// merged is what a PUT of more makes of a config: other fields stay.
func merged(now, more registry.Settings) registry.Settings {
	all := registry.Settings{}
	for _, s := range []registry.Settings{now, more} {
		for k, v := range fields(s) {
			all[k] = v
		}
	}
	return all
}

// settingsText is a config for people; "" when nothing is set.
func settingsText(s registry.Settings) string {
	switch level := s.Level(); len(fields(s)) {
	case 0:
		return ""
	case 1:
		return or(level, configText(s))
	}
	return configText(s)
}

// settingsOf is the reverse of settingsText.
func settingsOf(text string) registry.Settings {
	level, _, _ := strings.Cut(text, ", if ")
	if strings.HasPrefix(text, "{") {
		s := registry.Settings{}
		if err := json.NewDecoder(strings.NewReader(text)).Decode(&s); err == nil {
			return s
		}
	}
	if level == "" {
		return nil
	}
	return registry.NewSettings(level)
}

// uncounted reports a registry that does not hold still, which keeps nobody from going on.
func uncounted(err error) bool {
	_, refused := errors.AsType[*registry.Error](err)
	_, broken := errors.AsType[*url.Error](err)
	return err != nil && !refused && !broken
}
