package steps

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/srmigrate/srmigrate/internal/sandbox"
)

func TestSetModeSaysWhatItCovers(t *testing.T) {
	for _, c := range []struct{ params, want string }{
		{`{"registry":"source","mode":"READONLY"}`, "set mode READONLY on the default context of source; other contexts keep theirs"},
		{`{"registry":"source","mode":"READONLY","recursive":true}`, "set mode READONLY on every context and subject of source"},
		{`{"registry":"source","mode":"READWRITE","recursive":true}`, "set mode READWRITE on the default context of source, and lift IMPORT from every other context and subject"},
		{`{"registry":"source","mode":"READONLY","context":"a"}`, "set mode READONLY on context .a of source; subjects with a mode of their own keep it"},
		{`{"registry":"source","mode":"READONLY","context":":.a:","recursive":true}`, "set mode READONLY on context .a of source and on its subjects"},
		{`{"registry":"source","mode":"READONLY","context":".","recursive":true}`, "set mode READONLY on the default context of source and on its subjects"},
		{`{"registry":"source","mode":"READONLY","subject":"orders-value"}`, "set mode READONLY on subject orders-value of the default context of source"},
		{`{"registry":"source","mode":"READONLY","subject":":.:orders-value"}`, "set mode READONLY on subject orders-value of the default context of source"},
		{`{"registry":"source","mode":"READONLY","subject":":.a:orders-value"}`, "set mode READONLY on subject orders-value of context .a of source"},
		{`{"registry":"source","mode":"READONLY","subject":"orders-value","context":".a"}`, "set mode READONLY on subject orders-value of context .a of source"},
		{`{"registry":"source","inherit":true,"subject":"x"}`, "take its own mode from subject x of the default context of source, which inherits then"},
		{`{"registry":"source","inherit":true,"context":".a","recursive":true}`, "take its own mode from context .a of source, which inherits then, and lift IMPORT from its subjects"},
		{`{"registry":"target","mode":"IMPORT","context":".a","force":true}`, "set mode IMPORT on context .a of target; subjects with a mode of their own keep it; by force, over the subjects there"},
	} {
		s, err := New("setMode", json.RawMessage(c.params))
		if err != nil {
			t.Fatal(err)
		}
		if got := s.Describe(); got != c.want {
			t.Errorf("%s: got\n%s\nwant\n%s", c.params, got, c.want)
		}
		if problems := s.(Checker).Check(Scope{Registries: []string{"source", "target"}}); len(problems) > 0 {
			t.Errorf("%s: %+v", c.params, problems)
		}
	}
}

func TestSetModeRefusesContradictions(t *testing.T) {
	for _, c := range []struct{ fields, path, want string }{
		{`"recursive":true`, "", `missing key "mode"`},
		{`"inherit":false`, "", `missing key "mode"`},
		{`"mode":"READONLY","inherit":true`, "/inherit", "mode and inherit exclude each other"},
		{`"mode":"READONLY","force":true`, "/mode", "force goes with mode IMPORT only"},
		{`"inherit":true,"force":true`, "/force", "force goes with mode IMPORT only"},
		{`"mode":"READONLY","subject":"x","recursive":true`, "/recursive", "nothing lies below a subject"},
		{`"mode":"READONLY","subject":":.a:x","context":".a"`, "/subject", `":.a:x" says its context already`},
		{`"mode":"READONLY","subject":":.a:"`, "/subject", `":.a:" is a context; write it in the field context`},
		{`"mode":"READONLY","subject":"orders-*"`, "/subject", "a mode goes on one subject, not on a pattern"},
		{`"mode":"READONLY","context":":*:"`, "/context", "a context is one name"},
		{`"mode":"READONLY","context":":.a:x"`, "/context", `":.a:x" is not a context`},
		{`"mode":"READONLY","context":":.__GLOBAL:"`, "/context", "the mode of the registry as a whole"},
		{`"mode":"READONLY","subject":":.__GLOBAL:x"`, "/subject", "the mode of the registry as a whole"},
	} {
		s, err := New("setMode", json.RawMessage(`{"registry":"source",`+c.fields+`}`))
		if err != nil {
			t.Fatal(err)
		}
		got := s.(Checker).Check(Scope{Registries: []string{"source"}})
		if len(got) != 1 || got[0].Path != c.path || !strings.HasPrefix(got[0].Message, c.want) {
			t.Errorf("%s: got %+v, want %s at %q", c.fields, got, c.want, c.path)
		}
	}
}

