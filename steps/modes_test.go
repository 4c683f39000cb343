package steps

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/srmigrate/srmigrate/internal/sandbox"
)

// modesBeforeFreeze are registries a freeze may meet.
var modesBeforeFreeze = map[string][]string{
	"nothing set":             nil,
	"default READWRITE":       {`PUT /mode {"mode":"READWRITE"}`},
	"default READONLY":        {`PUT /mode {"mode":"READONLY"}`},
	"context READONLY":        {`PUT /mode/:.a: {"mode":"READONLY"}`},
	"context READWRITE":       {`PUT /mode/:.a: {"mode":"READWRITE"}`},
	"subject READWRITE":       {`PUT /mode/:.a:x {"mode":"READWRITE"}`, `PUT /mode/x {"mode":"READWRITE"}`},
	"subject READONLY":        {`PUT /mode/x {"mode":"READONLY"}`},
	"subject IMPORT":          {`PUT /mode/x?force=true {"mode":"IMPORT"}`},
	"all IMPORT":              {`PUT /mode?force=true {"mode":"IMPORT"}`, `PUT /mode/:.a:?force=true {"mode":"IMPORT"}`, `PUT /mode/:.b:y?force=true {"mode":"IMPORT"}`},
	"IMPORT below READONLY":   {`PUT /mode {"mode":"READONLY"}`, `PUT /mode/:.b:?force=true {"mode":"IMPORT"}`, `PUT /mode/:.b:y?force=true {"mode":"IMPORT"}`},
	"soft-deleted with modes": {`PUT /mode/x {"mode":"READWRITE"}`, `DELETE /subjects/x`},
	"override":                {`PUT /mode/:.a: {"mode":"READONLY_OVERRIDE"}`},
}

var modeSteps = map[string]string{
	"freeze all":  `{"registry":"source","mode":"READONLY","recursive":true}`,
	"freeze":      `{"registry":"source","mode":"READONLY"}`,
	"open all":    `{"registry":"source","mode":"READWRITE","recursive":true}`,
	"open":        `{"registry":"source","mode":"READWRITE"}`,
	"import":      `{"registry":"source","mode":"IMPORT"}`,
	"import all":  `{"registry":"source","mode":"IMPORT","recursive":true}`,
	"import none": `{"registry":"target","mode":"IMPORT","recursive":true}`,

	"freeze context":     `{"registry":"source","mode":"READONLY","context":"a"}`,
	"freeze context all": `{"registry":"source","mode":"READONLY","context":":.a:","recursive":true}`,
	"freeze default all": `{"registry":"source","mode":"READONLY","context":".","recursive":true}`,
	"freeze subject":     `{"registry":"source","mode":"READONLY","subject":"x"}`,
	"open context all":   `{"registry":"source","mode":"READWRITE","context":".b","recursive":true}`,
	"open subject":       `{"registry":"source","mode":"READWRITE","subject":":.b:y"}`,
	"inherit":            `{"registry":"source","inherit":true}`,
	"inherit all":        `{"registry":"source","inherit":true,"recursive":true}`,
	"inherit context":    `{"registry":"source","inherit":true,"context":".a"}`,
	"inherit context b":  `{"registry":"source","inherit":true,"context":".b","recursive":true}`,
	"inherit subject":    `{"registry":"source","inherit":true,"subject":"x","context":"."}`,
	"force":              `{"registry":"source","mode":"IMPORT","context":".a","force":true}`,
	"force all":          `{"registry":"source","mode":"IMPORT","recursive":true,"force":true}`,
	"force subject":      `{"registry":"source","mode":"IMPORT","subject":"x","context":".a","force":true}`,
}

// Each step on each registry, killed before and after each of its writes, then finished or not, and undone with a
// kill at each write again: the modes are as before.
func TestModesComeBack(t *testing.T) {
	for before, requests := range modesBeforeFreeze {
		for name, params := range modeSteps {
			t.Run(name+" over "+before, func(t *testing.T) {
				comeBack(t, requests, params, func(*rig) {})
			})
		}
	}
}

