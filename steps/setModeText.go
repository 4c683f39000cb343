package steps

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/srmigrate/srmigrate/internal/registry"
)

// wish is what the step sets.
func (s *SetMode) wish() string {
	if s.Inherit {
		return "no own mode"
	}
	return "mode " + s.Mode
}

func (s *SetMode) now(seen modesSeen) string {
	place := s.reach().Place
	own := "mode " + orNotSet(seen.own[place])
	if !s.Recursive {
		return own
	}
	return fmt.Sprintf("%s on %s; own modes: %s", own, modePlace(place, s.whole), tally(seen))
}

// tally counts the own modes, as in "2 IMPORT, 1 READONLY".
func tally(seen modesSeen) string {
	n := map[string]int{}
	for _, mode := range seen.own {
		n[mode]++
	}
	if len(n) == 0 {
		return "none"
	}
	var parts []string
	for _, mode := range slices.Sorted(maps.Keys(n)) {
		parts = append(parts, fmt.Sprintf("%s %s", thousands(n[mode]), mode))
	}
	return some(parts, 6)
}

// will says how far the step reaches; the number of other contexts is left out where it cannot be read.
func (s *SetMode) will(ctx context.Context, c *registry.Client, seen modesSeen) string {
	place := s.reach().Place
	if s.Recursive {
		contexts, subjects := reachOf(seen.places)
		return fmt.Sprintf("%s on %s and %s, %s to set",
			s.wish(), count(contexts, "context"), count(subjects, "subject"), count(len(s.todo(seen)), "place"))
	}
	if place != "" {
		return s.wish() + " on " + modePlace(place, s.whole)
	}
	if s.whole {
		return s.wish() + " on every context" + s.others(seen)
	}
	contexts, err := c.Contexts(ctx)
	if err != nil {
		return s.wish()
	}
	return fmt.Sprintf("%s on 1 of %s", s.wish(), count(len(contexts), "context"))
}

// others says how many contexts below the named place keep a mode of their own.
func (s *SetMode) others(seen modesSeen) string {
	n := 0
	for _, p := range seen.places {
		if seen.own[p] != "" && !s.reach().covers(p) {
			n++
		}
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(" but %s with a mode of its own", thousands(n))
}

func reachOf(places []string) (contexts, subjects int) {
	for _, p := range places {
		if isContext(p) {
			contexts++
		}
	}
	return contexts, len(places) - contexts
}
