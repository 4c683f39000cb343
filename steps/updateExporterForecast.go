package steps

import "context"

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
	t := r.then(env, a.now)
	wanted := t.spec.with(u.given())
	text := changedText(wanted, t.spec)
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
	return f, f.add(u.copies(ctx, env, wanted, u.aim(env, t.target)))
}

// copies is what the exporter does as it is then.
func (u *UpdateExporter) copies(ctx context.Context, env *Env, spec exporterSpec, target string) (f Forecast, err error) {
	w, known, err := u.ref().copying(ctx, env, spec, target)
	if err != nil {
		return f, err
	}
	if !known {
		f.Later = u.ref().elsewhere()
		return f, nil
	}
	w.versions = u.Reset
	return w.forecast(ctx, env)
}
