package simulate

import (
	"bytes"
	"net/http"
	"path/filepath"
	"slices"
	"strings"

	"github.com/srmigrate/srmigrate/internal/sandbox"
	"github.com/srmigrate/srmigrate/internal/state"
)

// loss is a registry that has restarted with empty memory.
type loss struct {
	seen   map[string]bool // what the run has asked for in one look since, and been told that it is not there
	listed bool            // and then it was told what is
}

// empties has a registry restart with empty memory.
func (s *side) empties() {
	s.Restart()
	if s == s.w.source {
		s.w.after(effect{side: s.name, method: forgotten})
	}
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	s.w.lost[s.name] = &loss{seen: map[string]bool{}}
}

// forgotten stands among the effects where the source has lost those before it.
const forgotten = "forgotten"

// missed takes note of what the run is told about a subject since, unless the run is over by then, and only counts what it
// has moved.
func (s *side) missed(q *http.Request, status int) {
	subject, asked := strings.CutPrefix(q.URL.Path, "/subjects/")
	subject, versions := strings.CutSuffix(subject, "/versions")
	listed := q.URL.Path == "/subjects" && q.URL.Query().Get("subjectPrefix") == "" // which is asked last
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	switch l := s.w.lost[s.name]; {
	case l == nil, s.w.succeeded():
	case listed:
		l.listed = status == http.StatusOK
	case asked && versions:
		l.seen[subject], l.listed = status == http.StatusNotFound, false
	case q.URL.Path != "/subjects":
		clear(l.seen) // it asked for another reason
	}
}

const succeeding = "\n    \"status\": \"succeeded\""

// succeeded says whether the state on the disk says so of the run; those of steps stand deeper.
func (w *world) succeeded() bool {
	if w.bucket != nil {
		return bytes.Contains(w.bucket.Raw(filepath.Base(w.path)), []byte(succeeding))
	}
	raw, err := w.disk.ReadFile(w.path)
	return err == nil && bytes.Contains(raw, []byte(succeeding))
}

// noticed: once a run has seen, by each and by the list, that all is gone by which it knows a registry it neither
// succeeds nor says that things are as before. What it sees once it has succeeded does not count.
func (w *world) noticed(st *state.State) {
	if st == nil || st.Run == nil || st.Run.Status != state.Succeeded && st.Run.Status != state.RolledBack {
		return
	}
	for name, l := range w.lost {
		held := st.Run.Registries[name].Holds
		if len(held) > 0 && l.listed && !slices.ContainsFunc(held, func(subject string) bool { return !l.seen[subject] }) {
			w.violated("noticed: the run has seen that %s does not have %q any more, and the run is %s", name, held, st.Run.Status)
		}
	}
}

// there is what a snapshot of a side can be held to: nothing, where the registry has lost it.
func (w *world) there(side string, s sandbox.Snapshot) sandbox.Snapshot {
	if w.lost[side] != nil {
		return sandbox.Snapshot{}
	}
	return s
}
