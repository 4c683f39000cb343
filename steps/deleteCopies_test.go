package steps

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/srmigrate/srmigrate/internal/sandbox"
)

const mirrorAndRemove = `{"exporter":"e","contextType":"NONE","subjects":[":*:"],"rollbackCopies":"remove"}`

// referring gives the source schemas that refer to each other, across subjects and within one, and the target settings
// on a subject that has no version yet.
func referring(t *testing.T) *rig {
	t.Helper()
	r := filled(t, []string{`PUT /mode/x {"mode":"READWRITE"}`, `PUT /config/x {"compatibility":"NONE"}`})
	for _, q := range []string{
		`POST /subjects/base/versions {"schema":"{\"type\":\"record\",\"name\":\"B\",\"fields\":[]}"}`,
		`POST /subjects/top/versions {"schema":"{\"type\":\"record\",\"name\":\"T\",\"fields\":[{\"name\":\"b\",\"type\":\"B\"}]}","references":[{"name":"B","subject":"base","version":1}]}`,
		`POST /subjects/above/versions {"schema":"{\"type\":\"record\",\"name\":\"A\",\"fields\":[{\"name\":\"t\",\"type\":\"T\"}]}","references":[{"name":"T","subject":"top","version":1}]}`,
		`POST /subjects/gone/versions {"schema":"\"int\""}`,
		`DELETE /subjects/gone`,
	} {
		r.source.tell(t, q)
	}
	return r
}

// allCopied lets the exporter write to x, which is READWRITE, and waits for the whole copy.
func (r *rig) allCopied() {
	r.t.Helper()
	r.target.tell(r.t, `PUT /mode/x?force=true {"mode":"IMPORT"}`)
	within(r.t, "the copy", func() bool {
		there := map[string]bool{}
		for _, v := range r.target.Snapshot().Versions {
			there[v.Subject] = true
		}
		return there["above"] && there["x"] && there[":.b:y"]
	})
	r.copied("e")
}

// all is what a registry holds, but for contexts that stay listed.
func (s *side) all() string {
	var b strings.Builder
	for _, v := range s.Snapshot().Versions {
		fmt.Fprintf(&b, "%s %d %v\n", v.Subject, v.Version, v.Deleted)
	}
	return s.settings() + b.String()
}

// Killed around each write of the rollback of a copy: nothing of it stays, and settings that deletion takes along are back.
func TestCopiesAreRemoved(t *testing.T) {
	for n, more := 0, true; more; n++ {
		more = removedAfterKill(t, n, false)
		more = removedAfterKill(t, n, true) || more
	}
}

func removedAfterKill(t *testing.T, n int, handled bool) (more bool) {
	t.Helper()
	r := referring(t)
	source, target := r.source.all(), r.target.all()
	s := r.begin("start", "createExporter", mirrorAndRemove)
	if _, err := r.do(t.Context(), "start", s); err != nil {
		t.Fatal(err)
	}
	r.allCopied()
	r.undoing = "start"
	id := "start.early"
	for _, u := range s.(Undoer).Undo("start")[:2] {
		back := r.begin(id+u.Type, u.Type, string(u.Params))
		do := func(ctx context.Context) { _, _ = r.do(ctx, id+u.Type, back) }
		if u.Type == "deleteCopies" {
			more = r.killed(n, handled, do) || n == 0
		} else {
			do(t.Context())
		}
	}
	r.undo("start", s)
	if diff := cmp.Diff(source+target, r.source.all()+r.target.all()); diff != "" {
		t.Errorf("write %d, handled %v: -want +got\n%s\n%s", n, handled, diff, r.warnings())
	}
	if left, err := s.(Leaver).Left(t.Context(), r.env("start")); err != nil || len(left) > 0 {
		t.Errorf("left %+v, %v", left, err)
	}
	return more
}

// What was changed since, what others have added, and what those refer to stays, and is named.
func TestCopiesThatStay(t *testing.T) {
	r := referring(t)
	r.target.has(t, "base2")
	s := r.run("start", "createExporter", mirrorAndRemove)
	r.allCopied()
	r.run("stop", "pause", `{"exporter":"e"}`)
	r.target.tell(t, `PUT /mode?force=true {"mode":"READWRITE"}`)
	for _, q := range []string{
		`POST /subjects/stranger/versions {"schema":"{\"type\":\"record\",\"name\":\"S\",\"fields\":[{\"name\":\"t\",\"type\":\"T\"}]}","references":[{"name":"T","subject":"top","version":1}]}`,
		`DELETE /subjects/xx`, `DELETE /subjects/xx?permanent=true`,
		`POST /subjects/xx/versions {"schema":"\"bytes\""}`,
	} {
		r.target.tell(t, q)
	}
	r.undo("start", s)
	var subjects []string
	for _, v := range r.target.Snapshot().Versions {
		subjects = append(subjects, v.Subject)
	}
	if got := strings.Join(subjects, " "); got != "base base2 mine stranger top xx" {
		t.Errorf("got %s", got)
	}
	for _, want := range []string{
		"left: stranger version 1, source does not have it",
		"left: xx version ", ", other than on source in id, schema",
		"left: top version 1, to which stranger version 1 refers",
		"left: base version 1, to which top version 1 refers",
	} {
		if !strings.Contains(r.warnings(), want) {
			t.Errorf("no %q in\n%s", want, r.warnings())
		}
	}
	left, err := s.(Leaver).Left(t.Context(), r.env("start"))
	if err != nil || len(left) != 1 || !strings.HasPrefix(left[0].What, "4 versions of 4 subjects copied to target: base (1), stranger (1), top (1), xx (1)") {
		t.Errorf("left %+v, %v", left, err)
	}
}

