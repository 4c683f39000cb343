package steps

import (
	"context"
	"fmt"
	"slices"

	"github.com/srmigrate/srmigrate/internal/registry"
)

// exporterThen is an exporter as a step will find it: as it is now, and as the steps of a plan before it make it.
type exporterThen struct {
	spec   exporterSpec
	target string // the registry it writes to, "" for none of those here
	there  bool
	other  bool // than it is now, or than the step that makes it makes it
}

// then looks at what the steps of a plan that are still to be done make of an exporter. A run has none of those.
func (r exporterRef) then(env *Env, now *registry.Exporter) (t exporterThen) {
	if now != nil {
		t = exporterThen{spec: specOf(now), target: env.targetOf(now.Config), there: true}
	}
	for _, d := range env.Coming {
		switch s := d.Step.(type) {
		case *CreateExporter:
			if s.ref() == r.bare() {
				t = t.made(s)
			}
		case *UpdateExporter:
			if s.ref().bare() == r.bare() && s.Step == "" && t.there {
				t.spec, t.other, t.target = t.spec.with(s.given()), true, s.aim(env, t.target)
			}
		case *Delete:
			if exporterRef(*s).bare() == r.bare() {
				t = exporterThen{}
			}
		}
	}
	return t
}

// made is the exporter once a step that makes it has run.
func (t exporterThen) made(s *CreateExporter) exporterThen {
	if !t.there {
		return exporterThen{spec: s.wholly(), target: s.target(), there: true}
	}
	if s.ifExists() == existsUpdate {
		t.spec, t.other = t.spec.with(s.wholly()), true
	}
	return t
}

// bare names the exporter alone.
func (r exporterRef) bare() exporterRef {
	return exporterRef{Registry: r.registry(), Exporter: r.Exporter}
}

// copying is what an exporter of this spec does on a target; false when that is none of the registries here.
func (r exporterRef) copying(ctx context.Context, env *Env, spec exporterSpec, target string) (w copies, known bool, err error) {
	source, err := r.client(env)
	if err != nil || env.Registries[target] == nil {
		return w, false, err
	}
	m := spec.mapping().Meant(env.Dialects[r.registry()])
	if m.ContextType == "AUTO" && m.Context == "" {
		if m.Context, err = foretold(ctx, source); err != nil {
			return w, false, err
		}
	}
	return copies{
		source: source, target: env.Registries[target], mapping: m, sets: !env.isGuide(r.registry()), versions: true,
		opened: func(place string) bool { return env.opensAhead(target, place) },
	}, true, nil
}

// opensAhead reports whether a step of a plan before this one sets IMPORT on a place.
func (e *Env) opensAhead(registry, place string) bool {
	return slices.ContainsFunc(e.Coming, func(d Declared) bool {
		s, ok := d.Step.(*SetMode)
		return ok && s.Registry == registry && s.Mode == imports && s.reach().opens(place)
	})
}

// elsewhere says that nothing can be told of a target.
func (r exporterRef) elsewhere() string {
	return fmt.Sprintf("what exporter %s copies, and over what: it writes to none of the registries here", r.Exporter)
}

// copies is what an exporter does that is made to go on or to begin again. What one of this plan copies, the step that
// makes it has told.
func (r exporterRef) copies(ctx context.Context, env *Env, a exporterAhead) (f Forecast, err error) {
	t := r.then(env, a.now)
	if a.now == nil && !t.other {
		f.Effects = r.copiesAgain(env)
		return f, nil
	}
	w, known, err := r.copying(ctx, env, t.spec, t.target)
	if err != nil {
		return f, err
	}
	if !known {
		f.Later = r.elsewhere()
		return f, nil
	}
	return w.forecast(ctx, env)
}

// copiesAgain is what the step that makes the exporter has told of its copies.
func (r exporterRef) copiesAgain(env *Env) (list []Effect) {
	maker := r.maker(env)
	for _, f := range env.Ahead {
		if f.Kind == OnVersions && f.ByServer && f.By == maker {
			list = append(list, f)
		}
	}
	return list
}
