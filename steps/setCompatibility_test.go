package steps

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/srmigrate/srmigrate/internal/registry"
)

const ownSettings = `PUT /config/x {"compatibility":"FORWARD","normalize":true}`

// config is the own config of a place, as text.
func (s *side) config(t *testing.T, place string) string {
	t.Helper()
	now, _, err := s.client.Config(t.Context(), place)
	if err != nil {
		t.Fatal(err)
	}
	return configText(now)
}

// The level goes, all else stays, and an undo brings the level back, wherever the connection dies.
func TestSetCompatibilityBearsAKill(t *testing.T) {
	for _, params := range []string{`"level":"NONE"`, `"inherit":true`} {
		for n := 1; ; n++ {
			more := false
			for _, handled := range []bool{false, true} {
				r := newRig(t)
				r.target.tell(t, ownSettings)
				before := r.target.settings()
				s := r.begin("level", "setCompatibility", `{"registry":"target","subject":"x",`+params+`}`)
				more = r.killed(n, handled, func(ctx context.Context) { _, _ = r.do(ctx, "level", s) }) || more
				if _, err := r.do(t.Context(), "level", s); err != nil {
					t.Fatalf("%s, killed at write %d: %v", params, n, err)
				}
				r.isDone("level", s)
				want := map[bool]string{true: `{"compatibility":"NONE","normalize":true}`, false: `{"normalize":true}`}[strings.Contains(params, "NONE")]
				if got := r.target.config(t, "x"); got != want {
					t.Errorf("%s, killed at write %d: got %s, want %s", params, n, got, want)
				}
				for m := 1; m < 3; m++ {
					r.killed(m, handled, func(ctx context.Context) {
						back := r.step("restoreCompatibility", `{"registry":"target","step":"level"}`)
						_, _ = back.Do(ctx, r.env("level.undo-1"))
					})
				}
				r.undo("level", s)
				if got := r.target.settings(); got != before {
					t.Errorf("%s, killed at write %d: undone, got %s, want %s", params, n, got, before)
				}
			}
			if !more {
				break
			}
		}
	}
}

// A restore of all puts back what was there before the first step that changed it, whoever came after.
func TestRestoreCompatibilityOfSeveralSteps(t *testing.T) {
	r := newRig(t)
	r.source.has(t, "x")
	r.source.tell(t, `PUT /config/x {"compatibility":"FULL"}`)
	r.target.tell(t, `PUT /config {"compatibility":"FORWARD"}`)
	before := r.target.settings()
	r.run("default", "setCompatibility", `{"registry":"target","level":"NONE"}`)
	r.run("early", "setCompatibility", `{"registry":"target","subject":"x","level":"NONE"}`)
	r.run("start", "createExporter", `{"exporter":"e","contextType":"NONE","subjects":[":*:"]}`)
	within(t, "replay", func() bool { return r.target.config(t, "x") == `{"compatibility":"FULL"}` })
	r.run("end", "delete", `{"exporter":"e"}`)
	r.run("late", "setCompatibility", `{"registry":"target","subject":"x","level":"BACKWARD"}`)
	late := r.step("restoreCompatibility", `{"registry":"target","step":"late"}`)
	if _, err := r.do(t.Context(), "back-late", late); err != nil || r.target.config(t, "x") != `{"compatibility":"FULL"}` {
		t.Errorf("of one step: got %s, %v", r.target.config(t, "x"), err)
	}
	r.run("all", "restoreCompatibility", `{"registry":"target"}`)
	r.run("modes", "restoreMode", `{"registry":"target"}`)
	if got := r.target.settings(); got != before {
		t.Errorf("got %s, want %s", got, before)
	}
}

func TestSetCompatibilityLeavesStrangersAlone(t *testing.T) {
	r := newRig(t)
	s := r.begin("level", "setCompatibility", `{"registry":"target","subject":"x","level":"NONE"}`)
	r.target.tell(t, ownSettings)
	_, err := r.do(t.Context(), "level", s)
	if err == nil || !strings.Contains(err.Error(), `are {"compatibility":"FORWARD","normalize":true}, but not set when this step first looked: somebody else`) {
		t.Errorf("got %v", err)
	}
	r = newRig(t)
	s = r.run("level", "setCompatibility", `{"registry":"target","subject":"x","level":"NONE"}`)
	r.target.tell(t, ownSettings)
	r.undo("level", s)
	if got := r.target.config(t, "x"); got != `{"compatibility":"FORWARD","normalize":true}` {
		t.Errorf("undone over a stranger's: got %s", got)
	}
}

