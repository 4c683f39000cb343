package steps

import (
	"slices"
	"strings"

	"github.com/srmigrate/srmigrate/internal/compare"
)

// reach is where on its target an exporter writes, and from where on its source.
type reach struct {
	mapping compare.Mapping
	unknown bool // AUTO, and the source has not told the context yet
}

// sources lists the places of the source that the exporter could copy to a place of the target. Contexts are those
// of the source that are known; the ones that follow from the place and the patterns need not be among them.
func (r reach) sources(place string, contexts ...string) []string {
	target, name := splitPlace(place)
	var found []string
	for _, from := range r.contextsFor(target, contexts) {
		for _, subject := range r.subjectsFor(from.context, name) {
			to, covered := from.mapping.Map(joinPlace(from.context, subject))
			toContext, toName := splitPlace(to)
			if covered && toContext == target && (name == "" || toName == name) {
				found = append(found, sourceOf(from.context, name, subject))
			}
		}
	}
	return sortPlaces(found)
}

// images is where a place of the source leads: to one place of the target, or to none that is known.
func (r reach) images(place string) []string {
	at := place
	if isContext(place) {
		context, _ := splitPlace(place)
		at = joinPlace(context, "x")
	}
	if _, covered := r.mapping.Map(at); !covered || r.unknown {
		return nil
	}
	return []string{copies{mapping: r.mapping}.image(place)}
}

// covers reports whether the exporter writes to a place of the target.
func (r reach) covers(place string) bool { return len(r.sources(place)) > 0 }

func sourceOf(context, name, subject string) string {
	if name == "" {
		return contextPlace(context)
	}
	return joinPlace(context, subject)
}

// origin is a context of the source, with the mapping under which it may lead to the target.
type origin struct {
	context string
	mapping compare.Mapping
}

// contextsFor guesses generously: Map has the last word.
func (r reach) contextsFor(target string, known []string) []origin {
	contexts := append([]string{".", target}, known...)
	for _, p := range r.mapping.Patterns {
		if c, _ := splitPlace(p); c != "." {
			contexts = append(contexts, c)
		}
	}
	if r.unknown {
		return unknownContexts(r.mapping, target)
	}
	if rest, ok := strings.CutPrefix(target, r.mapping.Context+"."); ok && r.mapping.Context != "" {
		contexts = append(contexts, "."+rest)
	}
	slices.Sort(contexts)
	var origins []origin
	for _, c := range slices.Compact(contexts) {
		origins = append(origins, origin{c, r.mapping})
	}
	return origins
}

// unknownContexts splits the target's context in every way into a generated one and the source's.
func unknownContexts(m compare.Mapping, target string) []origin {
	if target == "." {
		return nil
	}
	m.Context = target
	origins := []origin{{".", m}}
	for i := 1; i < len(target); i++ {
		if target[i] == '.' {
			m.Context = target[:i]
			origins = append(origins, origin{target[i:], m})
		}
	}
	return origins
}

// subjectsFor lists the names that the rename could have turned into name; for a context, one of each pattern.
func (r reach) subjectsFor(context, name string) []string {
	before, after, isTemplate := strings.Cut(r.mapping.RenameFormat, "${subject}")
	switch {
	case r.mapping.RenameFormat == "":
		before, after = "", ""
	case !isTemplate || name == "":
		return r.patternNames(context)
	}
	if name == "" {
		return r.patternNames(context)
	}
	if len(name) <= len(before)+len(after) || !strings.HasPrefix(name, before) || !strings.HasSuffix(name, after) {
		return nil
	}
	return []string{name[len(before) : len(name)-len(after)]}
}

// patternNames makes a subject's name of each pattern that is about the context.
func (r reach) patternNames(context string) []string {
	var names []string
	for _, p := range r.mapping.Patterns {
		rest, everywhere := strings.CutPrefix(p, ":*:")
		c, n := splitPlace(p)
		if everywhere {
			c, n = context, rest+"*"
		}
		if c == context {
			names = append(names, strings.ReplaceAll(n, "*", "x"))
		}
	}
	return names
}
