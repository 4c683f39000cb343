package steps

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/srmigrate/srmigrate/internal/sandbox"
)

// guided makes both registries such that speak the guide's dialect.
func guided(o *sandbox.Options) { o.Profile = sandbox.ProfileGuide }

func speakGuide(r *rig) {
	r.dialects = map[string]string{"source": "guide", "target": "guide"}
}

// Killed anywhere, then finished or not, and undone with a kill again: modes are as before in the guide's dialect too.
func TestModesComeBackInGuideDialect(t *testing.T) {
	for _, before := range []string{"nothing set", "default READONLY", "context READWRITE", "subject READWRITE", "all IMPORT"} {
		for _, step := range []string{"freeze", "freeze all", "open", "open all", "import", "import all", "inherit", "freeze context all"} {
			t.Run(step+" over "+before, func(t *testing.T) {
				t.Parallel()
				comeBack(t, modesBeforeFreeze[before], modeSteps[step], speakGuide, guided)
			})
		}
	}
}

// What a step writes, and what is in force afterwards.
func TestSetModeInGuideDialect(t *testing.T) {
	for _, c := range []struct{ step, describe, will, writes, warning string }{
		{
			"freeze", "set mode READONLY on every context of source; contexts and subjects with a mode of their own keep it",
			"mode READONLY on every context but 1 with a mode of its own", "[PUT /mode]", "own mode READWRITE stays on context .a of source\n",
		},
		{
			"freeze all", "set mode READONLY on every context and subject of source",
			"mode READONLY on 3 contexts and 4 subjects, 2 places to set", "[PUT /mode PUT /mode/:.a:]", "",
		},
		{
			"freeze context", "set mode READONLY on context .a of source; subjects with a mode of their own keep it",
			"mode READONLY on context .a", "[PUT /mode/:.a:]", "",
		},
	} {
		r := newRig(t, guided)
		speakGuide(r)
		r.source.has(t, "x", "z", ":.a:x", ":.b:y")
		r.source.tell(t, `PUT /mode/:.a: {"mode":"READWRITE"}`)
		s := r.begin("m", "setMode", modeSteps[c.step])
		if problems := s.(Checker).Check(Scope{Registries: []string{"source"}, Dialects: r.dialects}); len(problems) > 0 {
			t.Error(problems)
		}
		if got := s.Describe(); got != c.describe {
			t.Errorf("%s: describes %q, want %q", c.step, got, c.describe)
		}
		if st, err := s.Probe(t.Context(), r.env("m")); st.Will != c.will || err != nil {
			t.Errorf("%s: will %q, %v, want %q", c.step, st.Will, err, c.will)
		}
		if _, err := r.do(t.Context(), "m", s); err != nil {
			t.Fatal(err)
		}
		r.isDone("m", s)
		if got := fmt.Sprint(r.source.written()); got != c.writes || r.warnings() != c.warning {
			t.Errorf("%s: wrote %s, warned %q", c.step, got, r.warnings())
		}
	}
}

// Each exporter of the guide's dialect, finished and undone: exporters, modes and configs are as before, an IMPORT that
// the operator has set included.
func TestExporterInGuideDialect(t *testing.T) {
	for _, spec := range []string{
		`"contextType":"AUTO","subjects":["*"]`,
		`"contextType":"NONE","subjects":["x","xx"]`,
		`"contextType":"CUSTOM","context":":.c:","subjects":[":.a:*"]`,
	} {
		for name, before := range map[string][]string{
			"IMPORT":                       {`PUT /mode {"mode":"IMPORT"}`},
			"IMPORT, a subject of its own": {`PUT /mode {"mode":"IMPORT"}`, `PUT /mode/mine {"mode":"READONLY"}`, `PUT /config/x {"compatibility":"NONE"}`},
		} {
			t.Run(spec+" to "+name, func(t *testing.T) {
				t.Parallel()
				r := filled(t, before, guided)
				speakGuide(r)
				want := r.source.settings() + r.target.settings()
				s := r.run("start", "createExporter", exporterParams(spec))
				r.copied("e")
				if n := len(r.target.Snapshot().Versions); n < 2 {
					t.Errorf("%d versions on the target", n)
				}
				r.undo("start", s)
				if diff := cmp.Diff(want, r.source.settings()+r.target.settings()); diff != "" || r.warnings() != "" {
					t.Errorf("-want +got\n%s\n%s", diff, r.warnings())
				}
			})
		}
	}
}

// An IMPORT that somebody sets while the run is at work is theirs: the exporter of this dialect never sets it.
func TestImportIsTheOperatorsInGuideDialect(t *testing.T) {
	r := filled(t, nil, guided)
	speakGuide(r)
	s := r.run("start", "createExporter", exporterParams(`"contextType":"AUTO","subjects":["*"]`))
	r.target.tell(t, `PUT /mode {"mode":"IMPORT"}`)
	r.undo("start", s)
	if got := r.target.Snapshot().Modes[""]; got != imports {
		t.Errorf("mode is %q", got)
	}
	st := r.isDone("back", r.step("restoreMode", `{"registry":"target"}`))
	if want := "modes of target are as before; 1 left alone, set by somebody else since"; st.Outputs.Text() != want {
		t.Errorf("got %q, want %q", st.Outputs.Text(), want)
	}
}