func comeBack(t *testing.T, requests []string, params string, make func(*rig), change ...func(*sandbox.Options)) {
	t.Helper()
	for n := 1; ; n++ {
		more := modesAfterKill(t, newRig(t, change...), make, requests, params, n, false, false)
		modesAfterKill(t, newRig(t, change...), make, requests, params, n, false, true)
		modesAfterKill(t, newRig(t, change...), make, requests, params, n, true, false)
		modesAfterKill(t, newRig(t, change...), make, requests, params, n, true, true)
		if !more {
			return
		}
	}
}

func modesAfterKill(t *testing.T, r *rig, make func(*rig), requests []string, params string, n int, handled, finish bool) (more bool) {
	t.Helper()
	r.source.has(t, "x", "z", ":.a:x", ":.b:y")
	for _, q := range requests {
		r.source.tell(t, q)
	}
	want := r.source.settings() + r.target.settings()
	make(r)
	s := r.begin("m", "setMode", params)
	var err error
	more = r.killed(n, handled, func(ctx context.Context) { _, err = r.do(ctx, "m", s) })
	if more && err == nil {
		t.Errorf("killed at write %d, Do returned no error", n)
	}
	if !more && err != nil && !strings.Contains(err.Error(), "live subjects are in its reach") && !strings.Contains(err.Error(), "would purge") {
		t.Errorf("Do: %v", err)
	}
	if more && finish {
		if _, err := r.do(t.Context(), "m", s); err == nil {
			r.isDone("m", s)
		} else if noRoom := strings.Contains(err.Error(), "live subjects") || strings.Contains(err.Error(), "would purge"); !noRoom {
			t.Errorf("killed at write %d (handled %v), then Do: %v", n, handled, err)
		}
	}
	back := r.begin("back", "restoreMode", `{"registry":"source","step":"m"}`)
	r.killed(n, handled, func(ctx context.Context) { _, _ = back.Do(ctx, r.env("back")) })
	r.undo("m", s)
	if got := r.source.settings() + r.target.settings(); got != want {
		t.Errorf("killed at write %d (handled %v): modes are\n%s\nwant\n%s\nwrites: %q", n, handled, got, want, r.source.written())
	}
	return more
}

func TestSetModeIsInForce(t *testing.T) {
	r := newRig(t)
	r.source.has(t, "x", ":.a:x", ":.b:y")
	r.source.tell(t, `PUT /mode/:.a:x {"mode":"READWRITE"}`)
	r.run("freeze", "setMode", modeSteps["freeze all"])
	for _, place := range []string{"", "x", ":.a:", ":.a:x", ":.b:", ":.b:y"} {
		if mode, err := r.source.client.EffectiveMode(t.Context(), place); mode != readOnly || err != nil {
			t.Errorf("%q is %s, %v", place, mode, err)
		}
	}
}

func TestRecursiveReadWriteKeepsOtherModes(t *testing.T) {
	r := newRig(t)
	r.source.has(t, "x", ":.a:x", ":.b:y")
	r.source.tell(t, `PUT /mode/:.a: {"mode":"READONLY"}`)
	r.source.tell(t, `PUT /mode/:.b:y?force=true {"mode":"IMPORT"}`)
	r.run("open", "setMode", modeSteps["open all"])
	if modes := r.source.Snapshot().Modes; modes[":.a:"] != readOnly || modes[":.b:y"] != readWrite {
		t.Errorf("got %v", modes)
	}
	if !strings.Contains(r.warnings(), "own mode READONLY stays on context .a of source") {
		t.Errorf("warnings: %s", r.warnings())
	}
}

