package simulate

import (
	"net/http"
	"slices"
	"strings"

	"github.com/srmigrate/srmigrate/internal/sandbox"
	"github.com/srmigrate/srmigrate/internal/state"
)

// loss is a registry that has restarted with empty memory.
type loss struct {
	seen   map[string]bool // what the run has asked for since, and been told that it is not there
	listed bool            // and then it was told what is
}

// empties has a registry restart with empty memory.
func (s *side) empties() {
	s.Restart()
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	s.w.lost[s.name] = &loss{seen: map[string]bool{}}
}

// missed takes note of what the run is told about a subject since.
func (s *side) missed(q *http.Request, status int) {
	subject, asked := strings.CutPrefix(q.URL.Path, "/subjects/")
	subject, versions := strings.CutSuffix(subject, "/versions")
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	switch l := s.w.lost[s.name]; {
	case l == nil:
	case q.URL.Path == "/subjects" && q.URL.Query().Get("subjectPrefix") == "": // which is asked last
		l.listed = status == http.StatusOK
	case asked && versions:
		l.seen[subject], l.listed = status == http.StatusNotFound, false
	}
}

// noticed: once a run has seen, by each and by the list, that all is gone by which it knows a registry it neither
// succeeds nor says that things are as before.
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
