package steps

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/srmigrate/srmigrate/internal/registry"
	"github.com/srmigrate/srmigrate/internal/sandbox"
)

// there is a source with an exporter e that somebody has made, running or not.
func there(t *testing.T, spec, state string, change ...func(*sandbox.Options)) *rig {
	t.Helper()
	r := filled(t, nil, change...)
	r.source.tell(t, fmt.Sprintf(`POST /exporters {"name":"e",%s,"config":{"schema.registry.url":%q,"basic.auth.user.info":"me:old"}}`, spec, r.target.url))
	r.copied("e")
	if state == paused {
		r.source.tell(t, "PUT /exporters/e/pause")
		within(t, "the pause", func() bool { return r.state() == paused })
	}
	return r
}

func (r *rig) state() string {
	r.t.Helper()
	s, err := r.source.client.ExporterStatus(r.t.Context(), "e")
	if err != nil {
		r.t.Fatal(err)
	}
	return s.State
}

// exporter is all that is seen of e but where it stands.
func (r *rig) exporter() string {
	r.t.Helper()
	e, err := r.source.client.Exporter(r.t.Context(), "e")
	if err != nil {
		r.t.Fatal(err)
	}
	return fmt.Sprintf("%+v, paused %v", specOf(e), r.state() == paused)
}

var exporterChanges = map[string]struct{ typ, params string }{
	"reset":             {"reset", `{"exporter":"e"}`},
	"subjects":          {"updateExporter", `{"exporter":"e","subjects":["x"]}`},
	"subjects, reset":   {"updateExporter", `{"exporter":"e","subjects":["x"],"reset":true}`},
	"everything":        {"updateExporter", `{"exporter":"e","subjects":[":.a:*"],"contextType":"CUSTOM","context":"c","subjectRenameFormat":"p-${subject}"}`},
	"back to no rename": {"updateExporter", `{"exporter":"e","subjectRenameFormat":"${subject}","contextType":"DEFAULT"}`},
	"only a reset":      {"updateExporter", `{"exporter":"e","reset":true}`},
	"nothing new":       {"updateExporter", `{"exporter":"e","contextType":"NONE"}`},
	"adopted":           {"createExporter", exporterParams(`"contextType":"NONE","subjects":[":*:"],"ifExists":"adopt"`)},
	"updated":           {"createExporter", exporterParams(`"contextType":"CUSTOM","context":"d","subjects":["x"],"ifExists":"update"`)},
	"found as wanted":   {"createExporter", exporterParams(`"contextType":"NONE","subjects":[":*:"],"ifExists":"update"`)},
}

// Each change of a running and of a standing exporter, done and undone, and cut short around each write of either.
func TestExporterIsChangedAndBack(t *testing.T) {
	for name, c := range exporterChanges {
		for _, state := range []string{"RUNNING", paused} {
			t.Run(name+" of a "+state, func(t *testing.T) {
				t.Parallel()
				wants := map[bool]string{}
				for _, undoing := range []bool{false, true} {
					for n, more := 0, true; more; n++ {
						more = changeAfterKill(t, c.typ, c.params, state, n, undoing, false, wants)
						more = changeAfterKill(t, c.typ, c.params, state, n, undoing, true, wants) || more
					}
				}
			})
		}
	}
}

// changeAfterKill kills the change, or its undo, around the n-th write; false when there are fewer writes than n.
func changeAfterKill(t *testing.T, typ, params, state string, n int, undoing, handled bool, wants map[bool]string) (more bool) {
	t.Helper()
	r := there(t, `"contextType":"NONE","subjects":[":*:"]`, state)
	before, settings := r.exporter(), r.target.settings()
	s := r.begin("change", typ, params)
	do := func(ctx context.Context) { _, _ = r.do(ctx, "change", s) }
	if !undoing {
		more = r.killed(n, handled, do) || n == 0
	}
	if st, err := s.Probe(t.Context(), r.env("change")); err != nil {
		t.Errorf("%+v, %v", st, err)
	} else if st.Left != Done {
		if _, err := r.do(t.Context(), "change", s); err != nil {
			t.Fatalf("write %d, handled %v: %v", n, handled, err)
		}
	}
	r.isDone("change", s)
	changed := r.exporter()
	if wants[true] == "" {
		wants[true] = changed
	}
	if changed != wants[true] {
		t.Errorf("write %d, handled %v: got %s, want %s", n, handled, changed, wants[true])
	}
	if resets := r.count("PUT /exporters/e/reset"); resets > 2 || resets > 1 && handled {
		t.Errorf("write %d, handled %v: reset %d times", n, handled, resets)
	}
	if r.undoing = ""; undoing {
		r.undoing = "change"
		for i, u := range s.(Undoer).Undo("change") {
			id := fmt.Sprintf("change.early-%d", i)
			back := r.begin(id, u.Type, string(u.Params))
			if st, err := back.Probe(t.Context(), r.env(id)); err != nil || st.Left == Done {
				continue
			}
			more = r.killed(n, handled, func(ctx context.Context) { _, _ = r.do(ctx, id, back) }) || n == 0
			break
		}
	}
	r.undo("change", s)
	if r.exporter() != before {
		t.Errorf("write %d, handled %v, undoing %v: got %s, want %s", n, handled, undoing, r.exporter(), before)
	}
	if typ == "createExporter" {
		if diff := cmp.Diff(settings, r.target.settings()); diff != "" {
			t.Errorf("target: -want +got\n%s", diff)
		}
	}
	return more
}

