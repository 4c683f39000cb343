package steps

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/srmigrate/srmigrate/internal/registry"
	"github.com/srmigrate/srmigrate/internal/sandbox"
)

// exporterSpecs are exporters of every kind.
var exporterSpecs = map[string]string{
	"mirror":        `"contextType":"NONE","subjects":[":*:"]`,
	"default":       `"contextType":"DEFAULT","subjects":[":*:"]`,
	"custom":        `"contextType":"CUSTOM","context":"c","subjects":[":*:"]`,
	"auto":          `"contextType":"AUTO","subjects":[":*:"]`,
	"one context":   `"contextType":"NONE","subjects":[":.a:*"]`,
	"named":         `"contextType":"NONE","subjects":["x",":.b:y","later"]`,
	"named, custom": `"contextType":"CUSTOM","context":":.c:","subjects":["x",":.b:y"]`,
	"named, auto":   `"contextType":"AUTO","subjects":["x","later"]`,
	"prefix":        `"contextType":"NONE","subjects":["x*"]`,
	"renamed":       `"contextType":"NONE","subjects":["*"],"subjectRenameFormat":"pre-${subject}-post"`,
	"literal":       `"contextType":"NONE","subjects":["x"],"subjectRenameFormat":"other"`,
}

// targetsBefore are targets an exporter may meet.
var targetsBefore = map[string][]string{
	"empty":            nil,
	"default READONLY": {`PUT /mode {"mode":"READONLY"}`},
	"modes set": {
		`PUT /mode/:.a: {"mode":"READONLY"}`, `PUT /mode/x {"mode":"READWRITE"}`, `PUT /mode/mine {"mode":"READONLY"}`,
		`PUT /mode/:.c: {"mode":"READWRITE"}`,
	},
	"configs set": {
		`PUT /config {"compatibility":"FORWARD"}`, `PUT /config/x {"compatibility":"NONE","normalize":true}`,
		`PUT /config/:.a: {"compatibility":"BACKWARD_TRANSITIVE"}`, `PUT /config/mine {"compatibility":"FULL"}`,
	},
}

func exporterParams(spec string) string { return `{"exporter":"e",` + spec + `}` }

// filled gives the source subjects and configs of every kind, and the target one subject of its own.
func filled(t *testing.T, before []string, change ...func(*sandbox.Options)) *rig {
	t.Helper()
	r := newRig(t, change...)
	r.source.has(t, "x", "xx", ":.a:x", ":.b:y")
	for _, q := range []string{
		`PUT /config {"compatibility":"FULL"}`, `PUT /config/x {"compatibility":"FORWARD"}`,
		`PUT /config/:.a: {"compatibility":"NONE","normalize":true}`, `PUT /config/:.b:y {"compatibility":"FULL_TRANSITIVE"}`,
	} {
		r.source.tell(t, q)
	}
	r.target.has(t, "mine")
	for _, q := range before {
		r.target.tell(t, q)
	}
	return r
}

// copied waits until the exporter has nothing left to do, or cannot go on: a READWRITE subject does not let it write.
func (r *rig) copied(name string) {
	r.t.Helper()
	steady, last := 0, ""
	var s registry.Status
	var err error
	defer func() {
		if r.t.Failed() {
			r.t.Log(s, err)
		}
	}()
	within(r.t, "the copy", func() bool {
		s, err = r.source.client.ExporterStatus(r.t.Context(), name)
		now := fmt.Sprint(s, r.target.settings(), len(r.target.Snapshot().Versions))
		if err == nil && (s.State == "RUNNING" || s.Trace != "") && now == last {
			steady++
		} else {
			steady = 0
		}
		last = now
		return steady > 5
	})
}

// Each exporter on each target, finished and undone: exporters, modes and configs are as before.
func TestExporterLeavesNothingButCopies(t *testing.T) {
	for name, spec := range exporterSpecs {
		for before, requests := range targetsBefore {
			t.Run(name+" to "+before, func(t *testing.T) {
				t.Parallel()
				r := filled(t, requests)
				want := r.source.settings() + r.target.settings()
				s := r.run("start", "createExporter", exporterParams(spec))
				r.copied("e")
				r.undo("start", s)
				if diff := cmp.Diff(want, r.source.settings()+r.target.settings()); diff != "" {
					t.Errorf("-want +got\n%s\nwrites: %q %q\n%s", diff, r.source.written(), r.target.written(), r.warnings())
				}
				if r.warnings() != "" {
					t.Errorf("warnings: %s", r.warnings())
				}
			})
		}
	}
}

