package steps

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/registry"
)

// feeder is an exporter that writes to a registry.
type feeder struct {
	on          *registry.Client
	name, state string
}

func (f feeder) String() string {
	return fmt.Sprintf("exporter %s on %s (%s)", f.name, f.on.Name(), f.state)
}

// mostFeeders is how many exporters of a registry are asked where they write.
const mostFeeders = 20

// feeders are the exporters of the declared registries, but for the named one, that write to the target: they set IMPORT
// there, and again when somebody sets it back.
func feeders(ctx context.Context, env *Env, target *registry.Client, but exporterRef) (list []feeder, err error) {
	reached := append(strings.Split(env.Exports[target.Name()]["schema.registry.url"].Reveal(), ","), target.URL())
	for _, name := range slices.Sorted(maps.Keys(env.Registries)) {
		c := env.Registries[name]
		exporters, err := c.ExporterNames(ctx)
		if errors.Is(err, registry.ErrNoExporters) {
			continue
		}
		if err != nil {
			return nil, err
		}
		for _, e := range exporters[:min(len(exporters), mostFeeders)] {
			if e == but.Exporter && name == but.registry() {
				continue
			}
			to, err := c.ExporterTarget(ctx, e)
			if registry.NotFound(err, 40450) {
				continue
			}
			if err != nil {
				return nil, err
			}
			if !slices.ContainsFunc(strings.Split(to, ","), func(u string) bool { return isOneOf(u, reached) }) {
				continue
			}
			state, _, err := exporterState(ctx, c, e)
			if err != nil {
				return nil, err
			}
			list = append(list, feeder{c, e, state})
		}
	}
	return list, nil
}

func isOneOf(u string, list []string) bool {
	return slices.ContainsFunc(list, func(other string) bool { return sameURL(u, other) })
}

// importing is the finding for IMPORT that is set already: by an exporter that writes there, or by nobody knows whom.
func importing(ctx context.Context, env *Env, target *registry.Client, but exporterRef, what string, places []string) (event.Finding, error) {
	if f, ok := env.bySibling(what, "set", func(of Sibling) string { return of.opened(target, places) }); ok {
		return f, nil
	}
	list, err := feeders(ctx, env, target, but)
	if err != nil {
		return event.Finding{}, err
	}
	back := "set the mode back: " + curlModes(target, places)
	cells := env.fellowsAmong(target, places)
	var names, stops []string
	for _, f := range list {
		names = append(names, f.String())
		stops = append(stops, curlExporter(f.on, f.name, "/pause"))
		if of := env.fellowsWith(f.on, f.name); len(of) > 0 {
			cells, names[len(names)-1] = of, f.String()+" of "+cellsNamed(of)
		}
	}
	text := what + "; " + some(names, 3) + " writes there, and sets it again"
	if len(list) == 0 {
		text = what
	}
	switch f := env.admitting(earlierRun(env, text, back)); {
	case len(cells) > 0:
		return shared(f, what, text, cells, back), nil
	case len(list) > 0:
		f.Remedy = fmt.Sprintf("where that is this migration's own exporter, continue the run that made it, with --state PATH; else wait until it "+
			"has done its work, or pause or delete it first: %s; then %s", some(stops, 3), back)
		return f, nil
	default:
		return f, nil
	}
}

// shared is the finding where other cells of the fleet write.
func shared(f event.Finding, what, text string, cells []string, back string) event.Finding {
	if f.Text = text; text == what {
		f.Text += fmt.Sprintf(", perhaps set by %s of this fleet, or an earlier run's state is missing", cellsNamed(cells))
	}
	f.Remedy = fmt.Sprintf("let %s come to the end first: cells that share a context go one after the other, as with --concurrency 1, "+
		"or each gets a context of its own; where none of them is at work, %s", cellsNamed(cells), back)
	return f
}