func (r *rig) count(request string) (n int) {
	for _, w := range r.source.written() {
		if w == request {
			n++
		}
	}
	return n
}

// A reset copies once more what somebody deleted.
func TestResetCopiesAgain(t *testing.T) {
	r := there(t, `"contextType":"NONE","subjects":[":*:"]`, "RUNNING")
	r.target.tell(t, "DELETE /subjects/xx")
	r.target.tell(t, "DELETE /subjects/xx?permanent=true")
	r.run("again", "reset", `{"exporter":"e"}`)
	within(t, "the copy", func() bool {
		vs, err := r.target.client.Versions(t.Context(), "xx", false)
		return err == nil && len(vs) == 1
	})
}

// The server says 40963 twice although the exporter shows PAUSED.
func TestChangeTriesAgain(t *testing.T) {
	r := there(t, `"contextType":"NONE","subjects":[":*:"]`, "RUNNING", func(o *sandbox.Options) { o.PauseLag = 200 * time.Millisecond })
	refusals := 2
	r.source.faults(func(w http.ResponseWriter, q *http.Request) bool {
		if !strings.HasSuffix(q.URL.Path, "/reset") || refusals == 0 {
			return false
		}
		refusals--
		w.WriteHeader(http.StatusConflict)
		_, _ = fmt.Fprint(w, `{"error_code":40963,"message":"must be paused first"}`)
		return true
	}, nil)
	r.run("again", "reset", `{"exporter":"e"}`)
	if r.state() == paused {
		t.Error("it stands")
	}
}

// A change that the server refuses leaves the exporter standing; the undo lets it go on.
func TestChangeRefused(t *testing.T) {
	r := there(t, `"contextType":"NONE","subjects":[":*:"]`, "RUNNING")
	before := r.exporter()
	s := r.begin("change", "updateExporter", `{"exporter":"e","subjects":[":bad"]}`)
	if _, err := r.do(t.Context(), "change", s); err == nil || !strings.Contains(err.Error(), "40952") {
		t.Errorf("got %v", err)
	}
	r.undo("change", s)
	if r.exporter() != before {
		t.Errorf("got %s", r.exporter())
	}
}

// What somebody else has changed since is left alone.
func TestUpdateKeepsWhatStrangersSet(t *testing.T) {
	r := there(t, `"contextType":"NONE","subjects":[":*:"]`, paused)
	s := r.run("change", "updateExporter", `{"exporter":"e","subjects":["x"],"subjectRenameFormat":"a-${subject}"}`)
	r.source.tell(t, `PUT /exporters/e {"subjects":["y"]}`)
	r.undo("change", s)
	e, err := r.source.client.Exporter(t.Context(), "e")
	if err != nil || fmt.Sprint(e.Subjects) != "[y]" || e.SubjectRenameFormat != "${subject}" {
		t.Errorf("got %+v, %v", e, err)
	}
	if !strings.Contains(r.warnings(), "left: subjects is y, set by somebody else since; it was :*:") {
		t.Errorf("warnings: %s", r.warnings())
	}
	left, err := s.(Leaver).Left(t.Context(), r.env("change"))
	if err != nil || len(left) != 1 || !strings.Contains(left[0].What, "the offset of exporter e") {
		t.Errorf("left %+v, %v", left, err)
	}
}