func TestSetCompatibilityExplains(t *testing.T) {
	r := newRig(t)
	r.target.tell(t, `PUT /mode {"mode":"READONLY"}`)
	_, err := r.do(t.Context(), "level", r.begin("level", "setCompatibility", `{"registry":"target","level":"NONE"}`))
	if err == nil || !strings.Contains(err.Error(), "the mode on the default context of target blocks it; put this step before the one that sets READONLY") {
		t.Errorf("got %v", err)
	}
	r = newRig(t)
	r.target.faults(func(w http.ResponseWriter, q *http.Request) bool {
		if q.Method != http.MethodPut {
			return false
		}
		w.WriteHeader(422)
		_, _ = fmt.Fprint(w, `{"error_code":42203,"message":"Invalid compatibility level"}`)
		return true
	}, nil)
	_, err = r.do(t.Context(), "level", r.begin("level", "setCompatibility", `{"registry":"target","level":"FULL"}`))
	if err == nil || !strings.HasPrefix(err.Error(), "target does not know the compatibility level FULL") {
		t.Errorf("got %v", err)
	}
	r = newRig(t)
	r.run("level", "setCompatibility", `{"registry":"target","subject":"misspelt","level":"FULL"}`)
	if got := r.warnings(); got != "there is nothing yet on subject misspelt of target; check the name\n" {
		t.Errorf("got %s", got)
	}
	if n := len(r.target.written()); n != 1 {
		t.Errorf("%d writes", n)
	}
	if rec := (compatibilityRecord{Before: registry.NewSettings("FULL")}); len(fields(rec.wanted())) != 0 {
		t.Errorf("got %s", configText(rec.wanted()))
	}
}

// An exporter replays a level also for a subject that has no version, which no registry lists.
func TestReplayedLevelOfNothingGoesBack(t *testing.T) {
	for _, at := range []string{`"subject":"late"`, `"context":".late"`} {
		r := newRig(t)
		r.source.has(t, "x")
		before := r.target.settings()
		r.run("level", "setCompatibility", `{"registry":"source","level":"NONE",`+at+`}`)
		s := r.run("start", "createExporter", `{"exporter":"e","contextType":"NONE","subjects":[":*:"]}`)
		within(t, "replay", func() bool { return strings.Contains(r.target.settings(), `"NONE"`) })
		r.undo("start", s)
		if got := r.target.settings(); got != before {
			t.Errorf("%s: got %s, want %s", at, got, before)
		}
	}
}

// What somebody else sets on the source, an exporter replays by whatever name it gives a subject by now; the first version
// may not have followed.
func TestReplayedLevelOfAnotherNameGoesBack(t *testing.T) {
	for _, late := range []bool{false, true} {
		r := newRig(t)
		r.source.has(t, "x")
		before := r.target.settings()
		s := r.run("start", "createExporter", `{"exporter":"e","contextType":"NONE","subjects":[":*:"]}`)
		place := "copy-x"
		if late {
			place = "late"
			r.source.tell(t, `PUT /config/late {"compatibility":"FULL"}`)
		} else {
			r.run("change", "updateExporter", `{"exporter":"e","subjectRenameFormat":"copy-${subject}"}`)
			r.source.tell(t, `PUT /config/x {"compatibility":"FULL"}`)
		}
		within(t, "replay", func() bool { return r.target.config(t, place) == `{"compatibility":"FULL"}` })
		if late {
			r.run("pause", "pause", `{"exporter":"e"}`)
			r.source.has(t, "late")
		}
		r.undo("start", s)
		if got := r.target.settings(); got != before {
			t.Errorf("%s: got %s, want %s", place, got, before)
		}
	}
}

