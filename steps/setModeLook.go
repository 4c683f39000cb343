package steps

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/srmigrate/srmigrate/internal/registry"
)

// modesSeen is one look at the modes a setMode step covers.
type modesSeen struct {
	places  []string
	own     map[string]string // only of places that have one
	cleared clearing
	inForce string // on the named place, once wrong has looked
}

func (s *SetMode) look(ctx context.Context, env *Env, c *registry.Client) (seen modesSeen, err error) {
	if seen.places, err = s.reach().places(ctx, c); err != nil {
		return seen, err
	}
	if s.Inherit {
		if seen.cleared, err = loadClearing(env, s.Registry); err != nil {
			return seen, err
		}
	}
	seen.own, err = ownModes(ctx, c, seen.places)
	return seen, err
}

// replaced reports whether a place has READWRITE because the server could not take its mode away.
func (m modesSeen) replaced(place string) bool {
	return m.own[place] == readWrite && m.cleared.mayBeOurs(place)
}

// importing lists the contexts, and the named subject, that are in IMPORT.
func (s *SetMode) importing(seen modesSeen) []string {
	var found []string
	for _, p := range seen.places {
		if (isContext(p) || p == s.reach().Place) && s.reach().covers(p) && seen.own[p] == imports {
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
		if own := seen.own[p]; s.reach().needs(s.Mode, p, own) && !s.shows(p, own, seen.cleared) {
			todo = append(todo, p)
		}
	}
	if s.Inherit || s.Mode == readWrite {
		slices.Reverse(todo)
	}
	return todo
}

// wrong lists the places where another mode is in force.
func (s *SetMode) wrong(ctx context.Context, c *registry.Client, seen *modesSeen) ([]string, error) {
	asked, named := seen.places, s.reach().Place
	if s.Inherit && named == "" {
		asked = append(slices.Clone(asked), registryWide)
	}
	effective, err := readPlaces(ctx, asked, func(ctx context.Context, p string) (string, bool, error) {
		mode, err := c.EffectiveMode(ctx, p)
		if registry.NotFound(err) || p == registryWide && isAnswer(err) {
			return "", false, nil // the subject is gone, or the server too old for the question
		}
		return mode, true, err
	})
	seen.inForce = effective[named]
	var wrong []string
	for _, p := range seen.places {
		mode, ok := effective[p]
		switch {
		case !ok, seen.own[p] != "" && !s.reach().covers(p): // what it has itself is its own affair
		case s.Inherit && !inherits(p, named, effective),
			!s.Inherit && p == named && !isNamed(s.Mode, mode),
			!s.Inherit && !inForce(s.Mode, mode):
			wrong = append(wrong, p)
		}
	}
	return wrong, err
}

// isAnswer reports a refusal that will not change by asking again.
func isAnswer(err error) bool {
	_, ok := errors.AsType[*registry.Error](err)
	return ok && !registry.IsTemporary(err)
}

// isNamed is inForce for the place that is named.
func isNamed(mode, effective string) bool {
	return mode == effective || mode == readOnly && isReadOnly(effective)
}

// inherits reports whether a place whose mode was taken away is under the one above it, and one below in no IMPORT of
// its own. What is above other places than the default context needs no look: their own mode is seen to be gone.
func inherits(place, named string, effective map[string]string) bool {
	above, known := effective[registryWide]
	switch {
	case place != named:
		return effective[place] != imports || effective[named] == imports || above == imports
	case named == "" && known:
		return effective[place] == above
	}
	return true
}

// kept says which other modes stay below the place that was named.
func (s *SetMode) kept(seen modesSeen) []string {
	byMode := map[string][]string{}
	for _, p := range seen.places {
		ours := seen.own[p] == s.Mode || seen.replaced(p)
		if own := seen.own[p]; own != "" && p != s.reach().Place && !ours {
			byMode[own] = append(byMode[own], p)
		}
	}
	var texts []string
	for _, mode := range slices.Sorted(maps.Keys(byMode)) {
		texts = append(texts, fmt.Sprintf("own mode %s stays on %s of %s", mode, some(modePlaces(byMode[mode], s.whole), 5), s.Registry))
	}
	return texts
}

// outputs are the same whether this process set the mode or an earlier one did.
func (s *SetMode) outputs(env *Env, seen modesSeen) Outputs {
	var rec modeRecord
	place, was := s.reach().Place, ""
	if there, err := env.record(&rec); err == nil && there {
		switch was = orNotSet(rec.Places[place]) + " -> "; {
		case rec.Places[place] != s.Mode:
		case s.Recursive:
			was = "" // it may be new to what lies below
		default:
			was = "stays "
		}
	}
	text := "mode " + was + orNotSet(s.Mode)
	if place != "" || s.whole {
		text += " on " + modePlace(place, s.whole)
	}
	kept := s.kept(seen)
	switch contexts, subjects := reachOf(seen.places); {
	case s.Inherit:
		text += s.inherited(seen)
	case s.Recursive && len(kept) > 0:
		text += ", IMPORT lifted below it; " + strings.Join(kept, "; ")
	case s.Recursive:
		text = fmt.Sprintf("%s, in force on %s and %s", text, count(contexts, "context"), count(subjects, "subject"))
	}
	return Outputs{"text": text}
}

// inherited says what is in force instead of the modes that were taken away.
func (s *SetMode) inherited(seen modesSeen) string {
	text := ""
	if seen.inForce != "" {
		text = fmt.Sprintf(", %s is in force", seen.inForce)
	}
	equivalent := 0
	for _, p := range seen.places {
		if seen.replaced(p) {
			equivalent++
		}
	}
	if equivalent > 0 {
		text += fmt.Sprintf("; %s cannot be unset on this server and got READWRITE, which is equivalent", thousands(equivalent))
	}
	return text
}
