package sandbox

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// guided is a bench by the guide, with a filled source and the target in
// IMPORT.
func guided(t *testing.T) bench {
	b := newBench(t, Options{Profile: ProfileGuide}, Options{Profile: ProfileGuide})
	script(t, b.source, threeContexts)
	script(t, b.target, `PUT /mode {"mode":"IMPORT"} -> 200 {"mode":"IMPORT"}`)
	return b
}

// createByPut is create for servers that have it as PUT.
func (b bench) createByPut(more string) {
	b.Helper()
	script(b.T, b.source, `PUT /exporters {"name":"e","config":{"schema.registry.url":"http://target"}`+more+`} -> 200 {"name":"e"}`)
}

func TestGuideContexts(t *testing.T) {
	for _, c := range []struct{ name, spec, subjects string }{
		{"defaults", ``, ":.p:b :.p:c :.q:d a"},
		{"AUTO keeps", `,"contextType":"AUTO","subjects":["*"]`, ":.p:b :.p:c :.q:d a"},
		{"CUSTOM replaces", `,"contextType":"CUSTOM","context":":.new:","subjects":[":.p:*"]`, ":.new:b :.new:c"},
		{"CUSTOM, bare", `,"contextType":"CUSTOM","context":"new","subjects":["a"]`, ":.new:a"},
		{"NONE strips", `,"contextType":"NONE","subjects":[":.p:*"]`, "b c"},
		{"prefix", `,"contextType":"AUTO","subjects":["a*",":.p:*"]`, ":.p:b :.p:c a"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := guided(t)
				b.createByPut(c.spec)
				b.settled()
				script(t, b.source, `GET /exporters/e/status -> 200 {"state":"RUNNING","trace":""}`)
				if got := subjectsOf(b.target); got != c.subjects {
					t.Errorf("got %s, want %s", got, c.subjects)
				}
			})
		})
	}
}

// Ids and versions are kept, although the guide does not promise it.
func TestGuideKeepsIDs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := guided(t)
		script(t, b.source, `
			POST /subjects/a/versions {"schema":@double} -> 200
			DELETE /subjects/a/versions/1 -> 200
			DELETE /subjects/a/versions/1?permanent=true -> 200
		`)
		b.createByPut("")
		b.settled()
		if diff := cmp.Diff(b.source.Snapshot().Versions, b.target.Snapshot().Versions); diff != "" {
			t.Error(diff)
		}
	})
}

func TestGuideExporter(t *testing.T) {
	for _, c := range []struct{ name, lines string }{
		{"requests", `
			POST /exporters {"name":"e","config":{"schema.registry.url":"http://target"}} -> 405 405
			PUT /exporters {"name":"e","contextType":"DEFAULT","config":{"schema.registry.url":"http://target"}} -> 409 40951
			PUT /exporters {"name":"e","contextType":"CUSTOM","config":{"schema.registry.url":"http://target"}} -> 409 40951
			PUT /exporters {"name":"e","subjects":[":*:"],"config":{"schema.registry.url":"http://target"}} -> 409 40952
			PUT /exporters {"name":"e","contextType":"CUSTOM","context":":.x:","config":{"schema.registry.url":"http://target","basic.auth.user.info":"u:p"}} -> 200 {"name":"e"}
			PUT /exporters {"name":"e","config":{"schema.registry.url":"http://target"}} -> 409 40960
			GET /exporters -> 200 ["e"]
			GET /exporters/e -> 200 {"subjects":["*"],"contextType":"CUSTOM","context":":.x:","config":{"basic.auth.user.info":"[hidden]"}}
			GET /exporters/e/config -> 200 {"schema.registry.url":"http://target"}
			GET /exporters/x/status -> 404 40450
		`},
		{"changed while it runs", `
			PUT /exporters {"name":"e","config":{"schema.registry.url":"http://target"}} -> 200
			PUT /exporters/e/resume -> 409 40962
			PUT /exporters/e {"subjects":["b*"]} -> 200 {"name":"e"}
			PUT /exporters/e/config {"schema.registry.url":"http://target","x":"y"} -> 200 {"name":"e"}
			PUT /exporters/e/reset -> 200 {"name":"e"}
			GET /exporters/e -> 200 {"subjects":["b*"],"config":{"x":"y"}}
		`},
		{"deleted right after the pause", `
			PUT /exporters {"name":"e","config":{"schema.registry.url":"http://target"}} -> 200
			DELETE /exporters/e -> 409 40963
			PUT /exporters/e/pause -> 200
			DELETE /exporters/e -> 204
			GET /exporters -> 200 []
		`},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, Options{Profile: ProfileGuide, PauseLag: time.Second, Starting: time.Minute}, Options{Profile: ProfileGuide})
				script(t, b.source, c.lines)
			})
		})
	}
}

