package simulate

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/srmigrate/srmigrate/internal/state"
)

// settings keeps in mind whose the modes and configs are, for those that somebody else has set.
type settings struct {
	mu      sync.Mutex
	foreign map[string]*setting // by side and path
	ours    map[string][]string // what the run, or an exporter, has put there: it looks the same when somebody else does
	unsure  map[string][]string // by side: modes that a step was to set that was cut short
}

// setting is what somebody else has set.
type setting struct {
	value string // "" is unset
	known bool   // the run has seen it since
}

func newSettings() *settings {
	return &settings{foreign: map[string]*setting{}, ours: map[string][]string{}, unsure: map[string][]string{}}
}

func (l *settings) theirs(at, value string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.foreign[at] = &setting{value: value}
}

// settingPath is the path of a mode or config, "" for that of anything else.
func settingPath(q *http.Request) string {
	if !strings.HasPrefix(q.URL.Path, "/mode") && !strings.HasPrefix(q.URL.Path, "/config") {
		return ""
	}
	return strings.TrimSuffix(q.URL.Path, "/:.:")
}

// attempts takes note of what the run wants to stand there: as long as the answer is not known that may be the run's own.
// A server that cannot unset is given READWRITE.
func (l *settings) attempts(at, method, value string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ours[at] = append(l.ours[at], value)
	if method == http.MethodDelete {
		l.ours[at] = append(l.ours[at], `{"mode":"READWRITE"}`)
	}
}

// cutShort takes note of steps that an ended process has not finished: who has set what they were to set can be told by
// nobody any more.
func (l *settings) cutShort(st *state.State) {
	if st == nil || st.Run == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range st.Run.Steps {
		var r struct{ Registry, Mode string }
		if e.Type != "setMode" || !e.Intent || e.Finished() || json.Unmarshal(e.Record, &r) != nil {
			continue
		}
		value := ""
		if r.Mode != "" {
			value = fmt.Sprintf(`{"mode":"%s"}`, r.Mode)
		}
		l.unsure[r.Registry] = append(l.unsure[r.Registry], value)
	}
}

// mayBeOurs says whether a value may be the run's own, by all that it can know.
func (l *settings) mayBeOurs(at, value string) bool {
	side, _, _ := strings.Cut(at, "/")
	return slices.Contains(l.ours[at], value) || strings.Contains(at, "/mode") && slices.Contains(l.unsure[side], value)
}

// gone forgets whose the settings of a subject were that is not there any more.
func (l *settings) gone(side, subject string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.foreign, side+"/mode/"+subject)
	delete(l.foreign, side+"/config/"+subject)
}

// emptied takes note of a request that may have deleted the last version of a subject for good: a registry drops with it
// what is set on the subject, whoever has set that, so that nothing is left there to write over.
func (s *side) emptied(q *http.Request) {
	subject, deletes := strings.CutPrefix(q.URL.Path, "/subjects/")
	subject, _, _ = strings.Cut(subject, "/versions/")
	if deletes && q.Method == http.MethodDelete && q.URL.Query().Get("permanent") == "true" && !slices.Contains(s.subjects(), subject) {
		s.w.settings.gone(s.name, subject)
	}
}

// read takes note of what the run has seen.
func (l *settings) read(at string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if f := l.foreign[at]; f != nil {
		f.known = true
	}
}

// written takes note of what the run, or an exporter, has put there. It returns what the run knows to be somebody else's
// and has written over, "" for nothing.
func (l *settings) written(at, value string) (over string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if f := l.foreign[at]; f != nil && f.known && f.value != value && !l.mayBeOurs(at, f.value) {
		over = or(f.value, "not set")
	}
	delete(l.foreign, at)
	l.ours[at] = append(l.ours[at], value)
	return over
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// isRestoring says whether the run puts back what it has changed: a restore, or a copy that sets anything but IMPORT.
func (w *world) isRestoring(body string) bool {
	if w.real() {
		return false
	}
	forward, back, err := w.underWay()
	if len(back) > 0 {
		forward = back // the step that failed is still open then
	}
	other := func(s string) bool {
		return !strings.HasPrefix(s, "restore") && (s != "copy" || strings.Contains(body, "IMPORT") || strings.Contains(body, "compatibility"))
	}
	return err == nil && len(forward) > 0 && !slices.ContainsFunc(forward, other)
}

// restoring holds that what the run puts back is its own, or may be by all that it can know: it writes over what somebody
// else has set only on the way forward, or when it could not have known. The default context is left out: its mode and setting may take two requests, and what stands
// there between them is taken for the run's own.
func (s *side) restoring(q *http.Request, body string, status int) {
	path := settingPath(q)
	if path == "" || path == "/mode" || path == "/config" || status/100 != 2 {
		return
	}
	if q.Method == http.MethodGet {
		s.w.settings.read(s.name + path)
		return
	}
	if over := s.w.settings.written(s.name+path, body); over != "" && callerOf(q) != nil && s.w.isRestoring(body) {
		s.w.violated("strangers: %s %s %s of %s writes over %s, which somebody else has set", q.Method, path, body, s.name, over)
	}
}