func TestRestoreLeavesStrangersAlone(t *testing.T) {
	r := newRig(t)
	r.source.has(t, "x", ":.a:x")
	r.source.tell(t, `PUT /mode/x {"mode":"READWRITE"}`)
	s := r.run("freeze", "setMode", modeSteps["freeze all"])
	r.source.tell(t, `PUT /mode/x {"mode":"READONLY_OVERRIDE"}`)
	r.source.tell(t, `PUT /mode/:.a: {"mode":"READWRITE"}`)
	r.undo("freeze", s)
	modes := r.source.Snapshot().Modes
	if len(modes) != 2 || modes["x"] != "READONLY_OVERRIDE" || modes[":.a:"] != readWrite {
		t.Errorf("got %v", modes)
	}
	for _, want := range []string{"left: subject x is READONLY_OVERRIDE, set by somebody else since; it was READWRITE", "left: context .a is READWRITE"} {
		if !strings.Contains(r.warnings(), want) {
			t.Errorf("no warning %q in\n%s", want, r.warnings())
		}
	}
}

func TestSetModeDoesNotOverwriteStrangers(t *testing.T) {
	r := newRig(t)
	r.source.has(t, "x")
	s := r.begin("freeze", "setMode", modeSteps["freeze all"])
	r.source.tell(t, `PUT /mode/x {"mode":"READWRITE"}`)
	_, err := r.do(t.Context(), "freeze", s)
	if err == nil || !strings.Contains(err.Error(), "subject x of source has mode READWRITE, but not set when this step first looked") {
		t.Errorf("got %v", err)
	}
}

// Old servers would purge nothing; that is no reason to find out which this one is.
func TestImportNeedsRoom(t *testing.T) {
	for _, version := range []string{"7.4.0", "7.6.2", "8.1.1"} {
		t.Run(version, func(t *testing.T) { importNeedsRoom(t, version) })
	}
}

func importNeedsRoom(t *testing.T, version string) {
	r := newRig(t, func(o *sandbox.Options) { o.Server = version })
	r.target.has(t, "x")
	s := r.begin("import", "setMode", `{"registry":"target","mode":"IMPORT"}`)
	if _, err := r.do(t.Context(), "import", s); err == nil || !strings.Contains(err.Error(), "live subjects are in its reach: 1 subject (x); leave this step out") {
		t.Errorf("over a live subject: %v", err)
	}
	r.target.tell(t, "DELETE /subjects/x")
	if _, err := r.do(t.Context(), "import", s); err == nil || !strings.Contains(err.Error(), "would purge") {
		t.Errorf("over a soft-deleted subject: %v", err)
	}
	if n := len(r.target.Snapshot().Versions); n != 1 {
		t.Errorf("%d versions are left, want 1", n)
	}
}

func TestSetModeFindsWhatAnEarlierRunLeft(t *testing.T) {
	r := newRig(t)
	r.target.tell(t, `PUT /mode {"mode":"IMPORT"}`)
	s := r.step("setMode", modeSteps["import none"]).(*SetMode)
	found, err := s.Find(t.Context(), r.env("import"))
	if err != nil || len(found) != 1 || found[0].Code != "SRM001" || !strings.HasPrefix(found[0].Text, "an earlier run's state may be missing: ") {
		t.Errorf("got %+v, %v", found, err)
	}
}

func TestModesOnOldServers(t *testing.T) {
	for _, version := range []string{"7.4.0", "7.6.2"} {
		r := newRig(t, func(o *sandbox.Options) { o.Server = version })
		r.source.has(t, "x", ":.a:x")
		r.source.tell(t, `PUT /mode/x {"mode":"READWRITE"}`)
		want := r.source.settings()
		s := r.run("freeze", "setMode", modeSteps["freeze all"])
		r.undo("freeze", s)
		if got := r.source.settings(); got != want {
			t.Errorf("%s: got\n%s\nwant\n%s", version, got, want)
		}
	}
}

// A node that lags shows the old mode for a while, after the set and after the restore.
func TestModesOnALaggingNode(t *testing.T) {
	r := newRig(t)
	r.source.has(t, "x")
	var stale atomic.Int32
	r.source.faults(func(w http.ResponseWriter, q *http.Request) bool {
		if q.Method == http.MethodPut || q.Method == http.MethodDelete {
			stale.Store(4)
			return false
		}
		if q.URL.Path != "/mode" || stale.Add(-1) < 0 {
			return false
		}
		mode := map[bool]string{true: readWrite, false: readOnly}[r.source.Snapshot().Modes[""] == readOnly]
		_, _ = fmt.Fprintf(w, `{"mode":%q}`, mode)
		return true
	}, nil)
	want := r.source.settings()
	s := r.run("freeze", "setMode", modeSteps["freeze"])
	r.undo("freeze", s)
	if got := r.source.settings(); got != want || len(r.source.Snapshot().Modes) != 0 {
		t.Errorf("got\n%s\nwrites: %q", got, r.source.written())
	}
}

