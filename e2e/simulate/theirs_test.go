package simulate

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/srmigrate/srmigrate/internal/sandbox"
)

// isTheirs says whether somebody else wrote a schema, wherever it was copied to.
func isTheirs(v sandbox.Version) bool { return strings.Contains(v.Schema, `"name":"`+theirs) }

// ownIn is a snapshot of a side without what somebody else has done there.
func (w *world) ownIn(side string, s sandbox.Snapshot) sandbox.Snapshot {
	if len(w.deeds) == 0 {
		return s
	}
	s.Contexts = nil
	s.Modes, s.Configs = maps.Clone(s.Modes), maps.Clone(s.Configs)
	for _, d := range w.deeds {
		if place, ok := settingPlace(d.path); ok && d.side == side {
			delete(s.Modes, place)
			delete(s.Configs, place)
		}
	}
	maps.DeleteFunc(s.Modes, func(place, _ string) bool { return inTheirs(place) })
	maps.DeleteFunc(s.Configs, func(place string, _ sandbox.Config) bool { return inTheirs(place) })
	s.Versions = slices.DeleteFunc(slices.Clone(s.Versions), func(v sandbox.Version) bool {
		return inTheirs(v.Subject) || slices.ContainsFunc(w.deeds, func(d deed) bool {
			return d.side == side && d.version != nil && d.version.Subject == v.Subject && d.version.Version == v.Version
		})
	})
	s.Exporters = slices.DeleteFunc(slices.Clone(s.Exporters), func(x sandbox.ExporterSnapshot) bool { return x.Name == theirs })
	for i := range s.Exporters {
		if w.strangers("exporters/") {
			s.Exporters[i].State = ""
		}
		s.Exporters[i].Trace = "" // what others register and set, an exporter copies, or runs into
	}
	return s
}

// uncopied is a snapshot of a side without what an exporter that was there before copies for others.
func (w *world) uncopied(side string, before [2]sandbox.Snapshot, s sandbox.Snapshot) sandbox.Snapshot {
	if len(w.deeds) > 0 && len(before[0].Exporters) > 0 && side == "target" {
		s.Modes, s.Configs = nil, nil
		s.Versions = slices.DeleteFunc(slices.Clone(s.Versions), isTheirs)
	}
	return s
}

func inTheirs(place string) bool { return strings.HasPrefix(place, ":."+theirs+":") }

// settingPlace is the place of a mode or config as snapshots name it.
func settingPlace(path string) (place string, ok bool) {
	_, what, _ := strings.Cut(path, "/")
	what, place, _ = strings.Cut(what, "/")
	return place, what == "mode" || what == "config"
}

// kept: what somebody else did while the run was under way is there as it was left, after every process.
func (w *world) kept(now [2]sandbox.Snapshot) {
	for _, d := range w.deeds {
		s := now[0]
		if d.side == "target" {
			s = now[1]
		}
		if v := d.version; v != nil {
			got, ok := versions(s)[versionID{v.Subject, v.Version}]
			if gone, may := w.mayGo(d.side, v.Subject); may && (!ok && gone.permanent || got.Deleted) {
				continue // the runbook deletes it, within its consent
			}
			if !ok || !reflect.DeepEqual(got, *v) {
				w.violated("kept: somebody else registered version %d of %s on %s, %+v, and it is %+v", v.Version, v.Subject, d.side, *v, got)
			}
		}
		if d.exporter != nil && !slices.ContainsFunc(s.Exporters, d.isRunning) {
			w.violated("kept: somebody else made an exporter, %+v, and there are %+v", *d.exporter, s.Exporters)
		}
	}
}

// isRunning says whether it is the exporter that was made.
func (d deed) isRunning(x sandbox.ExporterSnapshot) bool {
	paused := x.State == "PAUSED"
	x.State, x.Trace = "", ""
	return !paused && reflect.DeepEqual(x, *d.exporter)
}
