package steps

import (
	"fmt"
	"time"
)

// Expectation is an estimate of how long a step takes, and what it rests on. It decides nothing.
type Expectation struct {
	Time  time.Duration
	Basis string // "" where nothing can be estimated
}

// What is assumed where nothing was seen: an exporter registers one version after the other, and each is one request
// that a registry writes down; a place that this program changes is a write, and a look at what came of it.
const (
	assumedVersions = 20 // a second
	assumedPlaces   = 10 // a second
)

// Estimate is how long the step takes as far as the number of things it changes tells.
func (f Forecast) Estimate() Expectation {
	if f.Expect.Basis != "" {
		return f.Expect
	}
	n := 0
	for _, e := range f.Effects {
		n += boolToInt(!e.ByServer && (e.Kind == OnMode || e.Kind == OnSettings))
	}
	if n < assumedPlaces {
		return Expectation{}
	}
	return Expectation{
		time.Duration(n) * time.Second / assumedPlaces,
		fmt.Sprintf("%s at %d a second, which is assumed, not measured", count(n, "change"), assumedPlaces),
	}
}

// copying is how long exporters take for what steps of a plan have them copy and nothing has waited for yet.
func (s *WaitFor) copying(env *Env) Expectation {
	n := 0
	for i, f := range env.Ahead {
		if f.Kind == OnVersions && f.ByServer && !env.Known.isAwaited(i) && s.awaits(env, f) {
			n += f.count
			env.Known.awaits(i)
		}
	}
	if n == 0 {
		return Expectation{}
	}
	if rate, _ := env.Earlier.output(copiedPerMinute).(int); rate > 0 {
		return Expectation{
			time.Duration(n) * time.Minute / time.Duration(rate),
			fmt.Sprintf("%s at %s a minute, which this step saw in run %s", count(n, "version"), thousands(rate), env.Earlier.Run),
		}
	}
	return Expectation{
		time.Duration(n) * time.Second / assumedVersions,
		fmt.Sprintf("%s at %d a second, which is assumed, not measured", count(n, "version"), assumedVersions),
	}
}

// awaits reports whether the wait is for what an exporter copies.
func (s *WaitFor) awaits(env *Env, copied Effect) bool {
	if s.Exporter == "" {
		return s.Compare != nil && s.Compare.target() == copied.Registry
	}
	for _, f := range env.Ahead {
		if f.Kind == OnExporter && f.By == copied.By && f.Registry == s.registry() && f.Name == s.Exporter {
			return true
		}
	}
	return false
}

// Earlier is what an earlier run of the runbook knows of a step.
type Earlier struct {
	Run     string
	Outputs Outputs
}

func (e *Earlier) output(name string) any {
	if e == nil {
		return nil
	}
	return e.Outputs[name]
}
