package simulate

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
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
// are beyond those of the other one. Into a target that takes nothing else it is imported.
func (s *side) registered(r *rand.Rand) {
	n := len(s.w.deeds)
	subject := pick(r, "s0", "s9", ":.a:s9")
	if s == s.w.target {
		subject = ":." + theirs + ":t9"
		if s.far() {
			subject = pick(r, "t0", "t9", subject)
		}
		if s.w.scenario.copies > 0 && one(r, 2) {
			subject = pick(r, "s0", "s1") // no exporter goes over that here, and a copy never does
		}
	}
	schema := fmt.Sprintf(`"schema":"{\"type\":\"record\",\"name\":\"%s%d\",\"fields\":[]}"`, theirs, n)
	version, done := s.posted(subject, "{"+schema+"}")
	if !done && s == s.w.target {
		subject = fmt.Sprintf("%s-%d", theirs, n)
		version, done = s.posted(subject, fmt.Sprintf(`{%s,"id":%d,"version":1}`, schema, 200000+n))
	}
	for _, v := range s.Snapshot().Versions {
		if done && v.Subject == subject && v.Version == version {
			s.w.did(deed{side: s.name, path: subject, version: &v})
		}
	}
}

func (s *side) posted(subject, body string) (version int, done bool) {
	raw, done := s.does(http.MethodPost, "/subjects/"+subject+"/versions", body)
	var made struct{ Version int }
	if done && json.Unmarshal(raw, &made) != nil {
		return 0, false
	}
	return made.Version, done
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
		if s == s.w.target {
			value = `{"compatibility":"BACKWARD_TRANSITIVE"}` // an exporter would put the other one there as well
		}
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
		if strings.HasSuffix(path, "/resume") {
			s.w.after(effect{side: s.name, method: resumed, path: path})
		}
	}
}

// resumed stands among the effects where somebody else has an exporter go on.
const resumed = "resumed"

func (s *side) exportsToo() {
	verb := http.MethodPost
	if s.w.scenario.guide {
		verb = http.MethodPut
	}
	_, done := s.does(verb, "/exporters", fmt.Sprintf(
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

// after puts something among the effects that is none of the run's.
func (w *world) after(e effect) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.effects = append(w.effects, e)
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
