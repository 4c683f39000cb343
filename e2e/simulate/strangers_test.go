package simulate

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/srmigrate/srmigrate/internal/sandbox"
)

// deed is what somebody else has done on a registry while a run was under way.
type deed struct {
	side, path string
	version    *sandbox.Version          // that was registered
	exporter   *sandbox.ExporterSnapshot // that was made
}

// isOf says whether it is about a mode, a config or an exporter.
func (d deed) isOf(what string) bool { return strings.HasPrefix(d.path, "/"+what) }

// theirs is the subject, and the name, that somebody else gives to things.
const theirs = "theirs"

// strange has somebody else do something that is not the run's business. A registry may refuse it.
func (w *world) strange(t *trouble) {
	r := chance(t.Seed, "deed")
	s := pick(r, w.source, w.target, w.target)
	switch r.IntN(6) {
	case 0, 1:
		s.registered(r)
	case 2, 3:
		s.set(r, "mode")
	case 4:
		s.set(r, "config")
	default:
		w.source.exports(r)
	}
}

// registered is a version more, where no exporter would write over it: in a context of its own, or where the registry's ids
// are beyond those of the other one.
func (s *side) registered(r *rand.Rand) {
	subject := pick(r, "s0", "s9", ":.a:s9")
	if s == s.w.target {
		subject = ":." + theirs + ":t9"
		if s.far() {
			subject = pick(r, "t0", "t9", subject)
		}
	}
	body := fmt.Sprintf(`{"schema":"{\"type\":\"record\",\"name\":\"%s%d\",\"fields\":[]}"}`, theirs, len(s.w.deeds))
	raw, done := s.does(http.MethodPost, "/subjects/"+subject+"/versions", body)
	var made struct{ Version int }
	if !done || json.Unmarshal(raw, &made) != nil {
		return
	}
	for _, v := range s.Snapshot().Versions {
		if v.Subject == subject && v.Version == made.Version {
			s.w.did(deed{side: s.name, path: subject, version: &v})
		}
	}
}

func (s *side) far() bool {
	for _, v := range s.Snapshot().Versions {
		if !strings.HasPrefix(v.Subject, ":") && v.ID > 100000 {
			return true
		}
	}
	return false
}

// set gives a place another mode or config.
func (s *side) set(r *rand.Rand, what string) {
	place := "" // or a subject: a setting of one that has no version can be found by nobody
	if subjects := s.subjects(); len(subjects) > 0 && !one(r, 3) {
		place = "/" + pick(r, subjects...)
	}
	method, path, value := http.MethodPut, "/"+what+place, fmt.Sprintf(`{"mode":"%s"}`, pick(r, "READONLY", "READWRITE"))
	switch {
	case what == "config":
		value = `{"compatibility":"FULL_TRANSITIVE"}`
	case one(r, 4):
		method, value = http.MethodDelete, ""
	}
	if _, done := s.does(method, path, value); done {
		s.w.did(deed{side: s.name, path: path})
		s.w.settings.theirs(s.name+path, value)
	}
}

// subjects are those that have versions.
func (s *side) subjects() (list []string) {
	for _, v := range s.Snapshot().Versions {
		list = append(list, v.Subject)
	}
	return slices.Compact(list)
}

// exports does something with exporters: another one, or one that the run may be working with stops or goes on.
func (s *side) exports(r *rand.Rand) {
	path := "/exporters/" + pick(r, "ours", "old") + pick(r, "/pause", "/resume")
	if one(r, 2) {
		s.exportsToo()
	} else if _, done := s.does(http.MethodPut, path, ""); done {
		s.w.did(deed{side: s.name, path: path})
	}
}

func (s *side) exportsToo() {
	_, done := s.does(http.MethodPost, "/exporters", fmt.Sprintf(
		`{"name":%q,"contextType":"CUSTOM","context":".%s","subjects":["s0"],"config":{"schema.registry.url":"http://target",`+
			`"basic.auth.credentials.source":"USER_INFO","basic.auth.user.info":"%s:%s"}}`, theirs, theirs, user, canary))
	if !done {
		return
	}
	for _, x := range s.Snapshot().Exporters {
		if x.Name == theirs {
			x.State, x.Trace = "", ""
			s.w.did(deed{side: s.name, path: "/exporters", exporter: &x})
		}
	}
}

// does sends a request past all troubles, and says whether the registry did it.
func (s *side) does(method, path, body string) ([]byte, bool) {
	a := s.ask(method, path, body)
	s.w.say(strings.ReplaceAll(fmt.Sprintf("   ! somebody else: %s %s %s %s: %d", s.name, method, path, body, a.status), canary, "..."))
	return a.body.Bytes(), a.status/100 == 2
}

func (w *world) did(d deed) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.deeds = append(w.deeds, d)
}

// strangers says whether somebody else did something of one of these sorts.
func (w *world) strangers(whats ...string) bool {
	for _, d := range w.deeds {
		for _, what := range whats {
			if d.isOf(what) {
				return true
			}
		}
	}
	return false
}

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
	if w.strangers("exporters/") {
		for i := range s.Exporters {
			s.Exporters[i].State = ""
		}
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
			if got, ok := versions(s)[versionID{v.Subject, v.Version}]; !ok || !reflect.DeepEqual(got, *v) {
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
