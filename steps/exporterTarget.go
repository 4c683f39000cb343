package steps

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/srmigrate/srmigrate/internal/registry"
)

const exporterURL = "schema.registry.url"

// targetOf finds the declared registry that an exporter with this config writes to, "" when none is.
func (e *Env) targetOf(config map[string]registry.Secret) string {
	for _, name := range slices.Sorted(maps.Keys(e.Exports)) {
		if e.Registries[name] != nil && shareURL(e.Exports[name][exporterURL].Reveal(), config[exporterURL].Reveal()) {
			return name
		}
	}
	return ""
}

// shareURL reports whether two lists of URLs have one in common.
func shareURL(a, b string) bool {
	for one := range strings.SplitSeq(a, ",") {
		for other := range strings.SplitSeq(b, ",") {
			if sameURL(one, other) {
				return true
			}
		}
	}
	return false
}

// coming are the effects of earlier steps of a plan, after what exporters of steps that are done may still set on a
// registry.
func (e *Env) coming(ctx context.Context, name string) (list []Effect, err error) {
	for _, p := range e.Steps {
		if p.Type != "createExporter" || p.Record == nil {
			continue
		}
		rec, err := createRecordOf(p)
		if err != nil {
			return nil, err
		}
		if rec.Target != name || !rec.isOurs() || e.Registries[rec.Source] == nil || e.Registries[name] == nil {
			continue
		}
		more, err := rec.coming(ctx, e)
		if err != nil {
			return nil, err
		}
		for _, f := range more {
			f.By = p.ID
			list = append(list, f)
		}
	}
	return append(list, e.Ahead...), nil
}

// coming is what the exporter may still set; nothing when it stands or is gone.
func (r createRecord) coming(ctx context.Context, env *Env) ([]Effect, error) {
	source := env.Registries[r.Source]
	state, there, err := exporterState(ctx, source, r.Exporter)
	if err != nil || !there || state == paused {
		return nil, err
	}
	before := &Env{Registries: env.Registries, Dialects: env.Dialects}
	w := copies{source: source, target: env.Registries[r.Target], mapping: r.reach().mapping, sets: !r.OperatorImport}
	return w.settings(ctx, before)
}