// Killed before and after each write of Do, and of each step of the undo.
func TestExporterBearsKills(t *testing.T) {
	for _, name := range []string{"mirror", "default", "named, auto", "auto"} {
		for _, at := range []int{-1, 0, 1, 2} {
			for n, more := 1, true; more; n++ {
				more = exporterAfterKill(t, exporterSpecs[name], at, n, false)
				more = exporterAfterKill(t, exporterSpecs[name], at, n, true) || more
			}
		}
	}
}

// exporterAfterKill kills Do (at -1) or one step of the undo; false when that has fewer writes than n.
func exporterAfterKill(t *testing.T, spec string, at, n int, handled bool) (more bool) {
	t.Helper()
	before := append(targetsBefore["configs set"], `PUT /mode/:.a: {"mode":"READONLY"}`, `PUT /mode/mine {"mode":"READONLY"}`, `PUT /mode/:.b: {"mode":"READWRITE"}`)
	r := filled(t, before)
	want := r.source.settings() + r.target.settings()
	s := r.begin("start", "createExporter", exporterParams(spec))
	if at < 0 {
		more = r.killed(n, handled, func(ctx context.Context) { _, _ = r.do(ctx, "start", s) })
		if st, err := s.Probe(t.Context(), r.env("start")); more && (err != nil || (st.Left == Done) != handled) {
			t.Errorf("a create cut short, handled %v: %+v, %v", handled, st, err)
		}
	}
	if !more || handled {
		if _, err := r.do(t.Context(), "start", s); err != nil {
			t.Errorf("again: %v", err)
		}
		r.copied("e")
	}
	for i, u := range s.(Undoer).Undo("start") {
		if i > at {
			break
		}
		id := fmt.Sprintf("start.early-%d", i)
		back := r.begin(id, u.Type, string(u.Params))
		do := func(ctx context.Context) {
			if _, err := back.Do(ctx, r.env(id)); err != nil && i < at {
				t.Errorf("%s: %v", u.Type, err)
			}
		}
		if i < at {
			do(t.Context())
		} else {
			more = r.killed(n, handled, do)
		}
	}
	r.undo("start", s)
	if diff := cmp.Diff(want, r.source.settings()+r.target.settings()); diff != "" {
		t.Errorf("undo step %d, write %d, handled %v: -want +got\n%s\nwrites: %q %q\n%s", at, n, handled, diff, r.source.written(), r.target.written(), r.warnings())
	}
	return more
}

func TestExporterKeepsWhatStrangersSet(t *testing.T) {
	r := filled(t, nil)
	s := r.run("start", "createExporter", exporterParams(exporterSpecs["one context"]))
	r.copied("e")
	for _, q := range []string{
		`PUT /mode/mine?force=true {"mode":"IMPORT"}`, // not where the exporter writes
		`PUT /mode/:.a:x {"mode":"READONLY_OVERRIDE"}`,
		`PUT /config/mine {"compatibility":"FULL"}`,
	} {
		r.target.tell(t, q)
	}
	r.undo("start", s)
	modes, configs := r.target.Snapshot().Modes, r.target.Snapshot().Configs
	if len(modes) != 2 || modes["mine"] != imports || modes[":.a:x"] != "READONLY_OVERRIDE" || len(configs["mine"]) != 1 {
		t.Errorf("got %v and %v", modes, configs)
	}
	if n := strings.Count(r.warnings(), "left: "); n < 2 {
		t.Errorf("warnings: %s", r.warnings())
	}
}

