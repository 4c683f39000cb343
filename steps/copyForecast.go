package steps

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/srmigrate/srmigrate/internal/compare"
)

// assumedCopies is how many versions a second a copy registers, where nothing was seen.
const assumedCopies = 100

// Forecast names the modes that are set and put back, and what is copied.
func (s *Copy) Forecast(ctx context.Context, env *Env) (f Forecast, err error) {
	t, err := s.transfer(ctx, env)
	if err != nil {
		return f, err
	}
	filler := filledAhead(env, s.source())
	modes, err := s.modesAhead(ctx, env, t, filler != "")
	if err != nil {
		return f, err
	}
	f.Effects = modes
	s.versionsAhead(&f, t, filler)
	if err := s.configsAhead(ctx, env, &f); err != nil {
		return f, err
	}
	if n := len(t.Left()); n >= assumedCopies/10 {
		f.Expect = Expectation{
			time.Duration(n) * time.Second / assumedCopies,
			fmt.Sprintf("%s at %d a second, which is assumed, not measured", count(n, "version"), assumedCopies),
		}
	}
	if !s.removes() && (len(t.Left()) > 0 || filler != "") {
		f.Lost = append(f.Lost, fmt.Sprintf("the copies stay on %s after a rollback (rollbackCopies: keep)", s.target()))
	}
	return f, nil
}

// filledAhead is the earlier step of the plan that copies to a registry, "" for none.
func filledAhead(env *Env, registry string) (by string) {
	for _, f := range env.Ahead {
		if f.Registry == registry && f.Kind == OnVersions && f.count > 0 {
			by = f.By
		}
	}
	return by
}

// modesAhead are set for the copy, and put back after it. Where an earlier step fills the source, its contexts are those
// that step makes.
func (s *Copy) modesAhead(ctx context.Context, env *Env, t *compare.Transfer, fills bool) (list []Effect, err error) {
	w, err := s.asCopies(env)
	if err != nil {
		return nil, err
	}
	places, err := s.openings(ctx, env, w.target, t)
	if err != nil {
		return nil, err
	}
	if fills {
		taken := s.taken(env, t)
		for _, p := range append(w.ahead(env), "") {
			if to, covered := w.mapping.Map(p); !isContext(p) && covered && taken[contextOf(to)] {
				places = append(places, to)
			} else if isContext(p) && !taken[contextOf(w.image(p))] {
				places = append(places, w.image(p))
			}
		}
		places = sortPlaces(places)
	}
	own, err := ownModes(ctx, w.target, places)
	if err != nil {
		return nil, err
	}
	for _, p := range places {
		now := env.modeAhead(s.target(), p, own[p])
		if now == imports {
			continue
		}
		list = append(list, Effect{Registry: s.target(), Kind: OnMode, Name: p, Now: now, Will: imports},
			Effect{Registry: s.target(), Kind: OnMode, Name: p, Now: imports, Will: now})
	}
	return list, nil
}

func contextOf(place string) string {
	context, _ := splitPlace(place)
	return contextPlace(context)
}

// versionsAhead says how much there is to copy, and what of it is there.
func (s *Copy) versionsAhead(f *Forecast, t *compare.Transfer, filler string) {
	subjects, deleted := map[string]bool{}, 0
	for _, w := range t.Wanted {
		subjects[w.Subject] = true
		deleted += boolToInt(w.Deleted)
	}
	left := len(t.Left())
	if left == 0 && filler == "" {
		f.Now = fmt.Sprintf("all %s there already", count(len(t.Wanted), "version"))
		return
	}
	text := fmt.Sprintf("%s of %s", count(len(t.Wanted), "version"), count(len(subjects), "subject"))
	if deleted > 0 {
		text += fmt.Sprintf(", %s of them soft-deleted", thousands(deleted))
	}
	if filler != "" {
		more := fmt.Sprintf("what step %s will have copied to %s", filler, s.source())
		f.Later = sentence(f.Later, "how many versions there are: "+more)
		if text += ", and " + more; len(t.Wanted) == 0 {
			text = more
		}
	}
	e := Effect{Registry: s.target(), Kind: OnVersions, Name: strings.Join(s.patterns(), ", "), Will: text, count: max(len(t.Wanted), boolToInt(filler != ""))}
	if len(t.Wanted) > left {
		e.Now = thousands(len(t.Wanted)-left) + " of them there already"
	}
	f.Effects = append(f.Effects, e)
}

// configsAhead are the settings that the target takes over.
func (s *Copy) configsAhead(ctx context.Context, env *Env, f *Forecast) error {
	if !s.Compatibility {
		return nil
	}
	w, err := s.asCopies(env)
	if err != nil {
		return err
	}
	contexts, subjects, err := w.origins(ctx, env)
	if err != nil {
		return err
	}
	list, err := w.configs(ctx, env, append(contexts, subjects...))
	for _, e := range list {
		e.ByServer, e.Will = false, strings.TrimSuffix(e.Will, unlessDefault(s.source()))
		f.Effects = append(f.Effects, e)
	}
	return err
}
