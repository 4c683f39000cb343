package steps

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/srmigrate/srmigrate/internal/compare"
	"github.com/srmigrate/srmigrate/internal/sandbox"
)

// A version whose id a soft-deleted one has purges that on the way; it is sent once more.
func TestCopySendsAgainWhatAServerPurges(t *testing.T) {
	r := newRig(t)
	r.source.tell(t, `POST /subjects/a/versions {"schema":"\"string\""}`)
	r.source.tell(t, `POST /subjects/a/versions {"schema":"\"long\""}`)
	r.source.tell(t, `DELETE /subjects/a/versions/1`)
	r.run("first", "copy", `{}`)
	r.mirrors()
	r.source.tell(t, `POST /subjects/a/versions {"schema":"\"string\""}`) // version 3, with the id of version 1
	if v := r.source.versions(); v[2].ID != v[0].ID {
		t.Fatalf("ids are %d and %d", v[0].ID, v[2].ID)
	}
	r.run("second", "copy", `{}`)
	r.mirrors()
}

// What is live may refer to what is soft-deleted, if somebody imported it so.
func TestCopyOfReferencesToTheDead(t *testing.T) {
	r := newRig(t)
	r.source.tell(t, `POST /subjects/dead/versions {"schemaType":"JSON","schema":"{\"type\":\"string\"}"}`)
	r.source.tell(t, `DELETE /subjects/dead/versions/1`)
	r.source.tell(t, `PUT /mode?force=true {"mode":"IMPORT"}`)
	r.source.tell(t, `POST /subjects/by/versions {"id":7,"version":4,"schemaType":"JSON","schema":"{\"$ref\":\"d.json\"}","references":[{"name":"d.json","subject":"dead","version":1}]}`)
	r.source.tell(t, `PUT /mode {"mode":"READWRITE"}`)
	r.run("copy", "copy", `{}`)
	r.mirrors()
}

// Without soft-deleted versions only live ones come, and a compare of those is content.
func TestCopyWithoutTheDeleted(t *testing.T) {
	r := copying(t)
	r.run("copy", "copy", `{"deleted":false}`)
	live := slices.DeleteFunc(r.source.versions(), func(v sandbox.Version) bool { return v.Deleted })
	if diff := cmp.Diff(live, r.target.versions()); diff != "" {
		t.Errorf("-live +target:\n%s", diff)
	}
}

// Contexts that become one must not disagree on an id, or on a name.
func TestCopyRefusesWhatCollidesOnTheTarget(t *testing.T) {
	for want, there := range map[string]string{
		"id 1 is another schema in":          ":.a:y",
		"of the source both become it, with": ":.a:x",
	} {
		r := newRig(t)
		r.source.tell(t, `POST /subjects/x/versions {"schema":"\"string\""}`)
		r.source.tell(t, `POST /subjects/`+there+`/versions {"schema":"\"long\""}`)
		got, _ := r.refused(`{"contextType":"DEFAULT"}`)
		if !strings.Contains(got, "SRM011") || !strings.Contains(got, want) {
			t.Errorf("got %s", got)
		}
	}
}

// A subject with a mode of its own is opened, foreseen or not, and gets that mode back.
func TestCopyOpensSubjectsWithAModeOfTheirOwn(t *testing.T) {
	r := newRig(t)
	r.source.has(t, "a", "b")
	r.source.tell(t, `POST /subjects/b/versions {"schema":"\"long\""}`)
	r.target.has(t, "b") // the same version 1, so that it is listed
	r.target.tell(t, `PUT /mode/a {"mode":"READWRITE"}`)
	r.target.tell(t, `PUT /mode/b {"mode":"READONLY"}`)
	modes := r.target.Snapshot().Modes
	s := r.run("copy", "copy", `{}`)
	r.mirrors()
	r.hasModes(modes)
	f, err := r.step("copy", `{}`).(Forecaster).Forecast(t.Context(), r.env("again"))
	if err != nil || len(f.Effects) > 0 || f.Now != "all 3 versions there already" {
		t.Errorf("once more, the forecast is %+v, %v", f, err)
	}
	r.undo("copy", s)
	r.hasModes(modes)
}