func TestExporterThatWasThereBefore(t *testing.T) {
	r := filled(t, nil)
	post := fmt.Sprintf(`POST /exporters {"name":"e","contextType":"NONE","subjects":["z"],"config":{"schema.registry.url":%q}}`, r.target.url)
	r.source.tell(t, post)
	r.copied("e") // it starts by itself
	want := r.source.settings()
	s := r.begin("start", "createExporter", exporterParams(exporterSpecs["mirror"]))
	found, err := s.(Finder).Find(t.Context(), r.env("start"))
	if err != nil || len(found) != 1 || found[0].Text != "an earlier run's state may be missing: exporter e is on source already" {
		t.Errorf("found %+v, %v", found, err)
	}
	if _, err := r.do(t.Context(), "start", s); err == nil || !strings.Contains(err.Error(), "before this run") {
		t.Errorf("got %v", err)
	}
	r.undo("start", s)
	if diff := cmp.Diff(want, r.source.settings()); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestExporterOfAnotherKindUnderItsName(t *testing.T) {
	r := filled(t, nil)
	s := r.begin("start", "createExporter", exporterParams(exporterSpecs["mirror"]))
	r.source.tell(t, fmt.Sprintf(`POST /exporters {"name":"e","contextType":"DEFAULT","subjects":[":*:"],"config":{"schema.registry.url":%q}}`, r.target.url))
	_, err := r.do(t.Context(), "start", s)
	if err == nil || !strings.Contains(err.Error(), `with contextType "DEFAULT", the runbook wants "NONE"`) {
		t.Errorf("got %v", err)
	}
}

func TestExporterOntoItself(t *testing.T) {
	r := newRig(t)
	r.target = r.source
	_, err := r.step("createExporter", exporterParams(exporterSpecs["mirror"])).Do(t.Context(), r.env("start"))
	if err == nil || !strings.Contains(err.Error(), "are the same registry") {
		t.Errorf("got %v", err)
	}
}

func TestNoExporters(t *testing.T) {
	r := newRig(t)
	r.source, r.target = r.target, r.source
	_, err := r.step("createExporter", exporterParams(exporterSpecs["mirror"])).Do(t.Context(), r.env("start"))
	if err == nil || !strings.Contains(err.Error(), "the exporter extension is not loaded") || !strings.Contains(err.Error(), "password.encoder.secret") {
		t.Errorf("got %v", err)
	}
}

func TestExporterLeft(t *testing.T) {
	r := filled(t, nil)
	r.target.has(t, "x")
	s := r.run("start", "createExporter", exporterParams(`"contextType":"NONE","subjects":["x*",":.a:*"]`))
	r.copied("e")
	r.target.has(t, "stranger")
	r.undo("start", s)
	left, err := s.(Leaver).Left(t.Context(), r.env("start"))
	if err != nil || len(left) != 1 || !strings.HasPrefix(left[0].What, "2 versions of 2 subjects copied to target: :.a:x (1), xx (1)") {
		t.Errorf("got %q, %v", left, err)
	}
}

// A freeze, the pause and a restore before the copy is undone: the order of a real migration.
func TestRollbackOfAMigration(t *testing.T) {
	r := filled(t, targetsBefore["modes set"], func(o *sandbox.Options) { o.PauseLag = 300 * time.Millisecond })
	want := r.source.settings() + r.target.settings()
	start := r.run("start", "createExporter", exporterParams(exporterSpecs["mirror"]))
	r.copied("e")
	freeze := r.run("freeze", "setMode", modeSteps["freeze all"])
	pause := r.run("pause", "pause", `{"exporter":"e"}`)
	r.run("open", "restoreMode", `{"registry":"target"}`)
	if modes := r.target.Snapshot().Modes; modes["mine"] != readOnly || modes[":.a:"] != readOnly || modes["x"] != readWrite {
		t.Errorf("opened with %v", modes)
	}
	resume := r.step("resume", string(pause.(Undoer).Undo("pause")[0].Params)).(*Resume)
	del := r.step("delete", string(start.(Undoer).Undo("start")[0].Params)).(*Delete)
	if !resume.Moot(r.env("pause.undo-1"), []Step{freeze, del}) || resume.Moot(r.env("pause.undo-1"), []Step{freeze}) {
		t.Error("a resume is moot before the delete, and only then")
	}
	if got := del.Holds(r.env("start.undo-1")); len(got) != 1 || got[0] != "target" {
		t.Errorf("holds %v", got)
	}
	r.undo("pause", pause)
	r.undo("freeze", freeze)
	r.undo("start", start)
	if diff := cmp.Diff(want, r.source.settings()+r.target.settings()); diff != "" {
		t.Errorf("-want +got\n%s\n%s", diff, r.warnings())
	}
}

func TestPauseAndResumeKeepToThemselves(t *testing.T) {
	r := filled(t, nil)
	r.run("start", "createExporter", exporterParams(exporterSpecs["mirror"]))
	first := r.run("first", "pause", `{"exporter":"e"}`)
	second := r.run("second", "pause", `{"exporter":"e"}`)
	r.undo("second", second)
	state := func() string {
		s, err := r.source.client.ExporterStatus(t.Context(), "e")
		if err != nil {
			t.Fatal(err)
		}
		return s.State
	}
	if got := state(); got != paused {
		t.Errorf("a pause of a paused exporter was undone to %s", got)
	}
	r.undo("first", first)
	if got := state(); got == paused {
		t.Error("a pause was not undone")
	}
	r.run("again", "pause", `{"exporter":"e"}`)
	on := r.run("on", "resume", `{"exporter":"e"}`)
	r.undo("on", on)
	if got := state(); got != paused {
		t.Errorf("a resume was undone to %s", got)
	}
	r.run("gone", "delete", `{"exporter":"e"}`)
	r.undo("first", first)
	r.undo("on", on)
	r.run("gone-again", "delete", `{"exporter":"e"}`)
	if _, err := r.step("pause", `{"exporter":"ee"}`).Do(t.Context(), r.env("p")); err == nil || !strings.HasPrefix(err.Error(), `there is no exporter "ee" on source`) {
		t.Errorf("got %v", err)
	}
}

// A pause was sent, and the process died before it showed: an exporter that still says RUNNING is not one that goes on.
func TestAPauseThatDoesNotShowYetIsUndone(t *testing.T) {
	for _, c := range []struct{ typ, params string }{
		{"pause", `{"exporter":"e"}`},
		{"reset", `{"exporter":"e"}`},
		{"updateExporter", `{"exporter":"e","subjects":["x"]}`},
	} {
		r := there(t, `"contextType":"NONE","subjects":["y"]`, "RUNNING", func(o *sandbox.Options) { o.PauseLag = 300 * time.Millisecond })
		step := r.begin("cut", c.typ, c.params)
		r.source.tell(t, "PUT /exporters/e/pause")
		r.undo("cut", step)
		if sent := r.source.written(); !slices.Contains(sent, "PUT /exporters/e/resume") {
			t.Errorf("%s: undone by %q, and the pause is still to come", c.typ, sent)
		}
	}
}

// The server says 40963 twice although the exporter shows PAUSED.
func TestDeleteTriesAgain(t *testing.T) {
	r := filled(t, nil)
	r.run("start", "createExporter", exporterParams(exporterSpecs["mirror"]))
	refusals := 2
	r.source.faults(func(w http.ResponseWriter, q *http.Request) bool {
		if q.Method != http.MethodDelete || refusals == 0 {
			return false
		}
		refusals--
		w.WriteHeader(http.StatusConflict)
		_, _ = fmt.Fprint(w, `{"error_code":40963,"message":"must be paused first"}`)
		return true
	}, nil)
	r.run("gone", "delete", `{"exporter":"e"}`)
}

// The answer of DELETE is lost once, before and after its effect.
func TestDeleteSettlesALostAnswer(t *testing.T) {
	for _, handled := range []bool{false, true} {
		r := filled(t, nil)
		r.run("start", "createExporter", exporterParams(exporterSpecs["mirror"]))
		lost := false
		lose := func(q *http.Request) bool {
			is := q.Method == http.MethodDelete && !lost
			lost = lost || is
			return is
		}
		r.source.faults(func(_ http.ResponseWriter, q *http.Request) bool {
			if !handled && lose(q) {
				panic(http.ErrAbortHandler)
			}
			return false
		}, func(q *http.Request) bool { return handled && lose(q) })
		r.run("gone", "delete", `{"exporter":"e"}`)
	}
}

func TestConfigHidesItsSecrets(t *testing.T) {
	s := newCreate(t, `{"exporter":"e","contextType":"NONE","subjects":["*"],"config":{"basic.auth.user.info":"me:hunter2",`+
		`"basic.auth.credentials.source":"USER_INFO","schema.registry.url":"http://me:hunter2@t:8081","ssl.key.password":"hunter2"}}`)
	b, err := s.Config.MarshalJSON()
	want := `{"basic.auth.credentials.source":"USER_INFO","basic.auth.user.info":"[redacted]","schema.registry.url":"http://t:8081","ssl.key.password":"[redacted]"}`
	if err != nil || string(b) != want {
		t.Errorf("got %s, %v", b, err)
	}
	sent := s.Config.over(map[string]registry.Secret{"ssl.key.password": registry.NewSecret("other"), "more": registry.NewSecret("1")})
	if sent["ssl.key.password"].Reveal() != "hunter2" || sent["more"].Reveal() != "1" {
		t.Error("explicit config does not go over the derived one")
	}
}

func newCreate(t *testing.T, params string) *CreateExporter {
	t.Helper()
	s, err := New("createExporter", []byte(params))
	if err != nil {
		t.Fatal(err)
	}
	return s.(*CreateExporter)
}

// The server leaves the exporter paused, and has no status for it at first.
func TestExporterThatStartsPaused(t *testing.T) {
	r := filled(t, nil)
	missing := 2
	r.source.faults(func(w http.ResponseWriter, q *http.Request) bool {
		if !strings.HasSuffix(q.URL.Path, "/status") || missing == 0 {
			return false
		}
		missing--
		w.WriteHeader(http.StatusNotFound)
		_, _ = fmt.Fprint(w, `{"error_code":40450,"message":"not found"}`)
		return true
	}, func(q *http.Request) bool {
		if q.Method == http.MethodPost {
			r.source.tell(t, "PUT /exporters/e/pause")
			within(t, "the pause", func() bool { return r.source.Snapshot().Exporters[0].State == paused })
		}
		return false
	})
	r.run("start", "createExporter", exporterParams(exporterSpecs["mirror"]))
	if got := fmt.Sprint(r.source.written()); got != "[POST /exporters PUT /exporters/e/resume]" {
		t.Errorf("got %s", got)
	}
}

// A refusal whose code is not that of an exporter that exists, by a server that has made it all the same.
func TestExporterBehindAConflict(t *testing.T) {
	r := filled(t, nil)
	r.source.faults(func(w http.ResponseWriter, q *http.Request) bool {
		if q.Method != http.MethodPost {
			return false
		}
		r.source.Registry.ServeHTTP(httptest.NewRecorder(), q)
		w.WriteHeader(http.StatusConflict)
		_, _ = fmt.Fprint(w, `{"error_code":40950,"message":"whatever"}`)
		return true
	}, nil)
	r.run("start", "createExporter", exporterParams(exporterSpecs["mirror"]))
}

// A 409 with no exporter behind it is a refusal, told with the server's own words; nothing is there to undo.
func TestExporterRefused(t *testing.T) {
	for _, body := range []string{
		`{"error_code":40964,"message":"too many exporters"}`, `{"error_code":40951,"message":"bad config"}`, `{"error_code":409,"message":"no"}`,
	} {
		r := filled(t, nil)
		r.source.faults(refusing(http.MethodPost, "/exporters", http.StatusConflict, body), nil)
		s := r.begin("start", "createExporter", exporterParams(exporterSpecs["mirror"]))
		_, err := r.do(t.Context(), "start", s)
		if err == nil || !strings.HasPrefix(err.Error(), `source does not take exporter "e": `) || !strings.Contains(err.Error(), strings.Split(body, `"`)[5]) {
			t.Errorf("%s: got %v", body, err)
		}
		if got := fmt.Sprint(r.source.written()); got != "[POST /exporters]" {
			t.Errorf("%s: wrote %s", body, got)
		}
		r.undo("start", s)
	}
}

// refusing answers every request of a kind with a refusal.
func refusing(method, path string, status int, body string) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, q *http.Request) bool {
		if q.Method != method || q.URL.Path != path {
			return false
		}
		w.WriteHeader(status)
		_, _ = fmt.Fprint(w, body)
		return true
	}
}