// What an exporter has replayed of a level that the run changed before, or put back since, is no stranger's.
func TestReplayedLevelOfBeforeGoesBack(t *testing.T) {
	for _, shown := range []string{"FULL", "NONE"} {
		r := newRig(t)
		r.source.has(t, "x")
		r.source.tell(t, `PUT /config/x {"compatibility":"FULL"}`)
		before := r.target.settings()
		r.run("level", "setCompatibility", `{"registry":"source","level":"NONE","subject":"x"}`)
		s := r.run("start", "createExporter", `{"exporter":"e","contextType":"NONE","subjects":[":*:"]}`)
		within(t, "replay", func() bool { return strings.Contains(r.target.settings(), `"NONE"`) })
		r.run("end", "delete", `{"exporter":"e"}`)
		r.target.tell(t, `PUT /config/x {"compatibility":"`+shown+`"}`) // as where a kill has cut the exporter short
		if shown == "NONE" {
			r.source.tell(t, `PUT /config/x {"compatibility":"FULL"}`)
		}
		r.undo("start", s)
		if got := r.target.settings(); got != before {
			t.Errorf("%s: got %s, want %s", shown, got, before)
		}
	}
}

// A level that the run has nothing to do with stays.
func TestALevelThatNobodyReplayedStays(t *testing.T) {
	r := newRig(t)
	r.source.has(t, "x")
	r.source.tell(t, `PUT /config/x {"compatibility":"FULL"}`)
	r.run("level", "setCompatibility", `{"registry":"source","level":"NONE","subject":"x"}`)
	s := r.run("start", "createExporter", `{"exporter":"e","contextType":"NONE","subjects":[":*:"]}`)
	within(t, "replay", func() bool { return strings.Contains(r.target.settings(), `"NONE"`) })
	r.run("end", "delete", `{"exporter":"e"}`)
	r.target.tell(t, `PUT /config/x {"compatibility":"BACKWARD_TRANSITIVE"}`)
	r.undo("start", s)
	if got := r.target.config(t, "x"); got != `{"compatibility":"BACKWARD_TRANSITIVE"}` {
		t.Errorf("got %s", got)
	}
}

// A READONLY that somebody else has set is not lifted to put settings back.
func TestSettingsDoNotGoBackUnderAStrangersMode(t *testing.T) {
	r := newRig(t)
	r.source.has(t, "x")
	r.source.tell(t, `PUT /config/x {"compatibility":"FULL"}`)
	r.run("start", "createExporter", `{"exporter":"e","contextType":"NONE","subjects":[":*:"]}`)
	within(t, "replay", func() bool { return r.target.config(t, "x") == `{"compatibility":"FULL"}` })
	r.run("end", "delete", `{"exporter":"e"}`)
	r.target.tell(t, `PUT /mode/x {"mode":"READONLY"}`)
	back := r.begin("back", "restoreCompatibility", `{"registry":"target","step":"start"}`)
	if _, err := r.do(t.Context(), "back", back); err == nil || !strings.Contains(err.Error(), "the mode there blocks it") {
		t.Errorf("got %v, want a refusal that names the mode", err)
	}
	for _, w := range r.target.written() {
		if strings.Contains(w, "/mode/x") {
			t.Errorf("sent %s", w)
		}
	}
}

// Nor is one that stood there before a later step of the run, which knows it as what was there.
func TestSettingsDoNotGoBackUnderAModeThatALaterStepSaw(t *testing.T) {
	r := newRig(t)
	r.source.has(t, "y")
	r.target.has(t, "x")
	r.run("level", "setCompatibility", `{"registry":"target","subject":"x","level":"NONE"}`)
	r.target.tell(t, `PUT /mode/x {"mode":"READONLY"}`)
	r.run("copy", "copy", `{"compatibility":true}`)
	back := r.begin("back", "restoreCompatibility", `{"registry":"target","step":"level"}`)
	if _, err := r.do(t.Context(), "back", back); err == nil || !strings.Contains(err.Error(), "the mode there blocks it") {
		t.Errorf("got %v, want a refusal that names the mode", err)
	}
	if w := r.target.written(); slices.Contains(w, "PUT /mode/x") {
		t.Errorf("sent %q", w)
	}
}