// Settings of a subject that is there already and closed are set as versions are, under IMPORT. Whatever is cut short, the
// mode comes back, and in a rollback the settings do.
func TestCopyOfSettingsToWhatIsClosed(t *testing.T) {
	for _, closed := range []string{`PUT /mode/x {"mode":"READONLY"}`, `PUT /mode {"mode":"READONLY"}`} {
		for n, more := 1, true; more; n++ {
			more = false
			for _, handled := range []bool{false, true} {
				r := newRig(t)
				r.source.has(t, "x")
				r.target.has(t, "x")
				r.source.tell(t, `PUT /config/x {"compatibility":"FULL"}`)
				r.target.tell(t, closed)
				before := r.target.settings()
				s := r.begin("copy", "copy", `{"compatibility":true}`)
				more = r.killed(n, handled, func(ctx context.Context) { _, _ = r.do(ctx, "copy", s) }) || more
				if _, err := r.do(t.Context(), "copy", s); err != nil {
					t.Fatalf("%s, killed at write %d: %v", closed, n, err)
				}
				r.isDone("copy", s)
				if got := r.target.config(t, "x"); got != `{"compatibility":"FULL"}` {
					t.Errorf("%s, killed at write %d: x has %s", closed, n, got)
				}
				if got := r.target.Snapshot().Modes; len(got) != 1 || got[""]+got["x"] != readOnly {
					t.Errorf("%s, killed at write %d: modes are %v", closed, n, got)
				}
				r.undo("copy", s)
				if got := r.target.settings(); got != before {
					t.Errorf("%s, killed at write %d: undone, got %s, want %s", closed, n, got, before)
				}
			}
		}
	}
}

// A copy that fails leaves the modes as they were, without a rollback.
func TestCopyLiftsWhenItFails(t *testing.T) {
	r := copying(t)
	r.target.tell(t, `PUT /mode/:.payments: {"mode":"READONLY"}`)
	modes := r.target.Snapshot().Modes
	s := r.begin("copy", "copy", `{}`)
	var sent atomic.Int64
	r.target.faults(func(w http.ResponseWriter, q *http.Request) bool {
		if q.Method != http.MethodPost || sent.Add(1) < 20 {
			return false
		}
		w.WriteHeader(http.StatusForbidden)
		return true
	}, nil)
	if _, err := r.do(t.Context(), "copy", s); err == nil || !strings.Contains(err.Error(), "is refused by target: POST") {
		t.Fatalf("got %v", err)
	}
	r.hasModes(modes)
	if len(r.target.versions()) == 0 {
		t.Error("nothing was there to fail after")
	}
}

// A registry that takes IMPORT and gives ids of its own is told, and gets back what it made.
func TestCopyTakesBackWhatGotAnotherID(t *testing.T) {
	for _, c := range []struct{ there, want string }{
		{"", "what it has made of that was deleted again"},
		{`POST /subjects/b/versions {"schema":"\"string\""}`, "it had that schema already, and nothing has changed"},
	} {
		r := newRig(t)
		r.source.tell(t, `POST /subjects/a/versions {"schema":"\"int\""}`)
		r.source.tell(t, `POST /subjects/b/versions {"schema":"\"long\""}`)
		r.source.tell(t, `POST /subjects/b/versions {"schema":"\"string\""}`)
		r.source.tell(t, `DELETE /subjects/b/versions/1`)
		r.source.tell(t, `DELETE /subjects/b/versions/1?permanent=true`)
		s := r.begin("copy", "copy", `{}`)
		if c.there != "" {
			r.target.tell(t, c.there)
		}
		before := r.target.Snapshot()
		ownIDs(r.target)
		_, err := r.do(t.Context(), "copy", s)
		r.target.faults(nil, nil)
		if err == nil || !strings.Contains(err.Error(), "target takes no ids: it was sent b version 2 with id 3 and answered with 1; a registry without import mode") ||
			!strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v", err)
		}
		if diff := cmp.Diff(before, r.target.Snapshot()); diff != "" {
			t.Errorf("the target has changed:\n%s", diff)
		}
	}
}

