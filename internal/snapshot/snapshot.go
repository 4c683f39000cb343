package snapshot

import "encoding/json"

// A Snapshot is a file that was read.
type Snapshot struct {
	Program, Runbook, Taken string
	Schemas                 string // Keep or Hash
	Registries              []Registry
	Complete                bool // nothing is missing that was asked for
}

// A Registry is what one held.
type Registry struct {
	Name, URL, Dialect string
	Server, Identity   string // "" where it does not tell
	Contexts           []string
	Modes              map[string]string // by place, as registry.Client has it
	Configs            map[string]json.RawMessage
	Versions           []Version
	Exporters          []NamedExporter
	Unread             []Unread
	WithoutExporters   bool // the server does not know what an exporter is
	Moved              bool // it was written to while it was read
	Requests           int64
	Seconds            float64 // that reading took
}

// A NamedExporter is an exporter with its name.
type NamedExporter struct {
	Name string
	Exporter
}

// An Unread is what could not be read, and why.
type Unread struct{ What, Why string }

// Registry returns the one of a name, nil when there is none.
func (s *Snapshot) Registry(name string) *Registry {
	for i := range s.Registries {
		if s.Registries[i].Name == name {
			return &s.Registries[i]
		}
	}
	return nil
}

// Subjects counts the subjects, those that are soft-deleted among them, and the
// versions that are.
func (r *Registry) Subjects() (subjects, deleted int) {
	last := ""
	for _, v := range r.Versions {
		if v.Subject != last {
			subjects++
		}
		if v.Deleted {
			deleted++
		}
		last = v.Subject
	}
	return subjects, deleted
}
