package steps

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/srmigrate/srmigrate/internal/registry"
)

// traces are what is there of a canary.
type traces struct {
	exporter bool
	contexts []string // that the target lists
	subjects []string // soft-deleted ones too
	modes    map[string]string
	configs  map[string]registry.Settings
}

// left looks at what is there. A context of the source may stand behind the canary's own.
func (c canary) left(ctx context.Context, source, target *registry.Client) (t traces, err error) {
	e, err := exporterIfThere(ctx, source, c.Exporter)
	if err != nil && !errors.Is(err, registry.ErrNoExporters) {
		return t, err
	}
	t.exporter = e != nil
	listed, err := target.Contexts(ctx)
	if err != nil {
		return t, err
	}
	to, _ := splitPlace(c.Image)
	t.contexts = slices.DeleteFunc(listed, func(name string) bool { return !c.owns(name) })
	places := []string{contextPlace(c.Context)}
	for _, name := range append(slices.Clone(t.contexts), c.Context, to) {
		if !c.owns(name) || slices.Contains(places[1:], contextPlace(name)) {
			continue
		}
		places = append(places, contextPlace(name))
		subjects, err := target.Subjects(ctx, contextPlace(name), true)
		if err != nil {
			return t, err
		}
		t.subjects = append(t.subjects, slices.DeleteFunc(subjects, func(s string) bool { in, _ := splitPlace(s); return in != name })...)
	}
	places = append(places, t.subjects...)
	if c.Subject != "" {
		places = append(places, c.Image)
	}
	places = sortPlaces(places)
	if t.modes, err = ownModes(ctx, target, places); err != nil {
		return t, err
	}
	t.configs, err = ownConfigs(ctx, target, places)
	return t, err
}

// owns reports whether a context is the canary's.
func (c canary) owns(context string) bool {
	return context == c.Context || strings.HasPrefix(context, c.Context+".")
}

// names says what is there, but for READWRITE: some servers take it in place of none.
func (t traces) names(c canary) (list []string) {
	if t.exporter {
		list = append(list, fmt.Sprintf("exporter %s on %s", c.Exporter, c.Source))
	}
	for _, s := range t.subjects {
		list = append(list, fmt.Sprintf("subject %s on %s", s, c.Target))
	}
	for _, p := range union(t.modes) {
		if t.modes[p] != readWrite {
			list = append(list, fmt.Sprintf("mode %s of %s on %s", t.modes[p], placeName(p), c.Target))
		}
	}
	for _, p := range union(t.configs) {
		list = append(list, fmt.Sprintf("settings of %s on %s", placeName(p), c.Target))
	}
	for _, name := range t.contexts {
		list = append(list, fmt.Sprintf("context %s of %s", name, c.Target))
	}
	return list
}