// ownIDs makes a registry that keeps one mode and does not mind it, nor the ids and versions that are sent.
func ownIDs(s *side) {
	var mu sync.Mutex
	mode := readWrite
	s.faults(func(w http.ResponseWriter, q *http.Request) bool {
		if strings.HasPrefix(q.URL.Path, "/mode") {
			mu.Lock()
			defer mu.Unlock()
			switch q.Method {
			case http.MethodPut:
				mode = imports
			case http.MethodDelete:
				mode = readWrite
			}
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"mode":"`+mode+`"}`)
			return true
		}
		if q.Method != http.MethodPost {
			return false
		}
		sent := map[string]any{}
		if err := json.NewDecoder(q.Body).Decode(&sent); err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return true
		}
		delete(sent, "id")
		delete(sent, "version")
		body, err := json.Marshal(sent)
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return true
		}
		q.Body, q.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		return false
	}, nil)
}

// An IMPORT that is kept and has no effect is told before a version is sent.
func TestCopyRefusesAnImportWithoutEffect(t *testing.T) {
	t.Parallel() // it waits for nodes that may lag
	r := newRig(t, func(o *sandbox.Options) { o.Server = "7.4.0" })
	r.source.has(t, "a")
	r.target.tell(t, `PUT /mode {"mode":"READONLY_OVERRIDE"}`)
	r.source.has(t, ":.c:a")
	got, _ := r.refused(`{"contexts":[".c"]}`)
	if !strings.Contains(got, "it is not in force on context .c of target, so nothing was sent") {
		t.Errorf("got %s", got)
	}
	r.hasModes(map[string]string{"": "READONLY_OVERRIDE"})
}

// Several copies from one registry to another count as one for a compare, unless they name things differently.
func TestCompareKnowsTheNamesOfCopies(t *testing.T) {
	r := copying(t)
	r.run("one", "copy", `{"contexts":["."]}`)
	r.run("two", "copy", `{"contexts":[".payments"]}`)
	if res := r.compared(); res.Verdict != compare.Identical || res.Scope.Subjects == 0 || len(res.Scope.Contexts) != 2 {
		t.Errorf("compare says %s", res.Summary())
	}
	r.run("three", "copy", `{"contextType":"CUSTOM","context":"c"}`)
	c := Comparison{}
	if _, err := c.run(t.Context(), r.env("prove"), "", compare.Run, compare.Options{}); err == nil ||
		!strings.Contains(err.Error(), "step one and step three of this run name what they copy from source to target in different ways") {
		t.Errorf("got %v", err)
	}
}

func TestCheckOfCopy(t *testing.T) {
	scope := Scope{Registries: []string{"source", "target"}, Dialects: map[string]string{}}
	for params, want := range map[string]string{
		`{}`:                     "",
		`{"target":"source"}`:    `source and target are both "source"; a copy needs two registries`,
		`{"target":"targer"}`:    `registry "targer" is not declared; did you mean "target"?`,
		`{"contextType":"AUTO"}`: "AUTO is a context that a server makes up, and no server copies here",
		`{"context":"a"}`:        "context goes with contextType CUSTOM only; leave it out, or write CUSTOM beside it",
		`{"contexts":["*"]}`:     `"*" is not a context; write it as .a, a or :.a:`,
		`{"contexts":["a"],"subjects":["orders-*"]}`: "subjects (orders-*) has nothing in these contexts",
		`{"contexts":["a"],"subjects":[":*:o*"]}`:    "",
	} {
		s, err := New("copy", json.RawMessage(params))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, p := range s.(Checker).Check(scope) {
			got = append(got, p.Message)
		}
		if text := strings.Join(got, "\n"); !strings.Contains(text, want) || want == "" && text != "" {
			t.Errorf("%s: got %q, want %q", params, text, want)
		}
	}
}

// A registry that lists nothing in bulk, as Redpanda, is read subject by subject; and so is such a target.
func TestCopyWithoutListings(t *testing.T) {
	r := copying(t)
	for _, s := range []*side{r.source, r.target} {
		s.refuses = func(q *http.Request) bool { return q.URL.Path == "/schemas" }
	}
	r.run("copy", "copy", `{}`)
	r.mirrors()
}

// One that knows a subject's own mode alone, and says 404 where there is none, is no reason to wait.
func TestCopyToARegistryThatKnowsOwnModesAlone(t *testing.T) {
	r := newRig(t)
	r.source.has(t, "a", "b")
	r.target.tell(t, `PUT /mode/theirs {"mode":"IMPORT"}`)
	r.target.tell(t, `POST /subjects/theirs/versions {"schema":"\"long\"","id":9,"version":1}`)
	r.target.tell(t, `DELETE /mode/theirs`)
	r.target.faults(func(w http.ResponseWriter, q *http.Request) bool {
		if q.Method != http.MethodGet || q.URL.RawQuery != "defaultToGlobal=true" {
			return false
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, `{"error_code":40401,"message":"no such subject"}`)
		return true
	}, nil)
	r.run("copy", "copy", `{}`)
	r.hasModes(map[string]string{})
	if n := len(r.target.versions()); n != 3 {
		t.Errorf("%d versions on the target", n)
	}
}

// The first version may come to any context; the others are opened over it.
func TestCopyBeginsInAnyContext(t *testing.T) {
	for _, first := range []string{":.c:a", "a"} {
		r := newRig(t)
		for _, subject := range []string{":.c:x", "x", ":.d:x", first} {
			r.source.has(t, subject)
		}
		r.source.tell(t, `POST /subjects/`+first+`/versions {"schema":"\"long\""}`)
		r.run("copy", "copy", `{}`)
		r.mirrors()
		r.hasModes(map[string]string{})
	}
}