// Resuming one that runs, or is about to, is no failure: the status tells.
func TestResumeOfOneThatRuns(t *testing.T) {
	for _, code := range []int{40961, 40962, 409} {
		r := filled(t, nil)
		r.run("start", "createExporter", exporterParams(exporterSpecs["mirror"]))
		r.run("rest", "pause", `{"exporter":"e"}`)
		refuse := refusing(http.MethodPut, "/exporters/e/resume", http.StatusConflict, fmt.Sprintf(`{"error_code":%d,"message":"already"}`, code))
		r.source.faults(func(w http.ResponseWriter, q *http.Request) bool {
			if q.Method == http.MethodPut {
				r.source.tell(t, "PUT /exporters/e/resume") // somebody else was quicker
			}
			return refuse(w, q)
		}, nil)
		r.run("on", "resume", `{"exporter":"e"}`)
	}
}

func TestRestoreWaitsForTheExporter(t *testing.T) {
	r := filled(t, nil)
	r.run("start", "createExporter", exporterParams(exporterSpecs["mirror"]))
	for _, typ := range []string{"restoreMode", "restoreCompatibility"} {
		_, err := r.step(typ, `{"registry":"target"}`).Do(t.Context(), r.env("back"))
		if err == nil || !strings.Contains(err.Error(), "put a pause or delete of it before this step") {
			t.Errorf("%s: got %v", typ, err)
		}
	}
}

