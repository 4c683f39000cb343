package steps

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/srmigrate/srmigrate/internal/compare"
	"github.com/srmigrate/srmigrate/internal/sandbox"
)

// copying is a rig whose source has no exporters and some subjects of every kind: three contexts, references, gaps,
// soft-deleted versions.
func copying(t *testing.T, change ...func(*sandbox.Options)) *rig {
	t.Helper()
	r := newRig(t, append(change, func(o *sandbox.Options) { o.Exporters = false })...)
	if err := r.source.Seed(sandbox.Seed{Subjects: 40}); err != nil {
		t.Fatal(err)
	}
	return r
}

// versions are those of a side, as they were registered.
func (s *side) versions() []sandbox.Version {
	list := s.Snapshot().Versions
	for i, v := range list { // "confluent:version" and the like are the server's own
		list[i].Metadata, list[i].RuleSet = clean(v.Metadata), clean(v.RuleSet)
	}
	return list
}

func clean(raw json.RawMessage) json.RawMessage {
	if len(raw) == 0 {
		return nil
	}
	return raw
}

// mirrors demands that the target holds just what the source does, soft-deleted versions included, by a compare and
// by what both hold.
func (r *rig) mirrors() {
	r.t.Helper()
	if diff := cmp.Diff(r.source.versions(), r.target.versions()); diff != "" {
		r.t.Errorf("the target is no mirror (-source +target):\n%s", diff)
	}
	res, err := compare.Run(r.t.Context(), r.source.client, r.target.client, compare.Options{Check: map[string]compare.Level{"deleted": compare.Fail}})
	if err != nil || res.Verdict != compare.Identical {
		r.t.Errorf("compare says %v, %v", res, err)
	}
}

func (r *rig) hasModes(want map[string]string) {
	r.t.Helper()
	if diff := cmp.Diff(want, r.target.Snapshot().Modes); diff != "" {
		r.t.Errorf("modes of the target (-want +got):\n%s", diff)
	}
}

func TestCopy(t *testing.T) {
	for _, server := range []string{"8.1.1", "7.6.2", "7.4.0"} {
		t.Run(server, func(t *testing.T) {
			r := copying(t, func(o *sandbox.Options) { o.Server = server })
			s := r.run("copy", "copy", `{}`)
			r.mirrors()
			if !strings.HasPrefix(server, "7.") {
				r.hasModes(map[string]string{})
			}
			out := r.past[0].Outputs
			deleted := 0
			for _, v := range r.source.versions() {
				deleted += boolToInt(v.Deleted)
			}
			if out["copied"] != len(r.source.versions()) || out["skipped"] != 0 || out["deleted"] != deleted || deleted == 0 {
				t.Errorf("outputs are %v, of %d versions, %d deleted", out, len(r.source.versions()), deleted)
			}

			// once more, there is nothing to send
			before := len(r.target.written())
			r.run("again", "copy", `{}`)
			if sent := r.target.written()[before:]; len(sent) > 0 {
				t.Errorf("a second copy sent %q", sent)
			}
			if out := r.past[1].Outputs; out["copied"] != 0 || out["skipped"] != len(r.source.versions()) {
				t.Errorf("outputs of the second copy are %v", out)
			}
			r.undo("copy", s)
			r.mirrors()
		})
	}
}

