package steps

import (
	"context"
	"fmt"

	"github.com/srmigrate/srmigrate/internal/event"
)

// Forecast says what is there, what no look tells, and what a canary does. A run of which only a plan is made has no name.
func (p *Preflight) Forecast(ctx context.Context, env *Env) (f Forecast, err error) {
	if p.Step != "" {
		return f, nil
	}
	s, err := p.survey(ctx, env)
	if err != nil {
		return f, err
	}
	f.Now, f.Later = sentence(s.gist...), sentence(s.unknowns...)
	if !p.Canary || s.withoutExporters {
		return f, nil
	}
	return f, s.foretellCanary(ctx, &f)
}

// foretellCanary names what comes and goes.
func (s *survey) foretellCanary(ctx context.Context, f *Forecast) error {
	subject, err := canarySubject(ctx, s.source)
	if err != nil || subject == "" {
		return err
	}
	name := canaryName("<run>")
	c := canary{Exporter: name, Context: "." + name, Subject: subject}
	e := s.carrier(s.env, c)
	r := e.ref()
	image, place := e.image(s.env, subject), contextPlace(c.Context)
	f.Now = sentence(f.Now, fmt.Sprintf("with a canary: subject %s, copied to context %s of %s by an exporter of its own, and both removed again",
		subject, c.Context, s.target.Name()))
	add := func(now, will string, of Effect) {
		of.Now, of.Will = now, will
		f.Effects = append(f.Effects, of)
	}
	on := func(kind Kind, name string, byServer bool) Effect {
		return Effect{Registry: s.target.Name(), Kind: kind, Name: name, ByServer: byServer}
	}
	byServer, where := e.setsImport(s.env), image
	if !byServer {
		where = place
	}
	add("", running, r.effect("", ""))
	add("", imports, on(OnMode, where, byServer))
	add("", "the canary's subject", on(OnVersions, place+"*", true))
	config, set, err := s.source.Config(ctx, subject)
	if err != nil {
		return err
	}
	if set && len(fields(config)) > 0 {
		add("", settingsText(config), on(OnSettings, image, true))
		add(settingsText(config), "", on(OnSettings, image, false))
	}
	add(running, "", r.effect("", ""))
	add("", "the canary's subject, deleted for good", on(OnVersions, place+"*", false))
	add(imports, "", on(OnMode, where, false))
	return nil
}

// makesLater reports whether one of the steps makes an exporter between the same registries.
func (p *Preflight) makesLater(list []Declared) bool {
	for _, d := range list {
		if c, ok := d.Step.(*CreateExporter); ok && c.source() == p.source() && c.target() == p.target() {
			return true
		}
	}
	return false
}

func (p *Preflight) needless() event.Finding {
	return event.Finding{
		Code: "SRM066", Severity: "warning",
		Text:   fmt.Sprintf("a canary proves that an exporter of %s reaches %s, and no later step makes one", p.source(), p.target()),
		Remedy: "leave canary out: a copy step writes by itself; if another runbook makes the exporter, allow this",
	}
}