// The copies of an exporter that was there before are not this run's to delete, and nothing is deleted while one runs.
func TestCopiesOfOthers(t *testing.T) {
	r := there(t, `"contextType":"NONE","subjects":[":*:"]`, "RUNNING")
	s := r.run("start", "createExporter", exporterParams(`"contextType":"NONE","subjects":[":*:"],"ifExists":"adopt","rollbackCopies":"remove"`))
	r.source.has(t, "more")
	r.copied("e")
	before := r.target.all()
	r.undo("start", s)
	if diff := cmp.Diff(before, r.target.all()); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	own := filled(t, nil)
	own.run("start", "createExporter", mirrorAndRemove)
	_, err := own.step("deleteCopies", `{"registry":"target","step":"start"}`).Do(t.Context(), own.env("clean"))
	if err == nil || !strings.Contains(err.Error(), "put a pause or delete of it before this step") {
		t.Errorf("got %v", err)
	}
}

// AUTO copies into a context that only the server knows.
func TestCopiesOfAuto(t *testing.T) {
	r := filled(t, nil)
	want := r.target.all()
	s := r.run("start", "createExporter", `{"exporter":"e","contextType":"AUTO","subjects":[":*:"],"rollbackCopies":"remove"}`)
	r.copied("e")
	if n := len(r.target.Snapshot().Versions); n != 5 {
		t.Errorf("%d versions", n)
	}
	r.undo("start", s)
	if diff := cmp.Diff(want, r.target.all()); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

// What the exporter has copied since an updateExporter of the same run made it copy more goes, too.
func TestCopiesOfAChangedExporterAreRemoved(t *testing.T) {
	r := referring(t)
	before := r.target.all()
	start := r.run("start", "createExporter", `{"exporter":"e","contextType":"NONE","subjects":["base"],"rollbackCopies":"remove"}`)
	r.copied("e")
	r.run("widen", "updateExporter", `{"exporter":"e","subjects":["base","top"],"subjectRenameFormat":"copy-${subject}","reset":true}`)
	there := func(subject string) bool {
		return slices.ContainsFunc(r.target.Snapshot().Versions, func(v sandbox.Version) bool { return v.Subject == subject })
	}
	within(t, "the wider copy", func() bool { return there("copy-top") })
	r.copied("e")
	r.undo("start", start)
	if diff := cmp.Diff(before, r.target.all()); diff != "" {
		t.Errorf("the target differs (-before +after):\n%s", diff)
	}
}

// A target that was READONLY before, and is so again because a later step put its modes back, is opened once more for the
// rollback, and closed at its end; also where the connection dies in between.
func TestCopiesOnATargetThatIsClosedAgain(t *testing.T) {
	for n, more := 1, true; more; n += 3 {
		more = false
		for _, handled := range []bool{false, true} {
			r := filled(t, nil)
			r.target.tell(t, `PUT /mode {"mode":"READONLY"}`)
			before := r.target.settings()
			start := r.run("start", "createExporter", mirrorAndRemove)
			r.copied("e")
			r.run("end", "pause", `{"exporter":"e"}`)
			r.run("open", "restoreMode", `{"registry":"target"}`)
			r.undoing = "start"
			gone := r.step("delete", `{"exporter":"e"}`)
			if _, err := gone.Do(t.Context(), r.env("start.undo-1")); err != nil {
				t.Fatal(err)
			}
			more = r.killed(n, handled, func(ctx context.Context) {
				for i, spec := range start.(Undoer).Undo("start")[1:] {
					back := r.step(spec.Type, string(spec.Params))
					if _, err := back.Do(ctx, r.env(fmt.Sprintf("start.undo-%d", i+2))); err != nil {
						return
					}
				}
			}) || more
			r.undo("start", start)
			if got := r.target.settings(); got != before {
				t.Errorf("killed at write %d: got %s, want %s", n, got, before)
			}
			if left := r.target.Snapshot().Versions; len(left) != 1 { // its own
				t.Errorf("killed at write %d: %d versions are there", n, len(left))
			}
		}
	}
}

// Where a version stays that was there before, so does what somebody else has set on its subject.
func TestASettingStaysWhereAVersionDoes(t *testing.T) {
	r := newRig(t)
	r.source.has(t, "x")
	r.run("earlier", "copy", `{}`)
	r.past, r.files = nil, sideFiles{}
	r.source.tell(t, `POST /subjects/x/versions {"schema":"[\"string\",\"int\"]"}`)
	r.target.tell(t, `PUT /config/x {"compatibility":"NONE"}`)
	s := r.run("copy", "copy", `{"compatibility":true,"rollbackCopies":"remove"}`)
	r.target.tell(t, `PUT /config/x {"compatibility":"FULL"}`)
	r.undo("copy", s)
	if got := r.target.config(t, "x"); got != `{"compatibility":"FULL"}` {
		t.Errorf("the level that somebody else has set is %s", got)
	}
	if n := len(r.target.Snapshot().Versions); n != 1 {
		t.Errorf("%d versions are left, want the one of before", n)
	}
}
