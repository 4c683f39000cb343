package simulate

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/srmigrate/srmigrate/internal/sandbox"
	"github.com/srmigrate/srmigrate/internal/state"
)

// discarding takes note of steps that may have begun to delete what the runbook wants gone.
func (w *world) discarding(st *state.State) {
	if st == nil || st.Run == nil {
		return
	}
	for _, d := range w.scenario.discards {
		if e := st.Run.Step(d.step); e != nil && e.Intent {
			w.discarded = append(w.discarded, d)
		}
	}
}

// mayGo is the deletion that a subject of a side may have met.
func (w *world) mayGo(side, subject string) (d discard, ok bool) {
	i := slices.IndexFunc(w.discarded, func(d discard) bool { return d.side == side && d.subject == subject })
	if i < 0 {
		return d, false
	}
	return w.discarded[i], true
}

// undiscarded is a snapshot of a side without what the runbook deletes, and with it the settings of such a subject.
func (w *world) undiscarded(side string, s sandbox.Snapshot) sandbox.Snapshot {
	gone := func(place string) bool { _, ok := w.mayGo(side, place); return ok }
	s.Versions = slices.DeleteFunc(slices.Clone(s.Versions), func(v sandbox.Version) bool { return gone(v.Subject) })
	for place := range s.Modes {
		if gone(place) {
			delete(s.Modes, place)
		}
	}
	for place := range s.Configs {
		if gone(place) {
			delete(s.Configs, place)
		}
	}
	return s
}

// savedFirst: what was there before the run, or somebody else has registered since, is deleted by the run only once it
// stands in the backup, as a power failure would leave that.
func (w *world) savedFirst(s *side, q *http.Request) {
	rest, asked := strings.CutPrefix(q.URL.Path, "/subjects/")
	subject, number, one := strings.Cut(rest, "/versions/")
	if q.Method != http.MethodDelete || !asked || !one || w.real() || w.lost[s.name] != nil {
		return
	}
	version, err := strconv.Atoi(number)
	id := versionID{subject, version}
	v, there := versions(s.Snapshot())[id]
	if err != nil || !there || !w.isOthers(s.name, id) || w.isSaved(s.name, v) {
		return
	}
	w.violated("savedFirst: %s %s of %s deletes version %d of %s, which this run has not made, and no backup of it is on the disk", q.Method, q.URL, s.name, version, subject)
}

// isOthers reports a version that was there before the run, or that somebody else has registered since.
func (w *world) isOthers(side string, id versionID) bool {
	i := slices.Index([]string{"source", "target"}, side)
	if _, before := versions(w.before[i])[id]; before {
		return true
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.ContainsFunc(w.deeds, func(d deed) bool {
		return d.side == side && d.version != nil && d.version.Subject == id.subject && d.version.Version == id.version
	})
}

// isSaved looks for a version in the backup.
func (w *world) isSaved(side string, v sandbox.Version) bool {
	for line := range bytes.Lines(w.survives("simulated.backup.jsonl")) {
		var saved struct {
			Registry, Subject, Schema string
			Version, ID               int
		}
		if json.Unmarshal(line, &saved) == nil && saved.Registry == side && saved.Subject == v.Subject && saved.Version == v.Version &&
			saved.ID == v.ID && saved.Schema == v.Schema {
			return true
		}
	}
	return false
}
