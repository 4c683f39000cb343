package steps

import (
	"context"
	"fmt"
)

// Forecast says what becomes of the exporter, and what it does on its target with that.
func (u *UpdateExporter) Forecast(ctx context.Context, env *Env) (f Forecast, err error) {
	r := u.ref()
	a, err := r.foresee(ctx, env)
	if err != nil {
		return f, err
	}
	if f.Now = r.said(env, a); !a.there {
		return f, nil
	}
	if u.Step != "" {
		f.Effects = []Effect{r.effect(a.state, a.state+", as before step "+u.Step)}
		return f, nil
	}
	before := u.before(a)
	wanted := before.with(u.given())
	text := changedText(wanted, before)
	if u.setsConfig() {
		text += ", config as given"
		f.Lost = append(f.Lost, "the config of exporter "+u.Exporter+" as it was, which servers do not show")
	}
	if u.Reset {
		text += fromTheFirst
		f.Lost = append(f.Lost, r.lostOffset(env, a)...)
	}
	if text == "" {
		f.Now = sentence(f.Now, "it is so already")
		return f, nil
	}
	f.Effects = []Effect{r.effect(a.state, a.state+text)}
	return f, f.add(u.copies(ctx, env, a, wanted))
}

// before is what the exporter will be when the step is reached: as it is now, or as an earlier step makes it.
func (u *UpdateExporter) before(a exporterAhead) exporterSpec {
	switch {
	case a.now != nil:
		return specOf(a.now)
	case u.maker != nil:
		return u.maker.wholly()
	}
	return exporterSpec{}
}

// copies is what the exporter does as it is then.
func (u *UpdateExporter) copies(ctx context.Context, env *Env, a exporterAhead, spec exporterSpec) (f Forecast, err error) {
	r := u.ref()
	source, err := r.client(env)
	if err != nil {
		return f, err
	}
	target := u.Target
	switch {
	case target != "":
	case u.maker != nil:
		target = u.maker.target()
	case a.now != nil:
		target = env.targetOf(a.now.Config)
	}
	if env.Registries[target] == nil {
		f.Later = fmt.Sprintf("what exporter %s copies: it writes to none of the registries here", u.Exporter)
		return f, nil
	}
	m := spec.mapping().Meant(env.Dialects[r.registry()])
	if m.ContextType == "AUTO" && m.Context == "" {
		if m.Context, err = foretold(ctx, source); err != nil {
			return f, err
		}
	}
	w := copies{source: source, target: env.Registries[target], mapping: m, sets: !env.isGuide(r.registry()), versions: u.Reset}
	return w.forecast(ctx, env)
}

// makerOf is the earlier step that makes the exporter, nil for none.
func makerOf(before []Declared, r exporterRef) (maker *CreateExporter) {
	for _, d := range before {
		if c, ok := d.Step.(*CreateExporter); ok && c.source() == r.registry() && c.Exporter == r.Exporter {
			maker = c
		}
	}
	return maker
}
