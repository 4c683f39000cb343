package steps

import (
	"context"
	"fmt"
	"strings"

	"github.com/srmigrate/srmigrate/internal/registry"
)

// Forecast names the exporter, and what it does on the target by itself.
func (s *CreateExporter) Forecast(ctx context.Context, env *Env) (f Forecast, err error) {
	source, target, err := s.clients(env)
	if err != nil {
		return f, err
	}
	a, err := s.ref().foresee(ctx, env)
	if err != nil {
		return f, err
	}
	begins, err := s.onExporter(env, a, &f)
	if err != nil || !begins {
		return f, err
	}
	w, err := s.copying(ctx, env, source, target)
	if err != nil {
		return f, err
	}
	if err := f.add(w.forecast(ctx, env)); err != nil {
		return f, err
	}
	if s.RollbackCopies != "remove" {
		f.Lost = append(f.Lost, fmt.Sprintf("the copies stay on %s after a rollback (rollbackCopies: keep)", s.target()))
	}
	return f, nil
}

// onExporter says what becomes of the exporter itself; begins, whether it copies on behalf of this step.
func (s *CreateExporter) onExporter(env *Env, a exporterAhead, f *Forecast) (begins bool, err error) {
	r := s.ref()
	var rec createRecord
	recorded, err := env.record(&rec)
	switch {
	case err != nil:
		return false, err
	case !a.there:
		f.Effects = append(f.Effects, r.effect("", running))
		return true, nil
	case recorded && rec.isMade():
		f.Now = fmt.Sprintf("exporter %s is there, made by this run", s.Exporter)
	case s.ifExists() == existsFail:
		f.Now = fmt.Sprintf("exporter %s is on %s already, and this step does not touch it", s.Exporter, s.source())
		return false, nil
	case s.ifExists() == existsUpdate:
		if text := s.changed(a.now); text != "" {
			f.Effects = append(f.Effects, r.effect(a.state, running+text+fromTheFirst))
			f.Lost = append(f.Lost, r.lostOffset(env, a)...)
			return true, nil
		}
	}
	if a.state != paused {
		f.Now = or(f.Now, fmt.Sprintf("exporter %s is there, %s", s.Exporter, a.state))
		return recorded && rec.isMade(), nil
	}
	f.Effects = append(f.Effects, r.effect(paused, running))
	return true, nil
}

// changed says in what an exporter that is there will be another, "" in nothing.
func (s *CreateExporter) changed(now *registry.Exporter) string {
	if now == nil {
		return ""
	}
	before := specOf(now)
	return changedText(before.with(s.wholly()), before)
}

// changedText lists the fields of a spec that are others in what was there before.
func changedText(wanted, before exporterSpec) string {
	var text strings.Builder
	for _, f := range wanted.unlike(before) {
		fmt.Fprintf(&text, ", %s %s", f.name, f.value)
	}
	return text.String()
}
