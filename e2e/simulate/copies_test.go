package simulate

import (
	"reflect"
	"slices"
	"strings"

	"github.com/srmigrate/srmigrate/internal/sandbox"
)

// has reports a step that is written like this and not like any of those.
func (s *scenario) has(like string, not ...string) bool {
	return slices.ContainsFunc(s.act, func(a act) bool {
		return strings.HasPrefix(a.yaml, like) && !slices.ContainsFunc(not, func(n string) bool { return strings.Contains(a.yaml, n) })
	})
}

// copied: a run that has succeeded with a copy of everything has on the target each version of the source under its own
// number and id.
func (w *world) copied(before, now [2]sandbox.Snapshot) {
	if len(w.lost) > 0 || !w.scenario.has("copy: {", "subjects:", "contexts:", "contextType:", "deleted: false") {
		return
	}
	have := versions(now[1])
	for id, v := range versions(before[0]) {
		if _, gone := w.mayGo("target", id.subject); gone {
			continue
		}
		if got, ok := have[id]; !ok || !reflect.DeepEqual(got, v) {
			w.violated("copied: %s version %d is %+v on the source, and %+v on the target", id.subject, id.version, v, got)
		}
	}
}

// closed: a run that has succeeded, and in which nothing sets modes of the target but a copy, leaves them as they were.
func (w *world) closed(before, now [2]sandbox.Snapshot) {
	if w.lost["target"] != nil || !w.scenario.has("copy: {") || w.scenario.has("createExporter") || w.scenario.has("setMode: {registry: target") {
		return
	}
	b, n := w.undiscarded("target", w.ownIn("target", settled(before[1]))), w.undiscarded("target", w.ownIn("target", settled(now[1])))
	if x, y := inJSON(b.Modes), inJSON(n.Modes); x != y {
		w.violated("closed: modes of the target were %s before the copy, and are %s", x, y)
	}
}