// A reset of a running exporter copies everything once more, and an update is
// minded at once.
func TestGuideChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := guided(t)
		b.createByPut(`,"subjects":["a"]`)
		b.settled()
		script(t, b.target, `
			DELETE /subjects/a -> 200
			DELETE /subjects/a?permanent=true -> 200
		`)
		script(t, b.source, `PUT /exporters/e/reset -> 200`)
		if b.settled(); subjectsOf(b.target) != "a" {
			t.Errorf("after the reset: got %q", subjectsOf(b.target))
		}
		script(t, b.source, `
			PUT /exporters/e {"subjects":["*"]} -> 200
			POST /subjects/n/versions {"schema":@float} -> 200
		`)
		if b.settled(); subjectsOf(b.target) != "a n" {
			t.Errorf("after the update: got %q", subjectsOf(b.target))
		}
		if s := b.status(); s.State != stateRunning || s.Offset != 5 {
			t.Errorf("got %+v", s)
		}
	})
}

// Without IMPORT on the target the exporter is in ERROR, writes nothing, and
// stays so until it is resumed.
func TestGuideNeedsImport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, Options{Profile: ProfileGuide}, Options{Profile: ProfileGuide})
		script(t, b.source, threeContexts)
		script(t, b.source, `PUT /config {"compatibility":"NONE"} -> 200`)
		before := b.target.Snapshot()
		b.createByPut("")
		if s := b.settled(); s.State != stateError || !strings.Contains(s.Trace, "must be in IMPORT mode, and is in READWRITE") {
			t.Errorf("got %+v", s)
		}
		script(t, b.target, `PUT /mode {"mode":"IMPORT"} -> 200`)
		time.Sleep(time.Hour)
		if s := b.settled(); s.State != stateError {
			t.Errorf("got %+v", s)
		}
		after := b.target.Snapshot()
		after.Modes = before.Modes
		if diff := cmp.Diff(before, after); diff != "" {
			t.Error(diff)
		}
		script(t, b.source, `PUT /exporters/e/resume -> 200 {"name":"e"}`)
		if s := b.settled(); s.State != stateRunning || s.Trace != "" || s.Offset != 5 {
			t.Errorf("got %+v", s)
		}
		script(t, b.target, `PUT /mode {"mode":"READWRITE"} -> 200`)
		script(t, b.source, `POST /subjects/a/versions {"schema":@float} -> 200`)
		if s := b.settled(); s.State != stateError || !strings.Contains(s.Trace, "42205") {
			t.Errorf("after the target was opened: got %+v", s)
		}
		script(t, b.source, `
			PUT /exporters/e/pause -> 200
			GET /exporters/e/status -> 200 {"state":"PAUSED"}
			DELETE /exporters/e -> 204
		`)
	})
}

func TestGuideTrouble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := guided(t)
		b.net.set("target", nil)
		b.createByPut("")
		if s := b.settled(); s.State != stateError || !strings.Contains(s.Trace, "connection refused") {
			t.Errorf("got %+v", s)
		}
	})
}

func TestGuideStatusHasFiveFields(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := guided(t)
		b.createByPut("")
		synctest.Wait()
		ts := time.Now().UnixMilli()
		_, got := call(b.source, "GET", "/exporters/e/status", "")
		want := strings.Replace(`{"name":"e","state":"RUNNING","offset":4,"ts":TS,"trace":""}`, "TS", encodeLine(t, ts), 1)
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
}

func encodeLine(t *testing.T, v any) string { return strings.TrimSpace(encode(t, v)) }

// The mode of the registry is that of every context, IMPORT may be entered
// whatever is there, and nobody registers without an id then.
func TestGuideMode(t *testing.T) {
	r := newRegistry(t, Options{Profile: ProfileGuide})
	script(t, r, threeContexts)
	script(t, r, `
		POST /subjects/gone/versions {"schema":@float} -> 200
		DELETE /subjects/gone -> 200
		GET /mode -> 200 {"mode":"READWRITE"}
		PUT /mode {"mode":"IMPORT"} -> 200 {"mode":"IMPORT"}
		GET /mode -> 200 {"mode":"IMPORT"}
		GET /mode/:.p:b?defaultToGlobal=true -> 200 {"mode":"IMPORT"}
		GET /mode/:.p:b -> 404 40409
		GET /subjects?deletedOnly=true -> 200 ["gone"]
		POST /subjects/:.p:b/versions {"schema":@long} -> 422 42205
		POST /subjects/:.new:x/versions {"schema":@long} -> 422 42205
		POST /subjects/:.new:x/versions {"schema":@long,"id":7,"version":1} -> 200
		PUT /mode {"mode":"READWRITE"} -> 200 {"mode":"READWRITE"}
		POST /subjects/:.p:b/versions {"schema":@long} -> 200
	`)
}
