package steps

import (
	"context"
	"maps"
	"slices"

	"github.com/srmigrate/srmigrate/internal/registry"
)

// Forecast names every place whose own mode will change, and what an IMPORT without force would purge.
func (s *SetMode) Forecast(ctx context.Context, env *Env) (f Forecast, err error) {
	c, err := s.client(env)
	if err != nil {
		return f, err
	}
	seen, err := s.look(ctx, env, c)
	if err != nil {
		return f, err
	}
	s.lookAhead(env, &seen)
	todo := s.todo(seen)
	after := seen
	after.own = maps.Clone(seen.own)
	for _, p := range todo {
		f.Effects = append(f.Effects, Effect{
			Registry: s.Registry, Kind: OnMode, Name: p, Now: shownMode(p, seen.own[p]), Will: shownMode(p, s.Mode),
		})
		after.own[p] = s.Mode
		if s.Mode == "" {
			delete(after.own, p)
		}
	}
	if len(todo) == 0 {
		f.Now = "it is so already"
	}
	f.Now = sentence(append([]string{f.Now}, s.kept(after)...)...)
	f.Lost, err = s.purged(ctx, c, todo)
	return f, err
}

// lookAhead adds what earlier steps of the plan will have set, and the contexts that they will have made.
func (s *SetMode) lookAhead(env *Env, seen *modesSeen) {
	for _, p := range placesOf(env.Ahead, s.Registry, OnMode) {
		context, _ := splitPlace(p)
		for _, place := range []string{p, contextPlace(context)} {
			if s.reach().covers(place) && (s.Recursive || place == s.reach().Place) {
				seen.places = append(seen.places, place)
			}
		}
		if mode := env.modeAhead(s.Registry, p, ""); mode != "" {
			seen.own[p] = mode
		} else {
			delete(seen.own, p)
		}
	}
	seen.places = sortPlaces(slices.Clone(seen.places))
}

// purged is what is soft-deleted where IMPORT is going to be set without force.
func (s *SetMode) purged(ctx context.Context, c *registry.Client, todo []string) (lost []string, err error) {
	if s.Mode != imports || s.Force {
		return nil, nil
	}
	crowds, _, err := s.crowded(ctx, &Env{}, c, todo)
	for _, f := range crowds {
		if f.Code == "SRM003" {
			lost = append(lost, f.Text)
		}
	}
	return lost, err
}