// A rollback with rollbackCopies: remove leaves the target as it was, to the mode and the config.
func TestCopyUndone(t *testing.T) {
	r := copying(t)
	r.target.tell(t, `PUT /config/payments-value {"compatibility":"NONE"}`)
	r.target.tell(t, `PUT /mode/:.payments: {"mode":"READONLY"}`)
	r.source.tell(t, `PUT /config/orders-value {"compatibility":"FULL_TRANSITIVE"}`)
	before, settings := r.target.versions(), r.target.settings()
	s := r.run("copy", "copy", `{"compatibility":true,"rollbackCopies":"remove"}`)
	r.mirrors()
	if got := r.target.Snapshot().Configs["orders-value"]["compatibility"]; got != "FULL_TRANSITIVE" {
		t.Errorf("orders-value has compatibility %v", got)
	}
	if r.target.Snapshot().Modes[":.payments:"] != "READONLY" {
		t.Errorf("modes after the copy are %v", r.target.Snapshot().Modes)
	}
	r.undo("copy", s)
	if diff := cmp.Diff(before, r.target.versions()); diff != "" {
		t.Errorf("versions after the rollback (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(settings, r.target.settings()); diff != "" {
		t.Errorf("settings after the rollback (-want +got):\n%s", diff)
	}
}

// Wherever a copy dies, another process goes on and ends with a mirror, modes as before.
func TestCopyKilledAtEveryWrite(t *testing.T) {
	for _, handled := range []bool{false, true} {
		for n := 1; ; n += 2 + slow {
			r := copying(t)
			r.target.tell(t, `PUT /mode/:.payments: {"mode":"READONLY"}`)
			modes := r.target.Snapshot().Modes
			s := r.begin("copy", "copy", `{}`)
			died := r.killed(n, handled, func(ctx context.Context) {
				if _, err := r.do(ctx, "copy", s); err == nil && n == 1 {
					t.Error("it went well, though killed at the first write")
				}
			})
			if !died {
				if n < 20 {
					t.Errorf("only %d writes", n)
				}
				break
			}
			s = r.step("copy", `{}`)
			st, err := s.Probe(t.Context(), r.env("copy"))
			if err != nil {
				t.Fatalf("write %d: %v", n, err)
			}
			if st.Left != Done {
				if _, err := r.do(t.Context(), "copy", s); err != nil {
					t.Fatalf("write %d: %v", n, err)
				}
			}
			r.isDone("copy", s)
			r.mirrors()
			r.hasModes(modes)
			if t.Failed() {
				t.Fatalf("at write %d, handled %v", n, handled)
			}
		}
	}
}

// sends begins a copy and tells what it says.
func (r *rig) refused(params string) (string, Step) {
	r.t.Helper()
	s := r.step("copy", params)
	writes := len(r.target.written())
	raw, err := s.(Recorder).Record(r.t.Context(), r.env("copy"))
	if err == nil {
		r.past = append(r.past, Past{ID: "copy", Type: "copy", Record: raw})
		_, err = r.do(r.t.Context(), "copy", s)
	} else if sent := r.target.written()[writes:]; len(sent) > 0 {
		r.t.Errorf("a refused copy sent %q", sent)
	}
	if err == nil {
		r.t.Fatalf("copy %s went well", params)
	}
	return err.Error(), s
}

// Other content is never written over, consent or not, and refused before anything is sent.
func TestCopyWritesOverNothing(t *testing.T) {
	for name, there := range map[string]string{
		"other schema under a number": `{"schema":"\"long\"","id":77,"version":1}`,
		"other id under a number":     `{"schema":"\"string\"","id":77,"version":1}`,
		"other schema under an id":    `{"schema":"\"long\"","id":1,"version":9}`,
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.source.has(t, "a", "b")
			r.target.tell(t, `PUT /mode/a {"mode":"IMPORT"}`)
			r.target.tell(t, `POST /subjects/a/versions `+there)
			r.target.tell(t, `DELETE /mode/a`)
			before := r.target.Snapshot()
			r.allow = []Consent{{Code: "SRM010", AtMost: -1}, {Code: "SRM011", AtMost: -1}}
			if got, _ := r.refused(`{}`); !strings.Contains(got, "SRM011") || !strings.Contains(got, "a version") {
				t.Errorf("got %s", got)
			}
			if diff := cmp.Diff(before, r.target.Snapshot()); diff != "" {
				t.Errorf("the target has changed:\n%s", diff)
			}
		})
	}
}

