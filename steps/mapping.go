package steps

import (
	"context"
	"fmt"
	"slices"

	"github.com/srmigrate/srmigrate/internal/compare"
	"github.com/srmigrate/srmigrate/internal/registry"
)

// mappingOf says where an exporter puts what it copies, and which contexts of the target were empty before: as this
// run recorded it, else as the live exporter says. Without a name it is the only exporter that this run created
// between the two registries; nil stands for all contexts and unchanged names.
func mappingOf(ctx context.Context, env *Env, source, target *registry.Client, exporter string) (m *compare.Mapping, fresh []string, err error) {
	r, ok, err := movedBetween(env, source.Name(), target.Name(), exporter)
	switch {
	case err != nil:
		return nil, nil, err
	case !ok && exporter == "":
		return nil, nil, nil
	case !ok:
		m, err = liveMapping(ctx, env, source, exporter)
		return m, nil, err
	}
	fresh, err = emptyBefore(ctx, target, r)
	if err != nil {
		return nil, nil, err
	}
	r.later = laterReaches(env, r)
	if recorded := r.reaches()[len(r.later)]; !recorded.unknown {
		return &recorded.mapping, fresh, nil
	}
	m, err = liveMapping(ctx, env, source, r.Exporter)
	return m, fresh, err
}

// liveMapping is what the source says of the exporter now.
func liveMapping(ctx context.Context, env *Env, source *registry.Client, exporter string) (*compare.Mapping, error) {
	e, err := source.Exporter(ctx, exporter)
	if registry.NotFound(err, 40450) {
		return nil, fmt.Errorf("exporter %q is not on %s and this run did not create it, "+
			"so nothing says which subjects go where", exporter, source.Name())
	}
	if err != nil {
		return nil, err
	}
	m := compare.Mapping{
		ContextType: e.ContextType, Context: e.Context, Patterns: e.Subjects, RenameFormat: e.SubjectRenameFormat,
	}.Meant(env.Dialects[source.Name()])
	return &m, nil
}

// createdBetween finds what this run recorded of an exporter from source to target; by its name, where there is one.
func createdBetween(env *Env, source, target, exporter string) (found createRecord, ok bool, err error) {
	for _, p := range env.Steps {
		if p.Type != "createExporter" || p.Record == nil {
			continue
		}
		r, err := createRecordOf(p)
		if err != nil {
			return found, false, err
		}
		if r.Source != source || r.Target != target || exporter != "" && r.Exporter != exporter {
			continue
		}
		if ok && r.Exporter != found.Exporter {
			return found, false, fmt.Errorf("this run created the exporters %q and %q from %s to %s; "+
				"name one of them in the field exporter", found.Exporter, r.Exporter, source, target)
		}
		found, ok = r, true
	}
	return found, ok, nil
}

// emptyBefore lists the contexts of the target that held nothing when the exporter was created.
func emptyBefore(ctx context.Context, target *registry.Client, r createRecord) ([]string, error) {
	contexts, err := target.Contexts(ctx)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(contexts, func(c string) bool { return slices.Contains(r.Filled, c) }), nil
}
