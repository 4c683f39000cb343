package steps

import (
	"context"
	"fmt"
	"strings"

	"github.com/srmigrate/srmigrate/internal/registry"
)

const running = "RUNNING"

// exporterAhead is an exporter as it will stand when a step of a plan is reached.
type exporterAhead struct {
	there bool
	state string
	by    string             // the earlier step that leaves it so, "" for none
	now   *registry.Exporter // as it is now, nil where it is not there yet
}

// foresee looks at the exporter and at what earlier steps of the plan will have made of it.
func (r exporterRef) foresee(ctx context.Context, env *Env) (a exporterAhead, err error) {
	c, err := r.client(env)
	if err != nil {
		return a, err
	}
	if a.now, err = exporterIfThere(ctx, c, r.Exporter); err != nil {
		return a, explainNoExporters(err, r.registry())
	}
	if a.there = a.now != nil; a.there {
		if a.state, _, err = exporterState(ctx, c, r.Exporter); err != nil {
			return a, err
		}
		a.state = or(a.state, "STARTING")
	}
	if f, ok := env.ahead(r.registry(), OnExporter, r.Exporter); ok {
		a.by, a.there = f.By, f.Will != ""
		a.state, _, _ = strings.Cut(f.Will, ", ")
	}
	return a, nil
}

// said is how the exporter stands, where the effects do not tell it.
func (r exporterRef) said(env *Env, a exporterAhead) string {
	switch {
	case !a.there && a.by != "":
		return fmt.Sprintf("exporter %s is gone by then, after step %s", r.Exporter, a.by)
	case !a.there:
		return fmt.Sprintf("there is no exporter %s on %s", r.Exporter, r.registry())
	case a.now == nil:
		return fmt.Sprintf("exporter %s is made by step %s", r.Exporter, r.maker(env))
	}
	return ""
}

// effect is on the exporter.
func (r exporterRef) effect(now, will string) Effect {
	return Effect{Registry: r.registry(), Kind: OnExporter, Name: r.Exporter, Now: now, Will: will}
}

// Forecast says what state the exporter leaves.
func (p *Pause) Forecast(ctx context.Context, env *Env) (f Forecast, err error) {
	r := exporterRef(*p)
	a, err := r.foresee(ctx, env)
	if err != nil {
		return f, err
	}
	f.Now = r.said(env, a)
	if a.there && a.state == paused {
		f.Now = sentence(f.Now, "it is "+paused+" already")
	} else if a.there {
		f.Effects = []Effect{r.effect(a.state, paused)}
	}
	return f, nil
}

// Forecast says what state the exporter leaves, and what it does from then on.
func (r *Resume) Forecast(ctx context.Context, env *Env) (f Forecast, err error) {
	ref := exporterRef(*r)
	a, err := ref.foresee(ctx, env)
	if err != nil {
		return f, err
	}
	f.Now = ref.said(env, a)
	switch {
	case !a.there:
		return f, nil
	case a.state != paused:
		f.Now = sentence(f.Now, "it is "+a.state+", not "+paused)
		return f, nil
	}
	f.Effects = []Effect{ref.effect(paused, running)}
	err = f.add(ref.copies(ctx, env, a))
	for i := range f.Effects {
		f.Effects[i].count = 0 // it goes on where it stood, and how much is left nobody tells
	}
	return f, err
}

// Forecast says that the exporter begins again, and what it copies then.
func (r *Reset) Forecast(ctx context.Context, env *Env) (f Forecast, err error) {
	ref := exporterRef(*r)
	a, err := ref.foresee(ctx, env)
	if err != nil {
		return f, err
	}
	if f.Now = ref.said(env, a); !a.there {
		return f, nil
	}
	f.Effects = []Effect{ref.effect(a.state, a.state+fromTheFirst)}
	f.Lost = ref.lostOffset(env, a)
	return f, f.add(ref.copies(ctx, env, a))
}

// lostOffset tells of the offset of an exporter that was there before this run.
func (r exporterRef) lostOffset(env *Env, a exporterAhead) []string {
	d := Delete(exporterRef{Registry: r.Registry, Exporter: r.Exporter})
	if made, err := d.made(env); a.now == nil || made && err == nil {
		return nil
	}
	return []string{"the offset of exporter " + r.Exporter}
}

// maker is the step of the plan that makes the exporter, "" for none.
func (r exporterRef) maker(env *Env) (id string) {
	for _, f := range env.Ahead {
		if f.Registry == r.registry() && f.Kind == OnExporter && f.Name == r.Exporter && f.Now == "" {
			id = f.By
		}
	}
	return id
}

const fromTheFirst = ", from the first record on"

// Forecast says that the exporter goes.
func (d *Delete) Forecast(ctx context.Context, env *Env) (f Forecast, err error) {
	r := exporterRef(*d)
	a, err := r.foresee(ctx, env)
	if err != nil {
		return f, err
	}
	if f.Now = r.said(env, a); a.there {
		f.Effects = []Effect{r.effect(a.state, "")}
		f.Lost = r.lostOffset(env, a)
	}
	return f, nil
}

// add takes what another forecast says.
func (f *Forecast) add(more Forecast, err error) error {
	f.Effects = append(f.Effects, more.Effects...)
	f.Lost = append(f.Lost, more.Lost...)
	f.Now, f.Later = sentence(f.Now, more.Now), sentence(f.Later, more.Later)
	return err
}