// puts keeps what the source was sent.
func (r *rig) puts() *[]string {
	var bodies []string
	r.source.faults(func(_ http.ResponseWriter, q *http.Request) bool {
		if q.Method == http.MethodPut && q.URL.Path == "/exporters/e" {
			b, _ := io.ReadAll(q.Body)
			q.Body = io.NopCloser(bytes.NewReader(b))
			bodies = append(bodies, string(b))
		}
		return false
	}, nil)
	return &bodies
}

func TestUpdateOfTheConfig(t *testing.T) {
	for _, c := range []struct{ name, params, want, err string }{
		{"not asked for", `"subjects":["x"]`, `no config`, ""},
		{"a hidden value", `"config":{"max.retries":"3"}`, "", `has basic.auth.user.info, which source does not show`},
		{"the hidden value given", `"config":{"max.retries":"3","basic.auth.user.info":"me:new"}`, "basic.auth.user.info=me:new max.retries=3 schema.registry.url=URL", ""},
		{"from the target", `"target":"target","config":{"max.retries":"3"}`, "max.retries=3 schema.registry.url=URL", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := there(t, `"contextType":"NONE","subjects":[":*:"]`, "RUNNING")
			bodies := r.puts()
			s := r.begin("change", "updateExporter", `{"exporter":"e",`+c.params+`}`)
			_, err := r.do(t.Context(), "change", s)
			if c.err != "" {
				if err == nil || !strings.Contains(err.Error(), c.err) || len(*bodies) > 0 || r.state() == paused {
					t.Errorf("got %v, sent %q", err, *bodies)
				}
				return
			}
			if err != nil || len(*bodies) != 1 || configOf(t, (*bodies)[0], r.target.url) != c.want {
				t.Errorf("got %v, sent %q", err, *bodies)
			}
			r.isDone("change", s)
			for name, b := range r.files {
				if strings.Contains(string(b), "me:") {
					t.Errorf("%s has a secret: %s", name, b)
				}
			}
		})
	}
}

// configOf is the config in a body, with the target's address taken out.
func configOf(t *testing.T, body, url string) string {
	t.Helper()
	var got struct{ Config map[string]string }
	if err := json.Unmarshal([]byte(body), &got); err != nil {
		t.Fatal(err)
	}
	var pairs []string
	for _, k := range slices.Sorted(maps.Keys(got.Config)) {
		pairs = append(pairs, k+"="+strings.ReplaceAll(got.Config[k], url, "URL"))
	}
	return or(strings.Join(pairs, " "), "no config")
}

func TestConfigThatServersHide(t *testing.T) {
	for v, want := range map[string]bool{
		"[hidden]": true, "***": true, "*": true, "http://me:***@host": true, "[redacted]": true,
		"": false, "hunter2": false, "http://host": false, "a*b": false,
	} {
		if isHidden(v) != want {
			t.Errorf("%q: want %v", v, want)
		}
	}
	if len(differs(map[string]registry.Secret{"a": registry.NewSecret("b")}, nil)) != 0 {
		t.Error("what a server does not show is no difference")
	}
}

func TestExporterTakenOver(t *testing.T) {
	r := there(t, `"contextType":"NONE","subjects":["x"]`, "RUNNING")
	for _, c := range []struct{ params, want string }{
		{`"contextType":"NONE","subjects":[":*:"],"ifExists":"adopt"`, `with subjects "x", the runbook wants ":*:"; adopt takes over only what is the same`},
		{`"contextType":"NONE","subjects":["x"],"subjectRenameFormat":"a-${subject}","ifExists":"adopt"`, `with subjectRenameFormat "${subject}", the runbook wants "a-${subject}"`},
		{`"contextType":"NONE","subjects":[":*:"],"ifExists":"update","config":{"schema.registry.url":"http://elsewhere"}`, `another schema.registry.url in its config than the runbook wants; ifExists: update leaves the config alone`},
		{`"contextType":"NONE","subjects":["x"],"ifExists":"adopt"`, ""},
		{`"contextType":"NONE","subjects":[":*:"],"ifExists":"update"`, ""},
	} {
		s := r.step("createExporter", exporterParams(c.params))
		found, err := s.(Finder).Find(t.Context(), r.env("start"))
		if len(found) > 0 || (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: found %v, %v", c.params, found, err)
		}
	}
	s := r.run("start", "createExporter", exporterParams(`"contextType":"NONE","subjects":["x"],"ifExists":"adopt"`))
	if n := len(r.source.written()); n > 0 {
		t.Errorf("wrote %q", r.source.written())
	}
	if out := r.isDone("start", s).Outputs; out["created"] != false {
		t.Errorf("got %v", out)
	}
	r.undo("start", s)
	r.source.tell(t, "PUT /exporters/e/pause")
	within(t, "the pause", func() bool { return r.state() == paused })
	r.source.tell(t, "DELETE /exporters/e")
	if _, err := s.Do(t.Context(), r.env("start")); err == nil || !strings.Contains(err.Error(), "is gone since") {
		t.Errorf("got %v", err)
	}
}

