package steps

import (
	"context"
	"slices"
	"strings"

	"github.com/srmigrate/srmigrate/internal/compare"
	"github.com/srmigrate/srmigrate/internal/registry"
)

const whyPurged = "soft-deleted, and purged if the exporter sets IMPORT without force"

// purges are soft-deleted versions of the target that the source does not have, where the exporter is going to set
// IMPORT and nothing is live: whether it does so by force, which would spare them, its server decides.
func (w copies) purges(ctx context.Context) ([]compare.Conflict, error) {
	if !w.sets {
		return nil, nil
	}
	all, err := allSubjects(ctx, w.target, true)
	if err != nil {
		return nil, err
	}
	live, err := allSubjects(ctx, w.target, false)
	if err != nil || len(live) == len(all) {
		return nil, err
	}
	slices.Sort(all)
	slices.Sort(live)
	theirs, err := allSubjects(ctx, w.source, true)
	if err != nil {
		return nil, err
	}
	contexts, err := w.source.Contexts(ctx)
	if err != nil {
		return nil, err
	}
	subjects, err := unspared(ctx, w.target, w.importPlaces(contexts, theirs), all, live)
	if err != nil {
		return nil, err
	}
	return w.ownVersions(ctx, theirs, subjects)
}

// importPlaces are where the exporter sets IMPORT: on a context that the patterns cover as a whole, else on subjects.
func (w copies) importPlaces(contexts, subjects []string) []string {
	m := w.mapping
	var places []string
	whole := map[string]bool{}
	for _, c := range contexts {
		if whole[c] = coversContext(m.Patterns, c); whole[c] {
			for _, to := range m.TargetContexts([]string{c}) {
				places = append(places, contextPlace(to))
			}
		}
	}
	single := slices.DeleteFunc(slices.Clone(subjects), func(s string) bool { c, _ := splitPlace(s); return whole[c] })
	places = append(places, images(m, single)...)
	return slices.DeleteFunc(sortPlaces(places), w.isOpened)
}

// coversContext reports whether one of the patterns is all of a context.
func coversContext(patterns []string, context string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		if rest, everywhere := strings.CutPrefix(p, ":*:"); everywhere {
			return strings.TrimSuffix(rest, "*") == ""
		}
		c, name := splitPlace(p)
		return c == context && strings.TrimSuffix(name, "*") == ""
	})
}

// unspared are the subjects that a plain IMPORT on the places would purge: servers refuse it where anything is live, and
// leave alone what is under IMPORT already.
func unspared(ctx context.Context, target *registry.Client, places, all, live []string) ([]string, error) {
	var lost []string
	for _, place := range places {
		risk := inScope(place, all)
		if len(risk) == 0 || len(inScope(place, live)) > 0 {
			continue
		}
		mode, err := target.EffectiveMode(ctx, place)
		if err != nil && !registry.NotFound(err) {
			return nil, err
		}
		if mode != imports {
			lost = append(lost, risk...)
		}
	}
	slices.Sort(lost)
	return slices.Compact(lost), nil
}

// inScope are the subjects that a server looks at before a place enters IMPORT; for the default context that is all.
// They are sorted.
func inScope(place string, subjects []string) []string {
	if place == "" {
		return subjects
	}
	if !isContext(place) {
		if i, there := slices.BinarySearch(subjects, place); there {
			return subjects[i : i+1]
		}
		return nil
	}
	context, _ := splitPlace(place)
	return slices.DeleteFunc(slices.Clone(subjects), func(s string) bool { c, _ := splitPlace(s); return c != context })
}

// ownVersions are those of the target's subjects that no subject of the source has under the same number.
func (w copies) ownVersions(ctx context.Context, theirs, subjects []string) ([]compare.Conflict, error) {
	var lost []compare.Conflict
	for _, subject := range subjects {
		own, err := w.target.Versions(ctx, subject, true)
		if err != nil && !registry.NotFound(err) {
			return nil, err
		}
		for _, from := range theirs {
			if to, covered := w.mapping.Map(from); !covered || to != subject {
				continue
			}
			copied, err := w.source.Versions(ctx, from, true)
			if err != nil && !registry.NotFound(err) {
				return nil, err
			}
			own = slices.DeleteFunc(own, func(v int) bool { return slices.Contains(copied, v) })
		}
		for _, v := range own {
			lost = append(lost, compare.Conflict{Key: compare.Key{Subject: subject, Version: v}, Why: []string{whyPurged}})
		}
	}
	return lost, nil
}
