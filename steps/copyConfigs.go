package steps

import (
	"context"
	"fmt"

	"github.com/srmigrate/srmigrate/internal/compare"
	"github.com/srmigrate/srmigrate/internal/registry"
)

// asCopies is what an exporter with this mapping would do; it sets no mode.
func (s *Copy) asCopies(env *Env) (copies, error) {
	source, target, err := s.clients(env)
	return copies{source: source, target: target, mapping: s.mapping(env)}, err
}

// configsLeft are the configs of the target that are not yet what they are on the source, by place.
func (s *Copy) configsLeft(ctx context.Context, env *Env) (map[string]registry.Settings, error) {
	if !s.Compatibility {
		return nil, nil
	}
	w, err := s.asCopies(env)
	if err != nil {
		return nil, err
	}
	contexts, subjects, err := w.origins(ctx, &Env{Registries: env.Registries})
	if err != nil {
		return nil, err
	}
	theirs, err := ownConfigs(ctx, w.source, append(contexts, subjects...))
	if err != nil {
		return nil, err
	}
	images := map[string]registry.Settings{}
	for _, p := range union(theirs) {
		if len(fields(theirs[p])) > 0 {
			images[w.image(p)] = theirs[p]
		}
	}
	own, err := ownConfigs(ctx, w.target, union(images))
	if err != nil {
		return nil, err
	}
	for p, want := range images {
		if all := merged(own[p], want); sameConfig(own[p], all) {
			delete(images, p)
		}
	}
	return images, nil
}

// setConfigs sets what is left, on contexts first. What is closed, because no version is to be sent there, it opens like
// those where one is.
func (s *Copy) setConfigs(ctx context.Context, env *Env, target *registry.Client, t *compare.Transfer) error {
	todo, err := s.configsLeft(ctx, env)
	if err != nil {
		return err
	}
	for _, p := range union(todo) {
		err := target.SetConfig(ctx, p, todo[p])
		if isBlocked(err) {
			if err = s.open(ctx, env, target, t.Subjects(), []string{p}); err == nil {
				err = target.SetConfig(ctx, p, todo[p])
			}
		}
		if err != nil {
			return fmt.Errorf("compatibility settings of %s cannot be set on %s: %w", placeName(p), s.target(), err)
		}
	}
	return nil
}

// configPlaces are the places that settings may come to, for a record of what they were.
func (s *Copy) configPlaces(ctx context.Context, env *Env, list []*compare.Wanted) ([]string, error) {
	places := placesOfCopies(list)
	if !s.Compatibility {
		return places, nil
	}
	w, err := s.asCopies(env)
	if err != nil {
		return nil, err
	}
	contexts, subjects, err := w.origins(ctx, &Env{Registries: env.Registries})
	for _, p := range append(contexts, subjects...) {
		places = append(places, w.image(p))
	}
	return places, err
}