// A step writes where it says, and nowhere else.
func TestSetModeStaysInItsReach(t *testing.T) {
	for _, c := range []struct {
		step string
		want []string
	}{
		{"freeze context", []string{"PUT /mode/:.a:"}},
		{"freeze context all", []string{"PUT /mode/:.a:", "PUT /mode/:.a:x"}},
		{"freeze default all", []string{"PUT /mode", "PUT /mode/x"}},
		{"freeze subject", []string{"PUT /mode/x"}},
		{"open context all", []string{"PUT /mode/:.b:y", "PUT /mode/:.b:"}},
		{"open subject", []string{"PUT /mode/:.b:y"}},
		{"inherit context", nil},
		{"inherit context b", []string{"DELETE /mode/:.b:y"}},
		{"inherit subject", []string{"DELETE /mode/x"}},
		{"inherit all", []string{"DELETE /mode/:.b:y"}},
		{"force", []string{"PUT /mode/:.a:"}},
		{"force subject", []string{"PUT /mode/:.a:x"}},
	} {
		t.Run(c.step, func(t *testing.T) {
			r := newRig(t)
			r.source.has(t, "x", "z", ":.a:x", ":.b:y")
			for _, q := range []string{`PUT /mode/x {"mode":"READWRITE"}`, `PUT /mode/:.a:x {"mode":"READWRITE"}`, `PUT /mode/:.b:y?force=true {"mode":"IMPORT"}`} {
				r.source.tell(t, q)
			}
			r.run("m", "setMode", modeSteps[c.step])
			if got := r.source.written(); !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// IMPORT by force goes over live subjects without a finding, and purges nothing.
func TestForceLeavesSubjectsAlone(t *testing.T) {
	r := newRig(t)
	r.target.has(t, ":.a:x", ":.a:y")
	r.target.tell(t, "DELETE /subjects/:.a:y")
	params := `{"registry":"target","mode":"IMPORT","context":".a","recursive":true`
	for fields, codes := range map[string]string{`}`: "SRM002", `,"force":true}`: ""} {
		found, err := r.step("setMode", params+fields).(Finder).Find(t.Context(), r.env("m"))
		got := ""
		for _, f := range found {
			got += f.Code
		}
		if got != codes || err != nil {
			t.Errorf("%s: got %+v, %v", fields, found, err)
		}
	}
	want := r.target.settings()
	s := r.run("m", "setMode", params+`,"force":true}`)
	if snap := r.target.Snapshot(); len(snap.Versions) != 2 || snap.Modes[":.a:"] != imports {
		t.Errorf("got %+v", snap)
	}
	r.undo("m", s)
	if got := r.target.settings(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// A finding is about the places that the step covers.
func TestSetModeFindsInItsReach(t *testing.T) {
	r := newRig(t)
	r.target.has(t, "x", ":.a:x")
	r.target.tell(t, `PUT /mode/:.b: {"mode":"IMPORT"}`)
	r.target.tell(t, `PUT /mode/x?force=true {"mode":"IMPORT"}`)
	for fields, want := range map[string]string{
		`"context":".c","recursive":true`: "",
		`"context":".b"`:                  "SRM001",
		`"subject":"x"`:                   "SRM001",
		`"subject":"y"`:                   "",
		`"context":".a"`:                  "SRM002",
		`"subject":":.a:x"`:               "SRM002",
	} {
		found, err := r.step("setMode", `{"registry":"target","mode":"IMPORT",`+fields+`}`).(Finder).Find(t.Context(), r.env("m"))
		got := ""
		for _, f := range found {
			got += f.Code
		}
		if got != want || err != nil {
			t.Errorf("%s: got %+v, %v", fields, found, err)
		}
	}
}

// What inherits is under the mode above it, and the closing line says which that is.
func TestInherit(t *testing.T) {
	r := newRig(t)
	r.source.has(t, ":.a:x", ":.a:y")
	for _, q := range []string{`PUT /mode/:.a: {"mode":"READONLY"}`, `PUT /mode/:.a:x {"mode":"READWRITE"}`} {
		r.source.tell(t, q)
	}
	s := r.run("m", "setMode", `{"registry":"source","inherit":true,"subject":":.a:x"}`)
	if mode, err := r.source.client.EffectiveMode(t.Context(), ":.a:x"); mode != readOnly || err != nil {
		t.Errorf("got %s, %v", mode, err)
	}
	if got := r.past[0].Outputs.Text(); got != "mode READWRITE -> not set on subject :.a:x, READONLY is in force" {
		t.Errorf("got %q", got)
	}
	r.undo("m", s)
	if modes := r.source.Snapshot().Modes; modes[":.a:x"] != readWrite {
		t.Errorf("got %v", modes)
	}
}

// A mode that somebody set after it was taken away is theirs, even READWRITE.
func TestRestoreAfterInheritLeavesStrangersAlone(t *testing.T) {
	for _, mode := range []string{readWrite, imports} {
		r := newRig(t)
		r.source.tell(t, `PUT /mode/:.a: {"mode":"READONLY"}`)
		s := r.run("m", "setMode", modeSteps["inherit context"])
		r.source.tell(t, `PUT /mode/:.a: {"mode":"`+mode+`"}`)
		r.undo("m", s)
		if got := r.source.Snapshot().Modes[":.a:"]; got != mode {
			t.Errorf("got %s, want %s", got, mode)
		}
		st := r.isDone("back", r.step("restoreMode", `{"registry":"source","step":"m"}`))
		if want := "modes of source are as before; 1 left alone, set by somebody else since"; st.Outputs.Text() != want {
			t.Errorf("got %q, want %q", st.Outputs.Text(), want)
		}
	}
}

// A restore of one place looks at no other.
func TestRestoreOfOnePlace(t *testing.T) {
	r := newRig(t)
	r.source.has(t, "x", ":.a:x", ":.b:y")
	s := r.run("m", "setMode", modeSteps["freeze context all"])
	r.source.tell(t, `PUT /mode/:.b: {"mode":"READONLY"}`)
	r.source.tell(t, `PUT /mode/:.a:x?force=true {"mode":"IMPORT"}`)
	r.undo("m", s)
	modes := r.source.Snapshot().Modes
	if len(modes) != 2 || modes[":.b:"] != readOnly || modes[":.a:x"] != imports {
		t.Errorf("got %v", modes)
	}
	if got := r.warnings(); strings.Contains(got, ".b") || !strings.Contains(got, "left: subject :.a:x is IMPORT") {
		t.Errorf("warnings: %s", got)
	}
}

// stubborn makes a server one that cannot take a mode away.
func stubborn(r *rig) {
	r.source.refuses = func(q *http.Request) bool {
		return q.Method == http.MethodDelete && strings.HasPrefix(q.URL.Path, "/mode")
	}
}

func old(o *sandbox.Options) { o.Server = "7.4.0" }

// Killed anywhere, then finished or not, and undone with a kill again.
func TestModesComeBackWhereTheyCannotBeUnset(t *testing.T) {
	for _, before := range []string{"default READONLY", "context READONLY", "subject READONLY", "all IMPORT", "IMPORT below READONLY"} {
		for _, step := range []string{"inherit", "inherit all", "inherit context", "inherit context b", "inherit subject"} {
			t.Run(step+" over "+before, func(t *testing.T) {
				comeBack(t, modesBeforeFreeze[before], modeSteps[step], stubborn, old)
			})
		}
	}
}

func TestInheritWhereModesCannotBeUnset(t *testing.T) {
	r := newRig(t, old)
	r.source.has(t, "x", ":.a:x")
	for _, q := range []string{`PUT /mode/:.a: {"mode":"READONLY"}`, `PUT /mode/:.a:x?force=true {"mode":"IMPORT"}`} {
		r.source.tell(t, q)
	}
	want := r.source.settings()
	stubborn(r)
	s := r.run("m", "setMode", `{"registry":"source","inherit":true,"context":"a","recursive":true}`)
	if modes := r.source.Snapshot().Modes; modes[":.a:"] != readWrite || modes[":.a:x"] != readWrite {
		t.Errorf("got %v", modes)
	}
	if got := r.past[0].Outputs.Text(); !strings.HasSuffix(got, "READWRITE is in force; 2 cannot be unset on this server and got READWRITE, which is equivalent") {
		t.Errorf("got %q", got)
	}
	r.undo("m", s)
	if got := r.source.settings(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// The server's own answer to "is it set" is wrong for the default context; what is in force tells.
func TestInheritOverAModeOfTheWholeRegistry(t *testing.T) {
	r := newRig(t)
	r.source.tell(t, `PUT /mode/:.__GLOBAL: {"mode":"READONLY"}`)
	r.source.tell(t, `PUT /mode {"mode":"IMPORT"}`)
	s := r.run("m", "setMode", modeSteps["inherit"])
	if got := r.past[0].Outputs.Text(); got != "mode IMPORT -> not set, READONLY is in force" {
		t.Errorf("got %q", got)
	}
	r.undo("m", s)
	if got := r.source.Snapshot().Modes[""]; got != imports {
		t.Errorf("got %q", got)
	}
}

// READWRITE that is set and READWRITE that shows for nothing set look the same; only the second one inherits.
func TestInheritIsNotFooledByTheDefaultContext(t *testing.T) {
	r := newRig(t)
	s := r.begin("m", "setMode", modeSteps["inherit"])
	r.isDone("m", s)
	r.source.tell(t, `PUT /mode {"mode":"READWRITE"}`)
	r.source.tell(t, `PUT /mode/:.__GLOBAL: {"mode":"READONLY"}`)
	if st, err := s.Probe(t.Context(), r.env("m")); st.Left != Todo || err != nil {
		t.Errorf("got %+v, %v", st, err)
	}
}

func TestReadOnlyOfNothing(t *testing.T) {
	r := newRig(t)
	r.source.has(t, "x")
	r.run("m", "setMode", `{"registry":"source","mode":"READONLY","subject":"y"}`)
	if want := "there is nothing yet that READONLY could protect on subject y of the default context of source"; !strings.Contains(r.warnings(), want) {
		t.Errorf("no warning %q in %q", want, r.warnings())
	}
}
