package engine

import (
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/srmigrate/srmigrate/internal/registry"
	"github.com/srmigrate/srmigrate/internal/state"
	"github.com/srmigrate/srmigrate/runbook"
)

// newID names a run: when it began, and enough chance to tell two of the same second apart.
func newID(now time.Time) string {
	return now.UTC().Format("20060102-150405") + "-" + strings.ToLower(rand.Text()[:6])
}

// digest covers everything that decides what a run of this runbook does.
func digest(rb *runbook.Runbook) string {
	parts := []string{rb.Name}
	for _, r := range rb.Registries {
		parts = append(parts, r.Name, r.URL)
	}
	for _, st := range rb.Steps {
		parts = append(parts, st.ID, st.Digest)
	}
	return sum(parts)
}

// identify asks every registry who it is.
func (s *session) identify(ctx context.Context) (map[string]state.Identity, error) {
	ids := map[string]state.Identity{}
	for _, name := range slices.Sorted(maps.Keys(s.Clients)) {
		id, err := s.identity(ctx, name)
		if err != nil {
			return nil, fmt.Errorf("registry %s cannot be asked who it is: %w", name, err)
		}
		ids[name] = id
	}
	return ids, nil
}

func (s *session) identity(ctx context.Context, name string) (state.Identity, error) {
	c := s.Clients[name].With(s.policy(), nil)
	id, known, err := c.Identity(ctx)
	if err != nil {
		return state.Identity{}, err
	}
	if !known {
		id = c.URL()
	}
	return state.Identity{URL: c.URL(), ID: id}, nil
}

// policy is how requests outside of any step are retried.
func (s *session) policy() registry.Retry { return s.Runbook.Retry }

// sameRegistries refuses to go on with a run that was begun on others.
func (s *session) sameRegistries(ctx context.Context) error {
	now, err := s.identify(ctx)
	if err != nil {
		return err
	}
	return s.match(now)
}

func (s *session) match(now map[string]state.Identity) error {
	for _, name := range slices.Sorted(maps.Keys(now)) {
		before, ok := s.state.Run.Registries[name]
		if !ok {
			s.state.Run.Registries[name] = now[name]
			continue
		}
		if before.ID != now[name].ID {
			return &state.Error{Path: s.Store.Path(), Text: fmt.Sprintf(
				"is of other registries: %s was %s at %s, now it is %s at %s", name,
				before.ID, before.URL, now[name].ID, now[name].URL)}
		}
	}
	return nil
}

// reachable compares identities where the registries answer; a rollback does what it can without the others.
func (s *session) reachable(ctx context.Context) error {
	now := map[string]state.Identity{}
	for _, name := range slices.Sorted(maps.Keys(s.Clients)) {
		if id, err := s.identity(ctx, name); err == nil {
			now[name] = id
		} else if ctx.Err() != nil {
			return err
		}
	}
	return s.match(now)
}
