package steps

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"
)

// caughtUpFor finds how long a copy has to have been complete.
var caughtUpFor = regexp.MustCompile(`caughtUp\("([^"]*)"\)`)

// Forecast says how long the wait takes in any case. It changes nothing, unless it finds an exporter standing that an
// earlier try of it has waited for.
func (s *WaitFor) Forecast(ctx context.Context, env *Env) (f Forecast, err error) {
	f.AtLeast = s.atLeast()
	if f.Expect = s.copying(env); f.Expect.Basis != "" {
		f.Expect.Time += f.AtLeast
	}
	if s.Compare != nil {
		f.Later = scopeLater(env, s.Compare, s.Exporter)
	}
	p, begun := env.Past(env.StepID)
	if s.Exporter == "" {
		return f, nil
	}
	r := exporterRef{Registry: s.registry(), Exporter: s.Exporter}
	a, err := r.foresee(ctx, env)
	if err != nil {
		return f, err
	}
	if f.Later == "" {
		f.Now = r.said(env, a)
	}
	w := watch{WaitFor: s, env: env}
	if begun && !p.Done && (a.state == "ERROR" || a.state == paused && !w.pausedByRun()) {
		f.Effects = []Effect{r.effect(a.state, running)}
	}
	return f, nil
}

// atLeast is what the condition asks for in any case; where it has alternatives, that is nothing.
func (s *WaitFor) atLeast() (most time.Duration) {
	until := s.until()
	if strings.ContainsAny(until, "|!?") || regexp.MustCompile(`\b(or|not)\b`).MatchString(until) {
		return 0
	}
	for _, m := range caughtUpFor.FindAllStringSubmatch(until, -1) {
		if d, err := time.ParseDuration(m[1]); err == nil {
			most = max(most, d)
		}
	}
	return most
}

// scopeLater says that a comparison follows an exporter that is not there yet.
func scopeLater(env *Env, s *Comparison, exporter string) string {
	for _, f := range env.Ahead {
		made := f.Kind == OnExporter && f.Registry == s.source() && f.Now == "" && f.Will != "" && !strings.HasPrefix(f.Name, canaryPrefix)
		if made && (exporter == "" || f.Name == exporter) {
			return fmt.Sprintf("which subjects are compared, and under which names: as exporter %s of step %s copies them", f.Name, f.By)
		}
	}
	return ""
}

// Forecast says what decides the scope, and which files are written.
func (s *Compare) Forecast(_ context.Context, env *Env) (f Forecast, err error) {
	f.Later = scopeLater(env, &s.Comparison, s.Exporter)
	var texts []string
	files := s.outputFiles()
	for _, field := range []string{"report", "idMap"} {
		name := files[field]
		if name == "" {
			continue
		}
		text := fmt.Sprintf("writes %s %s", field, name)
		if _, err := os.Stat(env.path(name)); err == nil {
			text += ", over the one that is there"
		}
		texts = append(texts, text)
	}
	f.Now = sentence(texts...)
	return f, nil
}

// Forecast tells whether the condition holds now, where no earlier step can change that.
func (s *Assert) Forecast(ctx context.Context, env *Env) (f Forecast, err error) {
	if len(env.Ahead) > 0 {
		f.Later = "whether it holds after the steps before it"
		return f, nil
	}
	if slices.ContainsFunc([]string{"steps.", "steps["}, func(word string) bool { return strings.Contains(s.That, word) }) {
		return f, nil
	}
	switch _, err := s.Do(ctx, env); err {
	case nil:
		f.Now = "it holds"
	default:
		f.Later = "whether it holds; now: " + err.Error()
	}
	return f, nil
}

// Forecast is that of a question: nothing happens.
func (s *Approve) Forecast(context.Context, *Env) (Forecast, error) { return Forecast{}, nil }
