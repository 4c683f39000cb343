package steps

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/srmigrate/srmigrate/internal/registry"
)

// modesSeen is one look at the modes a setMode step covers.
type modesSeen struct {
	places []string
	own    map[string]string // only of places that have one
}

func (s *SetMode) look(ctx context.Context, c *registry.Client) (modesSeen, error) {
	seen := modesSeen{places: []string{""}}
	var err error
	if s.Recursive {
		if seen.places, err = allPlaces(ctx, c); err != nil {
			return seen, err
		}
	}
	seen.own, err = ownModes(ctx, c, seen.places)
	return seen, err
}

// importing lists the contexts that are in IMPORT.
func importing(seen modesSeen) []string {
	var found []string
	for _, p := range seen.places {
		if isContext(p) && seen.own[p] == imports {
			found = append(found, p)
		}
	}
	return found
}

// todo lists what has to be set, in order: what closes goes on contexts first, what opens on them last, so that a
// step cut short leaves the wider gate shut.
func (s *SetMode) todo(seen modesSeen) []string {
	var todo []string
	for _, p := range seen.places {
		if needs(s.Mode, s.Recursive, p, seen.own[p]) {
			todo = append(todo, p)
		}
	}
	if s.Mode == readWrite {
		slices.Reverse(todo)
	}
	return todo
}

// wrong lists the places where another mode is in force.
func (s *SetMode) wrong(ctx context.Context, c *registry.Client, places []string) ([]string, error) {
	effective, err := readPlaces(ctx, places, func(ctx context.Context, p string) (string, bool, error) {
		mode, err := c.EffectiveMode(ctx, p)
		if registry.NotFound(err) { // the subject is gone, or the server too old for the question
			return "", false, nil
		}
		return mode, true, err
	})
	var wrong []string
	for _, p := range places {
		if mode, ok := effective[p]; ok && !inForce(s.Mode, mode) {
			wrong = append(wrong, p)
		}
	}
	return wrong, err
}

// kept says which other modes stay below the place that was named.
func (s *SetMode) kept(seen modesSeen) []string {
	byMode := map[string][]string{}
	for _, p := range seen.places {
		if own := seen.own[p]; own != "" && own != s.Mode && p != "" {
			byMode[own] = append(byMode[own], p)
		}
	}
	var texts []string
	for _, mode := range slices.Sorted(maps.Keys(byMode)) {
		texts = append(texts, fmt.Sprintf("own mode %s stays on %s of %s", mode, some(placeNames(byMode[mode]), 5), s.Registry))
	}
	return texts
}

func (s *SetMode) now(seen modesSeen) string {
	if !s.Recursive {
		return "mode " + seen.own[""]
	}
	return fmt.Sprintf("mode %s on the default context; own modes: %s", seen.own[""], tally(seen))
}

// tally counts the own modes, as in "2 IMPORT, 1 READONLY".
func tally(seen modesSeen) string {
	n := map[string]int{}
	for _, mode := range seen.own {
		n[mode]++
	}
	var parts []string
	for _, mode := range slices.Sorted(maps.Keys(n)) {
		parts = append(parts, fmt.Sprintf("%s %s", thousands(n[mode]), mode))
	}
	return some(parts, 6)
}

// will says how far the step reaches; the number of other contexts is left out where it cannot be read.
func (s *SetMode) will(ctx context.Context, c *registry.Client, seen modesSeen) string {
	if s.Recursive {
		contexts, subjects := reachOf(seen.places)
		return fmt.Sprintf("mode %s on %s and %s, %s to set",
			s.Mode, count(contexts, "context"), count(subjects, "subject"), count(len(s.todo(seen)), "place"))
	}
	contexts, err := c.Contexts(ctx)
	if err != nil {
		return "mode " + s.Mode
	}
	return fmt.Sprintf("mode %s on 1 of %s", s.Mode, count(len(contexts), "context"))
}

func reachOf(places []string) (contexts, subjects int) {
	for _, p := range places {
		if isContext(p) {
			contexts++
		}
	}
	return contexts, len(places) - contexts
}

// outputs are the same whether this process set the mode or an earlier one did.
func (s *SetMode) outputs(env *Env, seen modesSeen) Outputs {
	var rec modeRecord
	was := ""
	if there, err := env.record(&rec); err == nil && there {
		was = rec.Places[""] + " -> "
	}
	text := "mode " + was + s.Mode
	if s.Recursive {
		contexts, subjects := reachOf(seen.places)
		text = fmt.Sprintf("%s, in force on %s and %s", text, count(contexts, "context"), count(subjects, "subject"))
	}
	return Outputs{"text": text}
}
