package simulate

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/srmigrate/srmigrate/internal/sandbox"
	"github.com/srmigrate/srmigrate/runbook"
)

// scenario is what the disturbed run and the undisturbed one have in common: a runbook, and two registries as they are
// before.
type scenario struct {
	seed    uint64
	act     []act
	content []request
	stop    bool          // spec.onFailure
	slow    time.Duration // what exporters take for a record
	lag     time.Duration // how long an exporter shows its old state after a pause
	guide   bool          // the registries are as the guide describes them
	reject  bool          // what is asked is rejected
	past    bool          // a rollback that ends at a point of no return is called again with --past-no-return

	leaves   bool // a rollback may leave copies
	widens   bool // an exporter that was there before is changed
	noReturn bool // there is a point of no return
	resets   int  // how many times an exporter is reset on the way forward
	creates  int  // how many steps make an exporter
	copies   int  // how many steps copy without one
	discards []discard

	loaded loaded // the runbook
}

// act is one step of the runbook.
type act struct{ id, yaml string }

// request is something that somebody else did before the run.
type request struct{ side, method, path, body string }

func (s *scenario) options(string) sandbox.Options {
	profile := sandbox.ProfileConfluent
	if s.guide {
		profile = sandbox.ProfileGuide
	}
	return sandbox.Options{Profile: profile, Pace: s.slow, Starting: time.Second, PauseLag: s.lag}
}

// runbook is the file.
func (s *scenario) runbook() string {
	var b strings.Builder
	b.WriteString(`apiVersion: srmigrate.dev/v1
kind: Runbook
metadata: {name: simulated}
spec:
  registries:
    source: {url: "http://source", dialect: DIALECT, auth: {basic: {username: {env: SIM_USER}, password: {env: SIM_PASSWORD}}}}
    target: {url: "http://target", dialect: DIALECT, auth: {basic: {username: {env: SIM_USER}, password: {env: SIM_PASSWORD}}}}
  defaults: {timeout: 5m, retry: {attempts: 4, backoff: 1s, maxBackoff: 4s, jitter: 0%}}
`)
	if s.stop {
		b.WriteString("  onFailure: stop\n")
	}
	b.WriteString("  steps:\n")
	for _, a := range s.act {
		fmt.Fprintf(&b, "    - {id: %s, %s}\n", a.id, a.yaml)
	}
	return strings.ReplaceAll(b.String(), "DIALECT", s.dialect())
}

func (s *scenario) dialect() string {
	if s.guide {
		return runbook.Guide
	}
	return runbook.Confluent
}

// fill brings the registries to where the run begins.
func (s *scenario) fill(w *world) error {
	for _, q := range s.content {
		if err := w.sides[q.side+":80"].tell(q.method, q.path, q.body); err != nil {
			return err
		}
	}
	return nil
}

func (s *scenario) put(side, method, path, body string) {
	s.content = append(s.content, request{side, method, path, body})
}

// subjects of the source are s0, s1 …, of the target t0, t1 …; contexts are .a and .b.
func (s *scenario) fillSource(r *rand.Rand) {
	var subjects []string
	for i := range 1 + r.IntN(3) {
		subject := pick(r, "", "", "", ":.a:", ":.b:") + fmt.Sprintf("s%d", i)
		subjects = append(subjects, subject)
		versions := 1 + r.IntN(2)
		for v := range versions {
			s.put("source", "POST", "/subjects/"+subject+"/versions", schema(subject, v))
		}
		if versions > 1 && one(r, 3) {
			s.put("source", "DELETE", "/subjects/"+subject+"/versions/1", "")
		}
		if one(r, 4) {
			s.put("source", "PUT", "/config/"+subject, `{"compatibility":"FULL"}`)
		}
	}
	if first := subjects[0]; strings.HasPrefix(first, "s") && one(r, 3) {
		s.put("source", "POST", "/subjects/refers/versions", fmt.Sprintf(
			`{"schema":"{\"type\":\"record\",\"name\":\"refers\",\"fields\":[{\"name\":\"f\",\"type\":\"%s\"}]}","references":[{"name":"%s","subject":"%s","version":%d}]}`,
			recordName(first), recordName(first), first, 1+s.versionsOf(first)))
	}
	if one(r, 6) {
		s.put("source", "PUT", "/config", `{"compatibility":"FORWARD"}`)
	}
	if one(r, 6) {
		s.put("source", "PUT", "/mode/"+subjects[len(subjects)-1], `{"mode":"READONLY"}`)
	}
}

// versionsOf is how many versions but the first a subject has; the last one is live.
func (s *scenario) versionsOf(subject string) int {
	n := -1
	for _, q := range s.content {
		if q.method == "POST" && q.path == "/subjects/"+subject+"/versions" {
			n++
		}
	}
	return n
}

func (s *scenario) deletes(subject string) bool {
	return slices.ContainsFunc(s.content, func(q request) bool {
		return q.method == "DELETE" && strings.HasPrefix(q.path, "/subjects/"+subject+"/")
	})
}

func (s *scenario) fillTarget(r *rand.Rand) {
	if one(r, 3) {
		return
	}
	s.put("target", "PUT", "/mode?force=true", `{"mode":"IMPORT"}`)
	n := 1 + r.IntN(2)
	for i := range n {
		subject := fmt.Sprintf("t%d", i)
		s.put("target", "POST", "/subjects/"+subject+"/versions", imported(subject, 0, 100001+i, 1))
		if one(r, 10) {
			s.put("target", "DELETE", "/subjects/"+subject+"/versions/1", "")
		}
	}
	// An earlier run has left a copy. It is no soft-deleted one: a run refuses to begin where an exporter would take the source's
	// deletion to a version that is live on the target.
	if s.content[0].path == "/subjects/s0/versions" && !s.deletes("s0") && one(r, 2) {
		s.put("target", "POST", "/subjects/s0/versions", imported("s0", 0, 1, 1))
	}
	s.put("target", "DELETE", "/mode", "")
	if one(r, 4) {
		s.put("target", "PUT", "/config", `{"compatibility":"NONE"}`)
	}
	if one(r, 4) {
		s.put("target", "PUT", "/mode/t0", `{"mode":"`+pick(r, "READONLY", "READWRITE")+`"}`)
	}
	if one(r, 6) {
		s.put("target", "PUT", "/mode", `{"mode":"`+pick(r, "READONLY", "READWRITE")+`"}`)
	}
}

func one(r *rand.Rand, in int) bool { return r.IntN(in) == 0 }

func pick[T any](r *rand.Rand, from ...T) T { return from[r.IntN(len(from))] }

func recordName(subject string) string {
	return strings.Map(func(c rune) rune {
		if c == ':' || c == '.' {
			return '_'
		}
		return c
	}, subject)
}

func avro(subject string, v int) string {
	var fields []string
	for i := range v + 1 {
		fields = append(fields, fmt.Sprintf(`{\"name\":\"f%d\",\"type\":\"int\",\"default\":0}`, i))
	}
	return fmt.Sprintf(`{\"type\":\"record\",\"name\":\"%s\",\"fields\":[%s]}`, recordName(subject), strings.Join(fields, ","))
}

func schema(subject string, v int) string { return fmt.Sprintf(`{"schema":"%s"}`, avro(subject, v)) }

func imported(subject string, v, id, version int) string {
	return fmt.Sprintf(`{"schema":"%s","id":%d,"version":%d}`, avro(subject, v), id, version)
}
