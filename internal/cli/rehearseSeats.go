package cli

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/srmigrate/srmigrate/internal/sandbox"
	"github.com/srmigrate/srmigrate/internal/snapshot"
)

// newest is what is imitated of a server that does not say which it is.
const newest = "8.1.1"

// profileOf is how a registry of a snapshot is imitated.
func profileOf(reg *snapshot.Registry) (o sandbox.Options, server string) {
	o = sandbox.Options{Server: reg.Server, Exporters: !reg.WithoutExporters, Profile: sandbox.ProfileConfluent}
	if reg.Dialect == sandbox.ProfileGuide {
		o.Profile = sandbox.ProfileGuide
	}
	if err := (sandbox.PairOptions{Source: o}).Check(); reg.Server == "" || err != nil {
		o.Server = newest
	}
	o.ClusterID, o.GroupID, _ = strings.Cut(reg.Identity, "/")
	return o, o.Server
}

// seats are the registries of a snapshot, for the sandbox to imitate.
func seats(snap *snapshot.Snapshot) ([]sandbox.Seat, error) {
	var all []sandbox.Seat
	for i := range snap.Registries {
		reg := &snap.Registries[i]
		held, err := heldBy(reg)
		if err != nil {
			return nil, fmt.Errorf("registry %q of the snapshot: %w", reg.Name, err)
		}
		seat := sandbox.Seat{Name: reg.Name, Holds: held, Exporters: map[string][]sandbox.ExporterSnapshot{}}
		seat.Options, _ = profileOf(reg)
		if reg.Name == sandbox.SideSource || reg.Name == sandbox.SideTarget {
			seat.Side = reg.Name
		}
		for _, x := range reg.Exporters {
			to := writtenBy(snap, x)
			seat.Exporters[to] = append(seat.Exporters[to], sandbox.ExporterSnapshot{
				Name: x.Name, Subjects: x.Covers, ContextType: x.ContextType, Context: x.Context, SubjectRenameFormat: x.SubjectRenameFormat,
				ConfigKeys: x.ConfigKeys, State: x.State,
			})
		}
		all = append(all, seat)
	}
	return all, nil
}

// writtenBy is the registry that an exporter writes to, "" for none of the snapshot.
func writtenBy(snap *snapshot.Snapshot, x snapshot.NamedExporter) string {
	for _, reg := range snap.Registries {
		if slices.Contains(strings.Split(x.To, ","), reg.URL) {
			return reg.Name
		}
	}
	return ""
}

// heldBy is what a registry held, in the sandbox's own words.
func heldBy(reg *snapshot.Registry) (sandbox.Snapshot, error) {
	s := sandbox.Snapshot{Contexts: reg.Contexts, Modes: reg.Modes, Configs: map[string]sandbox.Config{}}
	for place, raw := range reg.Configs {
		c := sandbox.Config{}
		if err := json.Unmarshal(raw, &c); err != nil {
			return s, fmt.Errorf("config of %q: %w", place, err)
		}
		if level, ok := c["compatibilityLevel"]; ok {
			delete(c, "compatibilityLevel")
			c["compatibility"] = level
		}
		s.Configs[place] = c
	}
	for _, v := range reg.Versions {
		out := sandbox.Version{
			Subject: v.Subject, Version: v.Number, ID: v.ID, SchemaType: v.SchemaType, Schema: v.Schema, Metadata: v.Metadata,
			RuleSet: v.RuleSet, Deleted: v.Deleted,
		}
		for _, ref := range v.References {
			out.References = append(out.References, sandbox.Reference(ref))
		}
		s.Versions = append(s.Versions, out)
	}
	return s, nil
}