// What comes between the listing and the first write of its subject is seen.
func TestCopyLooksAgainBeforeItWrites(t *testing.T) {
	for _, c := range []struct{ schema, want string }{{`\"long\"`, "is not written over"}, {`\"string\"`, ""}} {
		r := newRig(t)
		r.source.has(t, "a", "b")
		s := r.begin("copy", "copy", `{}`)
		came := false
		r.target.faults(func(_ http.ResponseWriter, q *http.Request) bool {
			if q.Method == http.MethodGet && q.URL.Path == "/subjects/b/versions" && !came {
				came = true
				id := map[string]int{`\"string\"`: 1, `\"long\"`: 2}[c.schema]
				r.target.tell(t, fmt.Sprintf(`POST /subjects/b/versions {"schema":"%s","id":%d,"version":1}`, c.schema, id))
			}
			return false
		}, nil)
		_, err := r.do(t.Context(), "copy", s)
		if got := fmt.Sprint(err); !strings.Contains(got, c.want) || (err == nil) != (c.want == "") || !came {
			t.Errorf("%s: got %v", c.schema, err)
		}
		r.hasModes(map[string]string{})
	}
}

// Somebody who takes IMPORT away and registers is not written over once it is set again.
func TestCopyLooksAgainOnceItHasOpenedAgain(t *testing.T) {
	for schema, want := range map[string]string{`\"long\"`: "is not written over", `\"string\"`: ""} {
		r := newRig(t)
		r.source.has(t, "a", "b")
		s := r.begin("copy", "copy", `{}`)
		came := false
		r.target.faults(func(_ http.ResponseWriter, q *http.Request) bool {
			if q.Method == http.MethodPost && q.URL.Path == "/subjects/b/versions" && !came {
				came = true
				r.target.tell(t, `PUT /mode/b {"mode":"READWRITE"}`)
				r.target.tell(t, fmt.Sprintf(`POST /subjects/b/versions {"schema":"%s"}`, schema))
			}
			return false
		}, nil)
		_, err := r.do(t.Context(), "copy", s)
		if got := fmt.Sprint(err); !strings.Contains(got, want) || (err == nil) != (want == "") || !came {
			t.Errorf("%s: got %v", schema, err)
		}
		r.hasModes(map[string]string{"b": "READWRITE"})
		if theirs := `"` + strings.Trim(schema, `\"`) + `"`; r.target.Snapshot().Versions[len(r.target.Snapshot().Versions)-1].Schema != theirs {
			t.Errorf("theirs is not %s any more: %+v", theirs, r.target.Snapshot().Versions)
		}
	}
}

func TestCopyIntoAContext(t *testing.T) {
	r := copying(t)
	r.run("copy", "copy", `{"contextType":"CUSTOM","context":"m","subjectRenameFormat":"dc-${subject}"}`)
	res := r.compared()
	if res.Verdict != compare.Identical {
		t.Errorf("compare says %s", res.Summary())
	}
	for _, v := range r.target.versions() {
		if !strings.HasPrefix(v.Subject, ":.m") || !strings.Contains(v.Subject, ":dc-") {
			t.Errorf("%s is on the target", v.Subject)
		}
	}
	r.hasModes(map[string]string{})
}

// compared is a compare step after what the rig has run.
func (r *rig) compared() *compare.Result {
	r.t.Helper()
	c := Comparison{Check: map[string]compare.Level{"deleted": compare.Fail}}
	res, err := c.run(r.t.Context(), r.env("prove"), "", compare.Run, compare.Options{})
	if err != nil {
		r.t.Fatal(err)
	}
	return res
}

// Contexts narrow patterns down, and what is referred to has to come along or be there.
func TestCopyOfSomeContexts(t *testing.T) {
	r := copying(t)
	r.run("copy", "copy", `{"contexts":[".payments"]}`)
	for _, v := range r.target.versions() {
		if !strings.HasPrefix(v.Subject, ":.payments:") {
			t.Errorf("%s is on the target", v.Subject)
		}
	}
	if len(r.target.versions()) == 0 {
		t.Error("nothing was copied")
	}
}

