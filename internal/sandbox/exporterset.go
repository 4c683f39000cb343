package sandbox

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"unicode"
)

// exporterSet holds the exporters of a registry by name.
type exporterSet struct {
	mu     sync.Mutex
	byName map[string]*exporter
	closed bool
}

func (s *exporterSet) names() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := slices.AppendSeq([]string{}, maps.Keys(s.byName))
	slices.Sort(list)
	return list
}

func (s *exporterSet) get(name string) (*exporter, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if x := s.byName[name]; x != nil {
		return x, nil
	}
	return nil, refuse(40450, "Exporter '%s' not found.", name)
}

// createExporter checks the spec, and starts the exporter at once.
func (r *Registry) createExporter(s exporterSpec) error {
	if !validExporterName(s.Name) {
		return refuse(40950, "Missing or invalid exporter name")
	}
	set := &r.exporters
	set.mu.Lock()
	defer set.mu.Unlock()
	if set.byName[s.Name] != nil {
		return refuse(40960, "Exporter '%s' already exists.", s.Name)
	}
	s, err := r.complete(s)
	if err != nil {
		return err
	}
	if len(set.byName) >= maxExporters {
		return refuse(40964, "Too many exporters")
	}
	x := &exporter{registry: r, alive: r.alive, spec: s, state: statePaused, offset: -1, retired: set.closed}
	set.byName[s.Name] = x
	if set.closed {
		return nil
	}
	return x.resume()
}

func validExporterName(name string) bool {
	return name != "" && len(name) <= 255 && !strings.ContainsFunc(name, unicode.IsControl)
}

// remove forgets an exporter, which must be paused.
func (s *exporterSet) remove(name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	x := s.byName[name]
	if x == nil {
		return refuse(40450, "Exporter '%s' not found.", name)
	}
	if err := x.retire(); err != nil {
		return err
	}
	delete(s.byName, name)
	return nil
}

// close keeps exporters from being started any more.
func (s *exporterSet) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for _, x := range s.byName {
		x.shut()
	}
}
