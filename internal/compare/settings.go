package compare

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/srmigrate/srmigrate/internal/normal"
	"github.com/srmigrate/srmigrate/internal/registry"
)

// A getter returns a place's own setting, digested, and in words.
type getter func(ctx context.Context, c *registry.Client, place string) (digest, string, error)

// settings compares configs and modes, place by place: servers list neither in bulk.
func (d *diff) settings(ctx context.Context) error {
	getters, places, all := map[string]getter{KindCompatibility: configOf, KindMode: modeOf}, map[string][]placePair{}, 0
	for kind := range getters {
		if d.level(kind, "") != Off {
			places[kind] = d.open(kind, d.places())
			all += len(places[kind])
		}
	}
	for _, kind := range []string{KindCompatibility, KindMode} {
		if err := d.setting(ctx, kind, getters[kind], places[kind], all); err != nil {
			return err
		}
	}
	return nil
}

// setting compares one of the places; there are so many in all.
func (d *diff) setting(ctx context.Context, kind string, get getter, places []placePair, all int) error {
	found := make([]Difference, len(places))
	unread := make([]error, len(places))
	err := each(ctx, len(places), func(ctx context.Context, i int) error {
		found[i], unread[i] = comparePlace(ctx, d.source.c, d.target.c, places[i], get)
		d.meter.setting(all)
		return ctx.Err()
	}, d.source.c, d.target.c)
	if err != nil {
		return err
	}
	d.unread(kind, unread...)
	d.agree(kind, places, found, unread)
	for _, v := range found {
		if v.Kind = kind; v.Detail == "" {
			continue
		}
		if err := d.add(v, 1); err != nil {
			return err
		}
	}
	return nil
}

// open returns the places that are not known to have the same setting.
func (d *diff) open(kind string, places []placePair) []placePair {
	return slices.DeleteFunc(places, func(p placePair) bool { return d.agreed[kind][p] })
}

// agree notes the places that have the same setting, for the looks to come.
func (d *diff) agree(kind string, places []placePair, found []Difference, unread []error) {
	if d.agreed == nil {
		return
	}
	if d.agreed[kind] == nil {
		d.agreed[kind] = map[placePair]bool{}
	}
	for i, p := range places {
		if found[i].Detail == "" && unread[i] == nil {
			d.agreed[kind][p] = true
		}
	}
}

type placePair struct{ source, target string }

// places returns the contexts of the compared subjects, then those subjects.
func (d *diff) places() []placePair {
	slices.SortFunc(d.pairs, func(a, b *entry) int { return strings.Compare(a.source, b.source) })
	var contexts, subjects []placePair
	seen := map[string]bool{}
	for _, e := range d.pairs {
		subjects = append(subjects, placePair{e.source, e.target})
		if from, _ := SplitSubject(e.source); !seen[from] {
			seen[from] = true
			contexts = append(contexts, placePair{Place(from), Place(d.m.mapContext(from))})
		}
	}
	return append(contexts, subjects...)
}

func comparePlace(ctx context.Context, source, target *registry.Client, p placePair, get getter) (Difference, error) {
	a, atSource, err := get(ctx, source, p.source)
	if err != nil {
		return Difference{}, err
	}
	b, atTarget, err := get(ctx, target, p.target)
	if err != nil || a == b {
		return Difference{}, err
	}
	return Difference{
		Subject: cmp.Or(p.source, ":.:"), TargetSubject: cmp.Or(p.target, ":.:"),
		Detail: fmt.Sprintf("%s, on the target %s", atSource, atTarget),
	}, nil
}

func configOf(ctx context.Context, c *registry.Client, place string) (digest, string, error) {
	s, set, err := c.Config(ctx, place)
	if err != nil || !set {
		return digest{}, "no own config", err
	}
	if level, ok := s["compatibility"]; ok {
		s["compatibilityLevel"] = level
		delete(s, "compatibility")
	}
	b, err := json.Marshal(s)
	if err != nil {
		return digest{}, "", err
	}
	if more := len(s) - 1; more > 0 {
		return digested(normal.Settings, b), fmt.Sprintf("compatibility %s and %s", s.Level(), count(more, "other field")), nil
	}
	return digested(normal.Settings, b), "compatibility " + s.Level(), nil
}

func modeOf(ctx context.Context, c *registry.Client, place string) (digest, string, error) {
	m, set, err := c.Mode(ctx, place)
	if err != nil || !set {
		return digest{}, "no own mode", err
	}
	return sum([]byte(m)), "mode " + m, nil
}