func TestCopyRefusesReferencesToNothing(t *testing.T) {
	r := copying(t)
	var by, to string
	for _, v := range r.source.versions() {
		if len(v.References) > 0 && !strings.HasPrefix(v.Subject, ":") && v.References[0].Subject != v.Subject {
			by, to = v.Subject, v.References[0].Subject
		}
	}
	got, _ := r.refused(fmt.Sprintf(`{"subjects":[%q]}`, by))
	if !strings.Contains(got, "SRM012") || !strings.Contains(got, "refers to "+to+" version") {
		t.Errorf("got %s", got)
	}
	if len(r.target.versions()) > 0 {
		t.Error("something was copied")
	}
}

// Others that write to the same context go on: IMPORT is set on subjects, and nothing of theirs is touched.
func TestCopyBesideOthers(t *testing.T) {
	r := copying(t)
	r.target.tell(t, `PUT /mode/theirs {"mode":"IMPORT"}`)
	r.target.tell(t, `POST /subjects/theirs/versions {"schema":"\"long\"","id":50001,"version":1}`)
	r.target.tell(t, `DELETE /mode/theirs`)
	s := r.begin("copy", "copy", `{"rollbackCopies":"remove"}`)
	before, settings := r.target.versions(), r.target.settings()
	var registered atomic.Bool
	r.target.faults(func(_ http.ResponseWriter, q *http.Request) bool {
		if q.Method == http.MethodPost && registered.CompareAndSwap(false, true) {
			r.target.tell(t, `POST /subjects/theirs/versions {"schema":"\"int\""}`)
			r.target.tell(t, `DELETE /subjects/theirs/versions/2`)
			r.target.tell(t, `DELETE /subjects/theirs/versions/2?permanent=true`)
		}
		return false
	}, nil)
	if _, err := r.do(t.Context(), "copy", s); err != nil || !registered.Load() {
		t.Fatal(err)
	}
	r.hasModes(map[string]string{})
	for _, w := range r.target.written() {
		if w == "PUT /mode" {
			t.Error("it set IMPORT on the whole of the default context")
		}
	}
	if got := len(r.target.versions()); got != len(before)+len(r.source.versions()) {
		t.Errorf("%d versions on the target", got)
	}
	r.undo("copy", s)
	if diff := cmp.Diff(before, r.target.versions()); diff != "" {
		t.Errorf("versions after the rollback (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(settings, r.target.settings()); diff != "" {
		t.Errorf("settings after the rollback (-want +got):\n%s", diff)
	}
}

// Copies go again in a rollback where their subjects were opened below a context that is closed, but for one that somebody
// else has closed since.
func TestCopyUndoneInAClosedContext(t *testing.T) {
	r := newRig(t)
	r.source.has(t, "a", "b")
	r.target.has(t, "theirs")
	r.target.tell(t, `PUT /mode {"mode":"READONLY"}`)
	before, settings := r.target.versions(), r.target.settings()
	s := r.run("copy", "copy", `{"rollbackCopies":"remove"}`)
	r.target.tell(t, `PUT /mode/b {"mode":"READONLY"}`)
	back := r.begin("back", "deleteCopies", `{"registry":"target","step":"copy"}`)
	if _, err := r.do(t.Context(), "back", back); err == nil || !strings.Contains(err.Error(), "b version 1 of target stays") {
		t.Errorf("got %v, want a refusal of b", err)
	}
	r.target.tell(t, `DELETE /mode/b`)
	r.undo("copy", s)
	if diff := cmp.Diff(before, r.target.versions()); diff != "" {
		t.Errorf("versions after the rollback (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(settings, r.target.settings()); diff != "" {
		t.Errorf("settings after the rollback (-want +got):\n%s", diff)
	}
}

func TestCopyRefusesRegistriesWithoutImport(t *testing.T) {
	r := newRig(t)
	r.source.has(t, "a")
	r.target.refuses = func(q *http.Request) bool {
		return q.Method == http.MethodPut && strings.HasPrefix(q.URL.Path, "/mode")
	}
	if got, _ := r.refused(`{}`); !strings.Contains(got, "target has no import mode, so no version can get there") {
		t.Errorf("got %s", got)
	}
	if slices.ContainsFunc(r.target.written(), func(w string) bool { return strings.HasPrefix(w, "POST") }) {
		t.Errorf("it sent %q", r.target.written())
	}
}