func TestByHand(t *testing.T) {
	r := filled(t, targetsBefore["configs set"])
	r.target.tell(t, `PUT /mode/:.b:y {"mode":"READWRITE"}`)
	s := r.run("start", "createExporter", exporterParams(`"contextType":"NONE","subjects":[":.b:y"]`))
	r.copied("e")
	var got []string
	for i, u := range s.(Undoer).Undo("start") {
		env := r.env(fmt.Sprint("undo-", i))
		got = append(got, r.step(u.Type, string(u.Params)).(ByHander).ByHand(t.Context(), env)...)
	}
	want := []string{
		"curl -X PUT SOURCE/exporters/e/pause",
		"curl -X DELETE SOURCE/exporters/e",
		"curl -X DELETE TARGET/config/:.b:y",
		`curl -X PUT -H 'Content-Type: application/json' -d '{"mode":"READWRITE"}' TARGET/mode/:.b:y`,
	}
	text := strings.NewReplacer(r.source.url, "SOURCE", r.target.url, "TARGET").Replace(strings.Join(got, "\n"))
	if diff := cmp.Diff(want, strings.Split(text, "\n")); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestCheckOfExporterSteps(t *testing.T) {
	start := newCreate(t, exporterParams(exporterSpecs["mirror"]))
	freeze := &SetMode{Registry: "source", Mode: readOnly}
	scope := Scope{
		Registries: []string{"source", "target"},
		Before:     []Declared{{ID: "start", Step: start}, {ID: "freeze", Step: freeze}, {ID: "rest", Step: &Pause{Exporter: "e"}}},
	}
	for _, c := range []struct{ typ, params, want string }{
		{"createExporter", `{"exporter":"e","contextType":"NONE","subjects":["*"],"target":"traget"}`, `/target: registry "traget" is not declared; did you mean "target"?`},
		{"createExporter", `{"exporter":"e","contextType":"NONE","subjects":["*"],"target":"source"}`, `/target: source and target are both "source"; an exporter needs two registries`},
		{"createExporter", `{"exporter":"e","contextType":"CUSTOM","subjects":["*"]}`, `/contextType: contextType CUSTOM needs context: the one on the target that is put in front`},
		{"createExporter", `{"exporter":"e","contextType":"NONE","context":"a","subjects":["*"]}`, `/context: context goes with contextType CUSTOM only; leave it out, or write CUSTOM instead of NONE`},
		{"createExporter", `{"exporter":"e","contextType":"CUSTOM","context":":.:","subjects":["*"]}`, `/context: the default context cannot be put in front; contextType NONE keeps contexts as they are, DEFAULT moves all into the default one`},
		{"createExporter", `{"exporter":"e","contextType":"NONE","subjects":["*"],"config":{"basic.auth.user.info":"[hidden]"}}`, `/config/basic.auth.user.info: basic.auth.user.info is what a server shows in place of a secret; write the secret itself, with env or file`},
		{"setMode", `{"registry":"other","mode":"READONLY"}`, `/registry: registry "other" is not declared; there is source, target`},
		{"restoreMode", `{"registry":"source","step":"freze"}`, `/step: "freze" is no earlier step that changes modes on source; did you mean "freeze"?`},
		{"restoreMode", `{"registry":"target","step":"freeze"}`, `/step: "freeze" is no earlier step that changes modes on target; there is start`},
		{"restoreMode", `{"registry":"target","step":"start"}`, ``},
		{"restoreCompatibility", `{"registry":"source","step":"start"}`, `/step: "start" is no earlier step that changes compatibility settings on source; there is none`},
		{"resume", `{"exporter":"e","step":"rest"}`, ``},
		{"resume", `{"exporter":"f","step":"rest"}`, `/step: "rest" is no earlier step that pauses exporter f on source; there is none`},
		{"delete", `{"exporter":"e","step":"start"}`, ``},
		{"pause", `{"exporter":"e","registry":"nowhere"}`, `/registry: registry "nowhere" is not declared; there is source, target`},
	} {
		s, err := New(c.typ, []byte(c.params))
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, p := range s.(Checker).Check(scope) {
			got += p.Path + ": " + p.Message
		}
		if got != c.want {
			t.Errorf("%s %s: got\n%s\nwant\n%s", c.typ, c.params, got, c.want)
		}
	}
}