// The run's own exporter, changed by a later step: modes and configs that it sets by its new spec come back too.
func TestOwnExporterChanged(t *testing.T) {
	r := filled(t, targetsBefore["configs set"])
	want := r.source.settings() + r.target.settings()
	start := r.run("start", "createExporter", exporterParams(exporterSpecs["one context"]))
	r.copied("e")
	change := r.run("change", "updateExporter", `{"exporter":"e","subjects":[":.b:*","x"],"contextType":"CUSTOM","context":"n","reset":true}`)
	r.copied("e")
	del := r.step("delete", string(start.(Undoer).Undo("start")[0].Params)).(*Delete)
	back := r.step("updateExporter", string(change.(Undoer).Undo("change")[0].Params)).(*UpdateExporter)
	if !back.Moot(r.env("change.undo-1"), []Step{del}) {
		t.Error("putting back what is deleted next is moot")
	}
	r.undo("change", change)
	r.undo("start", start)
	if diff := cmp.Diff(want, r.source.settings()+r.target.settings()); diff != "" {
		t.Errorf("-want +got\n%s\n%s", diff, r.warnings())
	}
}

func TestCheckOfExporterChanges(t *testing.T) {
	fields := newStep(t, "updateExporter", `{"exporter":"e","subjects":["x"]}`)
	config := newStep(t, "updateExporter", `{"exporter":"e","target":"target"}`)
	start := newCreate(t, exporterParams(exporterSpecs["mirror"]))
	scope := Scope{
		Registries: []string{"source", "target"},
		Before:     []Declared{{ID: "start", Step: start}, {ID: "fields", Step: fields}, {ID: "config", Step: config}},
	}
	for _, c := range []struct{ typ, params, want string }{
		{"updateExporter", `{"exporter":"e"}`, `: there is nothing to change: give subjects, contextType, a rename format, config, target or reset`},
		{"updateExporter", `{"exporter":"e","context":"a"}`, `/context: context goes with contextType CUSTOM only; leave it out, or write CUSTOM beside it`},
		{"updateExporter", `{"exporter":"e","target":"source"}`, `/target: target and registry are both "source"; an exporter needs two registries`},
		{"updateExporter", `{"exporter":"e","config":{"a":"[hidden]"}}`, `/config/a: a is what a server shows in place of a secret; write the secret itself, with env or file`},
		{"updateExporter", `{"exporter":"e","step":"fields"}`, ``},
		{"updateExporter", `{"exporter":"e","step":"fields","subjects":["y"]}`, `/subjects: subjects is put back as step fields found it; leave it out, or leave out step`},
		{"updateExporter", `{"exporter":"e","step":"start"}`, `/step: "start" is no earlier step that changes exporter e on source; there is fields, config`},
		{"updateExporter", `{"exporter":"e","step":"config","config":{"a":"b"}}`, ``},
		{"reset", `{"exporter":"e","step":"fields"}`, ``},
		{"reset", `{"exporter":"e","step":"start"}`, `/step: "start" is no earlier step that changes exporter e on source; there is fields, config`},
		{"deleteCopies", `{"registry":"target","step":"start"}`, ``},
		{"deleteCopies", `{"registry":"source","step":"start"}`, `/step: "start" is no earlier step that copies to source; there is none`},
	} {
		if got := checked(newStep(t, c.typ, c.params), scope); got != c.want {
			t.Errorf("%s %s: got\n%s\nwant\n%s", c.typ, c.params, got, c.want)
		}
	}
	undo := config.(Undoer).Undo("config")[0]
	if got := checked(newStep(t, undo.Type, string(undo.Params)), scope); !strings.Contains(got, "so it cannot be undone by itself") {
		t.Errorf("got %s", got)
	}
}

func checked(s Step, scope Scope) string {
	got := ""
	for _, p := range s.(Checker).Check(scope) {
		got += p.Path + ": " + p.Message
	}
	return got
}

func newStep(t *testing.T, typ, params string) Step {
	t.Helper()
	s, err := New(typ, []byte(params))
	if err != nil {
		t.Fatal(err)
	}
	return s
}
