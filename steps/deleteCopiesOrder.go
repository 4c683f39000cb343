package steps

import (
	"fmt"
	"maps"
	"slices"

	"github.com/srmigrate/srmigrate/internal/compare"
	"github.com/srmigrate/srmigrate/internal/planted"
)

// removal is what can be deleted, and what cannot.
type removal struct {
	waves  [][]compare.Copy    // referrers before what they refer to
	left   []string            // what stays, and why
	losing map[string][]string // "mode" or "config" → subjects that had one of their own before, and lose it with their last version

	going map[compare.Key]compare.Copy
	stays map[compare.Key]string // why
}

func (r removal) versions() int {
	n := 0
	for _, w := range r.waves {
		n += len(w)
	}
	return n
}

// add sorts the versions of the target by one reach that the exporter had. A copy is one that was not there before, where
// the exporter writes, and is the same as on the source.
func (r *removal) add(all []compare.Copy, reach reach, known map[versionKey]bool, source string) {
	if r.going == nil {
		r.going, r.stays = map[compare.Key]compare.Copy{}, map[compare.Key]string{}
	}
	for _, c := range all {
		if known[versionKey(c.Key)] && !planted.Is(planted.KnownIsCopy) || !reach.covers(c.Subject) {
			continue
		}
		if why := notACopy(c, source); why != "" {
			r.stays[c.Key] = why
			continue
		}
		r.going[c.Key] = c
	}
}

// order finds in which order the copies can go, and what stays.
func (r *removal) order(all []compare.Copy, rec createRecord) {
	for _, c := range all {
		_, goes := r.going[c.Key]
		if why := r.stays[c.Key]; why != "" && !goes {
			r.left = append(r.left, fmt.Sprintf("%s version %d, %s", c.Subject, c.Version, why))
		}
	}
	r.left = append(r.left, needed(all, r.going)...)
	r.losing = map[string][]string{}
	for _, subject := range emptied(all, r.going) {
		if _, had := rec.Modes[subject]; had {
			r.losing["mode"] = append(r.losing["mode"], subject)
		}
		if _, had := rec.Configs[subject]; had {
			r.losing["config"] = append(r.losing["config"], subject)
		}
	}
	r.waves = inWaves(r.going)
}

// emptied are the subjects of which every version goes.
func emptied(all []compare.Copy, going map[compare.Key]compare.Copy) []string {
	empty := map[string]bool{}
	for _, c := range all {
		_, goes := going[c.Key]
		others, seen := empty[c.Subject]
		empty[c.Subject] = goes && (others || !seen)
	}
	maps.DeleteFunc(empty, func(_ string, all bool) bool { return !all })
	return slices.Sorted(maps.Keys(empty))
}

// notACopy says why a version that is new on the target is not the exporter's work, or not any more.
func notACopy(c compare.Copy, source string) string {
	switch {
	case !c.There && !planted.Is(planted.ForeignIsCopy):
		return source + " does not have it"
	case len(c.Differs) > 0:
		return fmt.Sprintf("other than on %s in %s", source, some(c.Differs, 3))
	}
	return ""
}

// needed takes out what something that stays refers to, and says so.
func needed(all []compare.Copy, going map[compare.Key]compare.Copy) []string {
	var left []string
	for again := true; again; {
		again = false
		for _, by := range all {
			if _, goes := going[by.Key]; goes {
				continue
			}
			for _, k := range by.References {
				if _, goes := going[k]; goes {
					delete(going, k)
					left = append(left, fmt.Sprintf("%s version %d, to which %s version %d refers", k.Subject, k.Version, by.Subject, by.Version))
					again = true
				}
			}
		}
	}
	return left
}

// inWaves orders versions so that none is deleted before those that refer to it.
func inWaves(going map[compare.Key]compare.Copy) [][]compare.Copy {
	referrers := map[compare.Key]int{}
	for _, c := range going {
		for _, k := range c.References {
			referrers[k]++
		}
	}
	var waves [][]compare.Copy
	for len(going) > 0 {
		var wave []compare.Copy
		for k, c := range going {
			if referrers[k] == 0 {
				wave = append(wave, c)
			}
		}
		if len(wave) == 0 { // no registry lets references go round in a circle
			for _, c := range going {
				wave = append(wave, c)
			}
		}
		slices.SortFunc(wave, byKey)
		for _, c := range wave {
			delete(going, c.Key)
			for _, k := range c.References {
				referrers[k]--
			}
		}
		waves = append(waves, wave)
	}
	return waves
}

// byKey puts the highest version of a subject first.
func byKey(a, b compare.Copy) int {
	switch {
	case a.Subject < b.Subject:
		return -1
	case a.Subject > b.Subject:
		return 1
	}
	return b.Version - a.Version
}