// While the freeze goes on, a client makes a new context.
func TestFreezeFollowsNewContexts(t *testing.T) {
	r := newRig(t)
	r.source.has(t, "x", ":.a:x")
	var once sync.Once
	r.source.faults(func(_ http.ResponseWriter, q *http.Request) bool {
		if q.Method == http.MethodPut {
			once.Do(func() { r.source.has(t, ":.late:x") })
		}
		return false
	}, nil)
	want := r.source.settings()
	s := r.run("freeze", "setMode", modeSteps["freeze all"])
	if modes := r.source.Snapshot().Modes; modes[":.late:"] != readOnly || len(modes) != 3 {
		t.Errorf("got %v", modes)
	}
	r.undo("freeze", s)
	if got := r.source.settings(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestModesThatMayNotChange(t *testing.T) {
	r := newRig(t, func(o *sandbox.Options) { o.Immutable = true })
	s := r.begin("freeze", "setMode", modeSteps["freeze"])
	if _, err := r.do(t.Context(), "freeze", s); err == nil || !strings.HasPrefix(err.Error(), "source does not allow mode changes; set mode.mutability=true") {
		t.Errorf("got %v", err)
	}
	r.undo("freeze", s)
}

// A subject that had a mode of its own is gone for good.
func TestRestoreAfterSubjectsVanished(t *testing.T) {
	r := newRig(t)
	r.source.has(t, "x", "y")
	r.source.tell(t, `PUT /mode/x {"mode":"READWRITE"}`)
	s := r.run("freeze", "setMode", modeSteps["freeze all"])
	for _, q := range []string{`PUT /mode {"mode":"READWRITE"}`, `PUT /mode/x {"mode":"READWRITE"}`, `DELETE /subjects/x`, `DELETE /subjects/x?permanent=true`, `PUT /mode {"mode":"READONLY"}`} {
		r.source.tell(t, q)
	}
	r.undo("freeze", s)
	if modes := r.source.Snapshot().Modes; len(modes) != 0 {
		t.Errorf("got %v", modes)
	}
}

func TestRestoreGoesBehindEveryStep(t *testing.T) {
	r := newRig(t)
	r.source.has(t, "x", ":.a:x")
	r.source.tell(t, `PUT /mode/:.a: {"mode":"READWRITE"}`)
	want := r.source.settings()
	r.run("one", "setMode", modeSteps["freeze all"])
	r.run("two", "setMode", modeSteps["open"])
	r.run("three", "setMode", modeSteps["freeze"])
	r.run("back", "restoreMode", `{"registry":"source"}`)
	if got := r.source.settings(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if out := r.isDone("back", r.step("restoreMode", `{"registry":"source"}`)).Outputs; out.Text() != "modes of source are as before" {
		t.Errorf("got %q", out.Text())
	}
}

// An exporter opens a subject before it copies there, and cannot copy what refers to something that it leaves out.
func TestAModeOfNothingGoesBack(t *testing.T) {
	r := newRig(t)
	r.source.has(t, "base")
	r.source.tell(t, `POST /subjects/sales/versions {"schema":"\"string\"","references":[{"name":"b","subject":"base","version":1}]}`)
	before := r.target.settings()
	s := r.run("start", "createExporter", `{"exporter":"e","contextType":"NONE","subjects":["s*"]}`)
	within(t, "IMPORT", func() bool { return r.target.Snapshot().Modes["sales"] == imports })
	r.undo("start", s)
	if got := r.target.settings(); got != before {
		t.Errorf("got %s, want %s", got, before)
	}
}
