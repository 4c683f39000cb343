package steps

import (
	"fmt"
	"slices"
)

// movedBetween is what this run recorded of an exporter from source to target, or of the copy steps between them. Steps
// that name things in one way count as one that has all their patterns; of others nobody could tell which one is meant.
func movedBetween(env *Env, source, target, exporter string) (found createRecord, ok bool, err error) {
	found, ok, err = createdBetween(env, source, target, exporter)
	if err != nil || exporter != "" {
		return found, ok, err
	}
	by := "exporter " + found.Exporter
	for _, p := range env.Steps {
		if p.Type != "copy" || p.Record == nil || p.ID == env.StepID {
			continue
		}
		r, err := createRecordOf(p)
		if err != nil {
			return found, false, err
		}
		switch {
		case r.Source != source || r.Target != target:
		case !ok:
			found, ok, by = r, true, "step "+p.ID
		case !found.Mapping.names(r.Mapping) || found.reach().unknown:
			return found, false, fmt.Errorf("%s and step %s of this run name what they copy from %s to %s in different ways, so nothing says "+
				"which subjects go where; compare after each of them in a run of its own", by, p.ID, source, target)
		default:
			found.Mapping.Patterns = union(asSet(found.Mapping.Patterns), asSet(r.Mapping.Patterns))
			found.Filled = slices.DeleteFunc(slices.Clone(found.Filled), func(c string) bool { return !slices.Contains(r.Filled, c) })
		}
	}
	return found, ok, nil
}

func asSet(list []string) map[string]bool {
	set := map[string]bool{}
	for _, s := range list {
		set[s] = true
	}
	return set
}

// names reports whether two mappings put a subject in the same place.
func (m recordedMapping) names(o recordedMapping) bool {
	return m.ContextType == o.ContextType && m.Context == o.Context && m.RenameFormat == o.RenameFormat
}