// IMPORT before the run is an error where the exporter sets it by itself, and a need where it does not; a setMode step
// that stands before explains it.
func TestFindingsAboutImport(t *testing.T) {
	open := func(params string, dialects map[string]string) Declared {
		s, err := New("setMode", json.RawMessage(params))
		if err != nil {
			t.Fatal(err)
		}
		s.(*SetMode).Check(Scope{Registries: []string{"target"}, Dialects: dialects})
		return Declared{ID: "open", Step: s}
	}
	for _, c := range []struct{ dialect, mode, step, want string }{
		{"confluent", "READWRITE", ``, ""},
		{"confluent", "IMPORT", ``, "SRM001"},
		{"confluent", "IMPORT", `{"registry":"target","mode":"IMPORT"}`, ""},
		{"confluent", "IMPORT", `{"registry":"target","mode":"IMPORT","context":".a"}`, "SRM001"},
		{"confluent", "IMPORT", `{"registry":"source","mode":"IMPORT"}`, "SRM001"},
		{"guide", "READWRITE", ``, "SRM020"},
		{"guide", "IMPORT", ``, ""},
		{"guide", "READWRITE", `{"registry":"target","mode":"IMPORT"}`, ""},
		{"guide", "READWRITE", `{"registry":"target","mode":"READONLY"}`, "SRM020"},
		{"guide", "READWRITE", `{"registry":"target","mode":"IMPORT","context":".a"}`, "SRM020"},
		{"guide", "READONLY", ``, "SRM020"},
	} {
		r := newRig(t, func(o *sandbox.Options) {
			if c.dialect == "guide" {
				guided(o)
			}
		})
		r.dialects = map[string]string{"source": c.dialect, "target": c.dialect}
		r.source.has(t, "x", ":.a:x")
		r.target.tell(t, `PUT /mode {"mode":"`+c.mode+`"}`)
		contextType, subjects := "NONE", ":*:"
		if c.dialect == "guide" {
			contextType, subjects = "AUTO", "*"
		}
		s := newCreate(t, exporterParams(fmt.Sprintf(`"contextType":%q,"subjects":[%q]`, contextType, subjects)))
		scope := Scope{Registries: []string{"source", "target"}, Dialects: r.dialects}
		if c.step != "" {
			scope.Before = []Declared{open(c.step, r.dialects)}
		}
		if problems := s.Check(scope); len(problems) > 0 {
			t.Error(problems)
		}
		found, err := s.Find(t.Context(), r.env("start"))
		if got := codes(found); got != c.want || err != nil {
			t.Errorf("%+v: got %+v, %v", c, found, err)
		}
	}
}

// A run has opened the target again; undoing the exporter's step does not bring back an IMPORT that was set before it.
func TestUndoDoesNotGoForward(t *testing.T) {
	for _, dialect := range []string{"confluent", "guide"} {
		r := newRig(t, func(o *sandbox.Options) {
			if dialect == "guide" {
				guided(o)
			}
		})
		r.dialects = map[string]string{"source": dialect, "target": dialect}
		r.source.has(t, "x")
		r.target.tell(t, `PUT /mode {"mode":"READONLY"}`)
		want := r.target.settings()
		open := r.run("open", "setMode", `{"registry":"target","mode":"IMPORT"}`)
		start := r.run("start", "createExporter", exporterParams(`"contextType":"NONE","subjects":["x"]`))
		r.copied("e")
		r.run("rest", "pause", `{"exporter":"e"}`)
		r.run("back", "restoreMode", `{"registry":"target"}`)
		sent := len(r.target.written())
		r.undo("start", start)
		r.undo("open", open)
		if got := r.target.written()[sent:]; len(got) > 0 {
			t.Errorf("%s: the undo wrote %q", dialect, got)
		}
		if diff := cmp.Diff(want, r.target.settings()); diff != "" || r.warnings() != "" {
			t.Errorf("%s: -want +got\n%s\n%s", dialect, diff, r.warnings())
		}
	}
}

// Settings go back also where READONLY on /mode blocks every context; what a kill leaves of lifting it is taken away.
func TestSettingsGoBackUnderAModeForAll(t *testing.T) {
	for n, more := 1, true; more; n++ {
		for _, handled := range []bool{false, true} {
			r := newRig(t, guided)
			speakGuide(r)
			r.source.has(t, "x", ":.a:y")
			r.source.tell(t, `PUT /config/:.a: {"compatibility":"FULL"}`)
			r.target.tell(t, `PUT /mode {"mode":"READONLY"}`)
			want := r.target.settings()
			open := r.run("open", "setMode", `{"registry":"target","mode":"IMPORT"}`)
			start := r.run("start", "createExporter", exporterParams(`"contextType":"AUTO","subjects":["*"]`))
			r.copied("e")
			r.run("rest", "pause", `{"exporter":"e"}`)
			r.run("back", "restoreMode", `{"registry":"target"}`)
			if r.target.settings() == want {
				t.Fatal("the exporter took no settings along")
			}
			early := r.begin("early", "restoreCompatibility", `{"registry":"target","step":"start"}`)
			more = r.killed(n, handled, func(ctx context.Context) { _, _ = early.Do(ctx, r.env("early")) })
			r.undo("start", start)
			r.undo("open", open)
			if diff := cmp.Diff(want, r.target.settings()); diff != "" {
				t.Errorf("write %d, handled %v: -want +got\n%s\n%s", n, handled, diff, r.warnings())
			}
		}
	}
}
