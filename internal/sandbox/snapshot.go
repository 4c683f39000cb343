package sandbox

import (
	"encoding/json"
	"maps"
	"slices"
)

// Snapshot is a copy of everything a registry holds, in a fixed order, so that
// two can be compared.
type Snapshot struct {
	Contexts []string `json:"contexts"`
	// Modes holds those that are set, by subject or, as ":.ctx:", by context;
	// the default context is "".
	Modes     map[string]string  `json:"modes"`
	Configs   map[string]Config  `json:"configs"` // keys as in Modes
	Versions  []Version          `json:"versions"`
	Exporters []ExporterSnapshot `json:"exporters"`
}

// Version is one version of one subject.
type Version struct {
	Subject    string          `json:"subject"`
	Version    int             `json:"version"`
	ID         int             `json:"id"`
	SchemaType string          `json:"schemaType"`
	Schema     string          `json:"schema"`
	References []Reference     `json:"references,omitempty"`
	Metadata   json.RawMessage `json:"metadata,omitempty"`
	RuleSet    json.RawMessage `json:"ruleSet,omitempty"`
	Deleted    bool            `json:"deleted,omitempty"`
}

// ExporterSnapshot is an exporter without what may be secret and without its
// position, which moves by itself.
type ExporterSnapshot struct {
	Name                string   `json:"name"`
	Subjects            []string `json:"subjects"`
	ContextType         string   `json:"contextType"`
	Context             string   `json:"context"`
	SubjectRenameFormat string   `json:"subjectRenameFormat"`
	ConfigKeys          []string `json:"configKeys"`
	State               string   `json:"state"`
	Trace               string   `json:"trace,omitempty"`
}

// Snapshot copies everything there is: the schemas with their settings as of
// one moment, the exporters as of one shortly before.
func (r *Registry) Snapshot() Snapshot {
	// An exporter that starts holds its own lock and asks for mu; never ask the
	// other way round.
	exporters := r.exporters.snapshot()
	r.mu.RLock()
	defer r.mu.RUnlock()
	s := Snapshot{
		Contexts: r.store.contexts(),
		Modes:    map[string]string{}, Configs: map[string]Config{},
		Versions: []Version{}, Exporters: exporters,
	}
	for n, mode := range r.store.modes {
		s.Modes[n.String()] = mode
	}
	for n, c := range r.store.configs {
		s.Configs[n.String()] = c.clone()
	}
	for _, n := range r.store.names() {
		for _, e := range r.store.subjects[n] {
			s.Versions = append(s.Versions, e.snapshot())
		}
	}
	return s
}

// ExporterConfig is what an exporter of this name was given, in the clear: for
// whoever has to judge what has arrived. It is nil where there is no exporter.
func (r *Registry) ExporterConfig(name string) map[string]string {
	x, err := r.exporters.get(name)
	if err != nil {
		return nil
	}
	return maps.Clone(x.currentSpec().Config)
}

func (e *entry) snapshot() Version {
	c := e.content
	return Version{
		Subject: e.name.String(), Version: e.version, ID: e.id,
		SchemaType: c.schemaType, Schema: c.text, References: slices.Clone(c.references),
		Metadata: slices.Clone(c.metadata), RuleSet: slices.Clone(c.ruleSet), Deleted: e.deleted,
	}
}

func (s *exporterSet) snapshot() []ExporterSnapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []ExporterSnapshot{}
	for _, name := range slices.Sorted(maps.Keys(s.byName)) {
		list = append(list, s.byName[name].snapshot())
	}
	return list
}

func (x *exporter) snapshot() ExporterSnapshot {
	x.mu.Lock()
	defer x.mu.Unlock()
	return ExporterSnapshot{
		Name: x.spec.Name, Subjects: slices.Clone(x.spec.Subjects),
		ContextType: x.spec.ContextType, Context: x.spec.Context,
		SubjectRenameFormat: x.spec.SubjectRenameFormat,
		ConfigKeys:          slices.Sorted(maps.Keys(x.spec.Config)),
		State:               x.state, Trace: x.trace,
	}
}
