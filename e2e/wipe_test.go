package e2e

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// wipe deletes all there is: exporters, modes, configs, subjects and contexts.
func (m *remote) wipe() {
	m.t.Helper()
	m.endExporters()
	places := m.places()
	m.setModes(places, "")
	for _, place := range places {
		m.ask("DELETE", under("/config", place), nil, nil, http.StatusNotFound, http.StatusMethodNotAllowed)
	}
	m.uproot("", "")
	m.uproot("?deleted=true", "?permanent=true")
	for _, c := range m.contexts() { // 8.0.1 and newer; elsewhere empty contexts stay listed
		m.ask("DELETE", under("/contexts", c), nil, nil,
			http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusUnprocessableEntity)
	}
}

func (m *remote) endExporters() {
	m.t.Helper()
	for _, name := range m.exporters() {
		path := under("/exporters", name)
		m.ask("PUT", path+"/pause", nil, nil, http.StatusNotFound, http.StatusConflict)
		m.soon("delete exporter "+name, func() bool {
			m.ask("DELETE", path, nil, nil, http.StatusNotFound, http.StatusConflict) // not paused yet
			return !m.ask("GET", path, nil, nil, http.StatusNotFound)
		})
	}
}

// setModes gives places a mode of their own, or takes it away. A default context that cannot be without one, on servers
// before 8.1.1, gets READWRITE.
func (m *remote) setModes(places []string, mode string) {
	m.t.Helper()
	for _, place := range places {
		path := under("/mode", place)
		if mode != "" {
			m.ask("PUT", path+"?force=true", map[string]string{"mode": mode}, nil)
			continue
		}
		m.ask("DELETE", path, nil, nil, http.StatusNotFound, http.StatusMethodNotAllowed)
		if set := m.own(path)["mode"]; set != nil && set != "READWRITE" {
			m.ask("PUT", path, map[string]string{"mode": "READWRITE"}, nil)
		}
	}
}

// own is a mode or a config that is set, or nil.
func (m *remote) own(path string) map[string]any {
	m.t.Helper()
	var set map[string]any
	m.ask("GET", path, nil, &set, http.StatusNotFound)
	return set
}

// uproot deletes subjects in rounds: one that others refer to is refused until they are gone.
func (m *remote) uproot(listed, how string) {
	m.t.Helper()
	var left []string
	m.ask("GET", "/subjects"+listed, nil, &left)
	inRounds(m, left, func(subject string) (int, string) {
		path := under("/subjects", subject) + how
		status, answer := m.send("DELETE", path, nil)
		if status == http.StatusNotFound {
			status = http.StatusOK
		}
		return status, fmt.Sprintf("DELETE %s: %d %s", path, status, answer)
	})
}

// inRounds does things that wait for each other, until all are done; do returns the status and what it was.
func inRounds[T any](m *remote, list []T, do func(T) (int, string)) {
	m.t.Helper()
	for len(list) > 0 {
		var again []T
		why := ""
		for _, x := range list {
			if status, what := do(x); status >= 300 {
				again, why = append(again, x), what
			}
		}
		if len(again) == len(list) {
			m.t.Fatalf("%s: %d requests are refused however often, such as %s", m.base, len(list), why)
		}
		list = again
	}
}

// places is what can have a mode or a config: the default context, the others, subjects, and what was written to.
func (m *remote) places() []string {
	m.t.Helper()
	list := []string{}
	m.ask("GET", "/subjects?deleted=true", nil, &list)
	for _, c := range m.contexts() {
		list = append(list, ":"+c+":")
	}
	m.outside.mu.Lock()
	for place := range m.outside.named {
		list = append(list, place)
	}
	m.outside.mu.Unlock()
	slices.Sort(list)
	return slices.Compact(append([]string{""}, list...))
}

// contexts lists all but the default one.
func (m *remote) contexts() []string {
	m.t.Helper()
	var list []string
	m.ask("GET", "/contexts", nil, &list)
	return slices.DeleteFunc(list, func(c string) bool { return c == "." })
}

// exporters is empty where the extension is not loaded.
func (m *remote) exporters() []string {
	m.t.Helper()
	var list []string
	m.ask("GET", "/exporters", nil, &list, http.StatusNotFound)
	slices.Sort(list)
	return list
}

// under is a path with a name as one segment of it; without a name it is the collection.
func under(path, name string) string {
	if name == "" {
		return path
	}
	return path + "/" + strings.ReplaceAll(url.PathEscape(name), "+", "%2B")
}
