package e2e

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/srmigrate/srmigrate/internal/sandbox"
)

// fill imports a snapshot into an empty registry, with its ids and version numbers. A version of it that is deleted is
// deleted there as well.
func (m *remote) fill(s sandbox.Snapshot) {
	m.t.Helper()
	if len(s.Versions) == 0 {
		return
	}
	places := []string{""}
	for _, c := range s.Contexts {
		if c != "." {
			places = append(places, ":"+c+":")
		}
	}
	m.setModes(places, "IMPORT")
	m.plantAll(s.Versions)
	m.setModes(places, "")
	for _, v := range s.Versions {
		if v.Deleted {
			m.ask("DELETE", fmt.Sprintf("%s/versions/%d", under("/subjects", v.Subject), v.Version), nil, nil)
		}
	}
	for place, config := range s.Configs {
		m.ask("PUT", under("/config", place), config, nil)
	}
}

// plantAll imports versions in rounds, since some refer to others.
func (m *remote) plantAll(versions []sandbox.Version) {
	m.t.Helper()
	list := slices.SortedStableFunc(slices.Values(versions), func(a, b sandbox.Version) int { return cmp.Compare(a.ID, b.ID) })
	inRounds(m, list, func(v sandbox.Version) (int, string) {
		v.Deleted = false
		status, answer := m.send("POST", under("/subjects", v.Subject)+"/versions", v)
		return status, fmt.Sprintf("%s version %d: %d %s", v.Subject, v.Version, status, answer)
	})
}

// Snapshot asks for everything there is. The mode of the default context is the one in force, which nothing tells from
// one that is set.
func (m *remote) Snapshot() sandbox.Snapshot {
	m.t.Helper()
	s := sandbox.Snapshot{
		Modes: map[string]string{}, Configs: map[string]sandbox.Config{},
		Versions: m.versions(), Exporters: []sandbox.ExporterSnapshot{},
	}
	m.ask("GET", "/contexts", nil, &s.Contexts)
	for _, place := range m.places() {
		if mode, ok := m.own(under("/mode", place))["mode"]; ok {
			s.Modes[place] = fmt.Sprint(mode)
		}
		if config := m.own(under("/config", place)); config != nil {
			s.Configs[place] = config
		}
	}
	for _, name := range m.exporters() {
		s.Exporters = append(s.Exporters, m.exporter(name))
	}
	return s
}

// versions asks twice, since registries before 8.0 do not say which ones are deleted.
func (m *remote) versions() []sandbox.Version {
	m.t.Helper()
	live := map[key]bool{}
	for _, v := range m.rows("") {
		live[key{v.Subject, v.Version}] = true
	}
	all := m.rows("&deleted=true")
	for i, v := range all {
		all[i].Deleted = !live[key{v.Subject, v.Version}]
		all[i].SchemaType = or(v.SchemaType, "AVRO")
		all[i].Metadata, all[i].RuleSet = m.canonical(v.Metadata), m.canonical(v.RuleSet)
	}
	return all
}

// rows pages until there are no more: registries cap a page in silence.
func (m *remote) rows(more string) (list []sandbox.Version) {
	m.t.Helper()
	for {
		var page []sandbox.Version
		m.ask("GET", fmt.Sprintf("/schemas?subjectPrefix=:*:&offset=%d&limit=1000%s", len(list), more), nil, &page)
		if len(page) == 0 {
			return list
		}
		list = append(list, page...)
	}
}

// canonical orders the keys, and leaves out a version number that some servers put into metadata.
func (m *remote) canonical(raw json.RawMessage) json.RawMessage {
	m.t.Helper()
	if len(raw) == 0 || string(raw) == "null" {
		return nil
	}
	var v map[string]any
	if err := json.Unmarshal(raw, &v); err != nil {
		m.t.Fatalf("%s: %v in %s", m.base, err, raw)
	}
	if properties, ok := v["properties"].(map[string]any); ok {
		delete(properties, "confluent:version")
	}
	raw, err := json.Marshal(v)
	if err != nil {
		m.t.Fatal(err)
	}
	return raw
}

func (m *remote) exporter(name string) sandbox.ExporterSnapshot {
	m.t.Helper()
	var x struct {
		sandbox.ExporterSnapshot
		Config map[string]string `json:"config"`
	}
	m.ask("GET", under("/exporters", name), nil, &x)
	for k := range x.Config {
		x.ConfigKeys = append(x.ConfigKeys, k)
	}
	slices.Sort(x.ConfigKeys)
	var status struct{ State, Trace string }
	m.ask("GET", under("/exporters", name)+"/status", nil, &status)
	x.State, x.Trace = strings.ToUpper(status.State), status.Trace
	return x.ExporterSnapshot
}
