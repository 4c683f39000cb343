package steps

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"
)

// Forecaster is a step that can say beforehand what it is going to do. Forecast only reads. It is called for the steps
// of a plan in order; Env.Ahead holds what those before it will have done by then.
type Forecaster interface {
	Forecast(ctx context.Context, env *Env) (Forecast, error)
}

// Forecast is what a step is going to do, as far as the registries tell now. What it does not name the step does not
// change, so it names rather too much than too little.
type Forecast struct {
	Effects []Effect
	Now     string        // what is there, in words, where the effects do not say it
	Later   string        // what cannot be known before earlier steps ran
	Lost    []string      // what of it cannot be undone
	AtLeast time.Duration // how long it takes in any case
	Expect  Expectation   // how long it is likely to take, AtLeast included
}

// Kind is what an effect is on.
type Kind string

// The kinds. A step that adds versions adds their subjects with them.
const (
	OnMode     Kind = "mode"
	OnSettings Kind = "settings" // compatibility and what stands beside it
	OnExporter Kind = "exporter"
	OnVersions Kind = "versions"
)

// Effect is one thing that changes on a registry.
type Effect struct {
	Registry string `json:"registry"`
	Kind     Kind   `json:"kind"`
	Name     string `json:"name"` // a context or subject, an exporter, or what the versions are of; "" for the default context
	Now      string `json:"now"`  // "" where it is not known, or not set
	Will     string `json:"will"`
	// ByServer says that the server does it, on behalf of what this step made.
	ByServer bool `json:"byServer,omitempty"`

	By string `json:"-"` // the step, in Env.Ahead

	count int // of versions; 0 where they are not counted
}

// ahead is the last effect that earlier steps of a plan will have had on a thing; false when none touches it.
func (e *Env) ahead(registry string, kind Kind, name string) (Effect, bool) {
	for _, f := range slices.Backward(e.Ahead) {
		if f.Registry == registry && f.Kind == kind && f.Name == name {
			return f, true
		}
	}
	return Effect{}, false
}

// modeAhead is the own mode that a place will have by then; own is the one that it has now. The default context always
// shows one.
func (e *Env) modeAhead(registry, place, own string) string {
	if f, ok := e.ahead(registry, OnMode, place); ok {
		own = f.Will
	}
	return shownMode(place, own)
}

func shownMode(place, mode string) string {
	if place == "" {
		return or(mode, readWrite)
	}
	return mode
}

// placesOf lists what effects of a kind on a registry are on.
func placesOf(effects []Effect, registry string, kind Kind) []string {
	places := map[string]bool{}
	for _, f := range effects {
		if f.Registry == registry && f.Kind == kind {
			places[f.Name] = true
		}
	}
	return sortPlaces(slices.Collect(maps.Keys(places)))
}

// sentence joins what there is to say.
func sentence(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), "; ")
}
