package sandbox

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// bench is a source with exporters and a target on a network without sockets.
type bench struct {
	*testing.T
	net            *network
	source, target *Registry
}

func newBench(t *testing.T, source, target Options) bench {
	b := bench{T: t, net: newNetwork()}
	source.Exporters, source.HTTPClient = true, b.net.client()
	source.ClusterID, target.ClusterID = "kafka-s", "kafka-t"
	b.source, b.target = newRegistry(t, source), newRegistry(t, target)
	b.net.set("target", b.target)
	b.net.set("source", b.source)
	return b
}

// create makes exporter e; more holds further fields, each after a comma.
func (b bench) create(more string) {
	b.Helper()
	script(b.T, b.source, `POST /exporters {"name":"e","config":{"schema.registry.url":"http://target"}`+more+`} -> 200 {"name":"e"}`)
}

// settled waits until nothing moves any more, and returns the exporter's status.
func (b bench) settled() exporterStatus {
	b.Helper()
	synctest.Wait()
	return b.status()
}

func (b bench) status() exporterStatus {
	b.Helper()
	_, body := call(b.source, "GET", "/exporters/e/status", "")
	var s exporterStatus
	if err := json.Unmarshal([]byte(body), &s); err != nil {
		b.Fatal(err)
	}
	return s
}

func (b bench) check(lines string) {
	b.Helper()
	synctest.Wait()
	script(b.T, b.target, lines)
}

const threeContexts = `
	POST /subjects/a/versions {"schema":@string} -> 200
	POST /subjects/:.p:b/versions {"schema":@long} -> 200
	POST /subjects/:.p:c/versions {"schema":@int,"references":[{"name":"b","subject":"b","version":1}]} -> 200
	POST /subjects/:.q:d/versions {"schema":@bytes,"references":[{"name":"b","subject":":.p:b","version":1}]} -> 200
`

func TestExporterContexts(t *testing.T) {
	for _, c := range []struct {
		name, spec, context, subjects, reference string
	}{
		{"all, kept", `,"contextType":"NONE","subjects":[":*:"]`, ".", ":.p:b :.p:c :.q:d a", ":.p:b"},
		{"default context only", `,"contextType":"NONE"`, ".", "a", ""},
		{"generated", `,"subjects":[":*:"]`, ".kafka-s-schema-registry", ":.kafka-s-schema-registry.p:b " +
			":.kafka-s-schema-registry.p:c :.kafka-s-schema-registry.q:d :.kafka-s-schema-registry:a", ":.kafka-s-schema-registry.p:b"},
		{"custom", `,"contextType":"CUSTOM","context":"new","subjects":[":*:"]`, ".new", ":.new.p:b :.new.p:c :.new.q:d :.new:a", ":.new.p:b"},
		{"custom, with colons", `,"contextType":"custom","context":":.new:"`, ".new", ":.new:a", ""},
		{"stripped", `,"contextType":"DEFAULT","subjects":[":.p:*"]`, ".", "b c", ""},
		{"exact", `,"contextType":"NONE","subjects":[":.p:b"]`, ".", ":.p:b", ""},
		{"prefix", `,"contextType":"NONE","subjects":[":.p:b*","a*","nothing"]`, ".", ":.p:b a", ""},
		{"renamed", `,"contextType":"NONE","subjects":[":.p:*"],"subjectRenameFormat":"dc_${subject}"`, ".", ":.p:dc_b :.p:dc_c", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, Options{}, Options{})
				script(t, b.source, threeContexts)
				b.create(c.spec)
				if s := b.settled(); s.State != stateRunning || s.Trace != "" {
					t.Fatalf("got %+v", s)
				}
				script(t, b.source, fmt.Sprintf(`GET /exporters/e -> 200 {"context":%q}`, c.context))
				if got := subjectsOf(b.target); got != c.subjects {
					t.Errorf("got %s, want %s", got, c.subjects)
				}
				if got := referenceOf(b.target, "d"); got != c.reference {
					t.Errorf("d refers to %q, want %q", got, c.reference)
				}
				if want := strings.Contains(c.name, "renamed"); want && referenceOf(b.target, "dc_c") != "dc_b" {
					t.Errorf("got %s, want dc_b", referenceOf(b.target, "dc_c"))
				}
				for _, v := range b.target.Snapshot().Versions {
					if mode := b.target.effectiveMode(parseName(v.Subject)); mode != modeImport {
						t.Errorf("%s is in %s", v.Subject, mode)
					}
				}
			})
		})
	}
}

func subjectsOf(r *Registry) string {
	return strings.Join(r.listSubjects(prefix{everywhere: true}, visibility{deleted: true}), " ")
}

func referenceOf(r *Registry, subject string) string {
	for _, v := range r.Snapshot().Versions {
		if parseName(v.Subject).subject == subject && len(v.References) > 0 {
			return v.References[0].Subject
		}
	}
	return ""
}

// Whole contexts get the mode themselves, named subjects their own.
func TestExporterSetsImport(t *testing.T) {
	for _, c := range []struct {
		name, subjects string
		modes          map[string]string
	}{
		{"everything", `":*:"`, map[string]string{"": modeImport, ":.p:": modeImport, ":.q:": modeImport}},
		{"default context", `"*"`, map[string]string{"": modeImport}},
		{"a context", `":.p:*"`, map[string]string{":.p:": modeImport}},
		{"subjects", `"a",":.p:b"`, map[string]string{"a": modeImport, ":.p:b": modeImport}},
		{"a prefix", `":.p:b*"`, map[string]string{":.p:b": modeImport}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, Options{}, Options{})
				script(t, b.source, threeContexts)
				b.create(`,"contextType":"NONE","subjects":[` + c.subjects + `]`)
				synctest.Wait()
				if diff := cmp.Diff(c.modes, b.target.Snapshot().Modes); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}

// The whole seed arrives as it is, deleted versions, configs and all.
func TestExporterMirrors(t *testing.T) {
	for _, server := range []string{"7.4.0", "7.6.2", "8.1.1"} {
		t.Run(server, func(t *testing.T) { testMirrors(t, server) })
	}
}

func testMirrors(t *testing.T, server string) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, Options{Server: server}, Options{Server: server})
		if err := b.source.Seed(Seed{}); err != nil {
			t.Fatal(err)
		}
		b.create(`,"contextType":"NONE","subjects":[":*:"]`)
		s := b.settled()
		if s.State != stateRunning || s.Trace != "" || s.Offset != b.source.end()-1 || s.TS == 0 {
			t.Fatalf("got %+v, want offset %d", s, b.source.end()-1)
		}
		compare(t, b)
		script(t, b.source, `
			PUT /exporters/e/pause -> 200
			PUT /exporters/e/reset -> 200
			GET /exporters/e/status -> 200 {"state":"PAUSED","offset":-1,"ts":0}
			PUT /exporters/e/resume -> 200
		`)
		if s := b.settled(); s.State != stateRunning || s.Trace != "" {
			t.Fatalf("got %+v", s)
		}
		compare(t, b)
	})
}

func compare(t *testing.T, b bench) {
	t.Helper()
	source, target := b.source.Snapshot(), b.target.Snapshot()
	if diff := cmp.Diff(source.Versions, target.Versions); diff != "" {
		t.Fatal(diff)
	}
	if diff := cmp.Diff(source.Configs, target.Configs); diff != "" {
		t.Fatal(diff)
	}
}

func TestExporterFollows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, Options{}, Options{})
		b.create(`,"contextType":"NONE","subjects":[":*:"]`)
		synctest.Wait()
		script(t, b.source, `
			POST /subjects/a/versions {"schema":@string} -> 200
			POST /subjects/a/versions {"schema":@long} -> 200
			PUT /config/a {"compatibility":"NONE"} -> 200
		`)
		b.check(`
			GET /subjects/a/versions -> 200 [1,2]
			GET /config/a -> 200 {"compatibilityLevel":"NONE"}
		`)
		script(t, b.source, `
			DELETE /subjects/a/versions/1 -> 200
			DELETE /config/a -> 200
		`)
		b.check(`
			GET /subjects/a/versions -> 200 [2]
			GET /subjects/a/versions?deleted=true -> 200 [1,2]
			GET /config/a -> 404 40408
		`)
		script(t, b.source, `
			DELETE /subjects/a/versions/1?permanent=true -> 200
			DELETE /subjects/a -> 200
		`)
		b.check(`GET /subjects/a/versions?deleted=true -> 200 [2]`)
		script(t, b.source, `DELETE /subjects/a?permanent=true -> 200`)
		b.check(`GET /subjects?deleted=true -> 200 []`)
		compare(t, b)
	})
}

func TestExporterPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, Options{}, Options{})
		b.create(`,"contextType":"NONE"`)
		synctest.Wait()
		script(t, b.source, `
			PUT /exporters/e {"subjects":["a"]} -> 409 40963
			PUT /exporters/e/config {"schema.registry.url":"http://target"} -> 409 40963
			PUT /exporters/e/reset -> 409 40963
			DELETE /exporters/e -> 409 40963
			PUT /exporters/e/resume -> 409 40961
			PUT /exporters/e/pause -> 200 {"name":"e"}
			PUT /exporters/e/pause -> 200 {"name":"e"}
			GET /exporters/e/status -> 200 {"state":"PAUSED"}
			POST /subjects/a/versions {"schema":@string} -> 200
		`)
		time.Sleep(time.Hour)
		b.check(`GET /subjects -> 200 []`)
		script(t, b.source, `
			PUT /exporters/e {"subjects":["a","b"]} -> 200 {"name":"e"}
			GET /exporters/e -> 200 {"subjects":["a","b"],"contextType":"NONE","subjectRenameFormat":"${subject}"}
			PUT /exporters/e {"subjects":["a*b"]} -> 409 40952
			PUT /exporters/e/config {"x":"y"} -> 409 40951
			PUT /exporters/e/resume -> 200 {"name":"e"}
		`)
		b.check(`GET /subjects -> 200 ["a"]`)
		script(t, b.source, `
			PUT /exporters/e/pause -> 200
			DELETE /exporters/e -> 204
			DELETE /exporters/e -> 404 40450
			GET /exporters/e/status -> 404 40450
			GET /exporters -> 200 []
		`)
	})
}

func TestExporterStarting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, Options{Starting: time.Minute, Pace: time.Second, PauseLag: time.Second}, Options{})
		script(t, b.source, threeContexts)
		b.create(`,"contextType":"NONE","subjects":[":*:"]`)
		synctest.Wait()
		script(t, b.source, `
			GET /exporters/e/status -> 200 {"state":"STARTING","offset":0,"deksOffset":-1,"deksTs":0,"retriable":false}
			PUT /exporters/e/resume -> 409 40962
			PUT /exporters/e/reset -> 409 40963
		`)
		time.Sleep(2500 * time.Millisecond)
		if got := b.settled().Offset; got != 2 {
			t.Errorf("got offset %d after two records, want 2", got)
		}
		time.Sleep(50 * time.Second)
		if s := b.settled(); s.State != stateStarting || s.Offset != 4 {
			t.Errorf("got %+v", s)
		}
		time.Sleep(8 * time.Second)
		if s := b.settled(); s.State != stateRunning {
			t.Errorf("got %+v", s)
		}
		script(t, b.source, `
			PUT /exporters/e/pause -> 200
			GET /exporters/e/status -> 200 {"state":"RUNNING"}
			DELETE /exporters/e -> 409 40963
		`)
		time.Sleep(time.Second)
		synctest.Wait()
		script(t, b.source, `DELETE /exporters/e -> 204`)
	})
}

func TestExporterCreate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, Options{}, Options{})
		script(t, b.source, `
			GET /exporters -> 200 []
			PUT /exporters {"name":"e"} -> 405 405
			POST /exporters {"config":{"schema.registry.url":"http://target"}} -> 409 40950
			POST /exporters {"name":"e"} -> 409 40951
			POST /exporters {"name":"e","config":{"x":"y"}} -> 409 40951
			POST /exporters {"name":"e","contextType":"KEEP","config":{"schema.registry.url":"http://target"}} -> 409 40951
			POST /exporters {"name":"e","subjects":[":.*:"],"config":{"schema.registry.url":"http://target"}} -> 409 40952
			POST /exporters {"name":"e","subjects":[""],"config":{"schema.registry.url":"http://target"}} -> 409 40952
			POST /exporters {"name":"e/1","config":{"schema.registry.url":"http://target","basic.auth.credentials.source":"USER_INFO","basic.auth.user.info":"u:p","schema.registry.ssl.truststore.password":"p"}} -> 200 {"name":"e/1"}
			POST /exporters {"name":"e/1","config":{"schema.registry.url":"http://target"}} -> 409 40960
			GET /exporters -> 200 ["e/1"]
			GET /exporters/e%2F1 -> 200 {"name":"e/1","subjects":["*"],"contextType":"AUTO","config":{"basic.auth.user.info":"[hidden]","schema.registry.ssl.truststore.password":"[hidden]","schema.registry.url":"http://target","basic.auth.credentials.source":"USER_INFO"}}
			GET /exporters/e%2F1/config -> 200 {"basic.auth.user.info":"[hidden]","schema.registry.url":"http://target"}
			GET /contexts/.c/exporters -> 200 ["e/1"]
			GET /exporters/x -> 404 40450
			PUT /exporters/x {} -> 404 40450
			PUT /exporters/x/pause -> 404 40450
		`)
	})
}

func TestExporterNonEmptyTarget(t *testing.T) {
	for _, c := range []struct {
		name    string
		noForce bool
		trace   string
		left    string
	}{
		{"forces", false, "", "a old"},
		{"does not force", true, "42205", "old"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, Options{NoForce: c.noForce}, Options{})
				script(t, b.target, `POST /subjects/old/versions {"schema":@double} -> 200`)
				script(t, b.source, `
					POST /subjects/z/versions {"schema":@double} -> 200
					DELETE /subjects/z -> 200
					DELETE /subjects/z?permanent=true -> 200
					POST /subjects/a/versions {"schema":@string} -> 200 {"id":2}
				`)
				b.create(`,"contextType":"NONE","subjects":["*"]`)
				s := b.settled()
				if c.trace == "" && s.Trace != "" || !strings.Contains(s.Trace, c.trace) {
					t.Errorf("got trace %q, want %q", s.Trace, c.trace)
				}
				if got := subjectsOf(b.target); got != c.left {
					t.Errorf("got %s, want %s", got, c.left)
				}
			})
		})
	}
}

// A target that cannot be written to shows in the trace, and work goes on
// where it stopped.
func TestExporterTrouble(t *testing.T) {
	secret := guarded(http.NotFoundHandler(), credentials{user: "user", password: "s3cret"})
	for _, c := range []struct {
		name      string
		target    http.Handler
		trace     string
		retriable bool
	}{
		{"down", nil, "connection refused", true},
		{"unauthorized", secret, "401", false},
		{"unavailable", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "later", http.StatusServiceUnavailable)
		}), "503", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, Options{}, Options{})
				b.net.set("target", c.target)
				script(t, b.source, threeContexts)
				script(t, b.source, `POST /exporters {"name":"e","contextType":"NONE","config":{"schema.registry.url":"http://u:hunter2@target",`+
					`"basic.auth.credentials.source":"USER_INFO","basic.auth.user.info":"u:hunter2"}} -> 200`)
				time.Sleep(time.Minute)
				s := b.settled()
				if s.State != stateStarting || s.Offset != 0 || !strings.Contains(s.Trace, c.trace) || *s.Retriable != c.retriable {
					t.Errorf("got %+v", s)
				}
				if strings.Contains(encode(t, b.source.Snapshot())+s.Trace, "hunter2") {
					t.Errorf("secret in %+v", s)
				}
				b.net.set("target", b.target)
				time.Sleep(lastBackoff)
				if s := b.settled(); s.State != stateRunning || s.Trace != "" || s.Offset != 4 {
					t.Errorf("got %+v", s)
				}
			})
		})
	}
}

// A mode taken away under a running exporter stays so until it is resumed.
func TestExporterLosesImport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, Options{}, Options{})
		script(t, b.source, threeContexts)
		b.create(`,"contextType":"NONE"`)
		synctest.Wait()
		script(t, b.target, `PUT /mode {"mode":"READWRITE"} -> 200`)
		script(t, b.source, `POST /subjects/a/versions {"schema":@float} -> 200`)
		time.Sleep(time.Minute)
		if s := b.settled(); s.State != stateRunning || !strings.Contains(s.Trace, "42205") {
			t.Errorf("got %+v", s)
		}
		script(t, b.source, `
			PUT /exporters/e/pause -> 200
			PUT /exporters/e/resume -> 200
		`)
		b.check(`GET /subjects/a/versions -> 200 [1,2]`)
	})
}

// An exporter into its own registry ends.
func TestExporterToItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, Options{}, Options{})
		script(t, b.source, threeContexts)
		script(t, b.source, `POST /exporters {"name":"e","subjects":[":*:"],"config":{"schema.registry.url":"http://source"}} -> 200`)
		if s := b.settled(); s.State != stateRunning || s.Trace != "" {
			t.Errorf("got %+v", s)
		}
		if got, want := len(b.source.Snapshot().Versions), 8; got != want {
			t.Errorf("got %d versions, want %d", got, want)
		}
	})
}

func TestExporterRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, Options{}, Options{})
		b.net.set("target", guarded(b.target, credentials{user: "u", password: "p"}))
		script(t, b.source, threeContexts)
		script(t, b.source, `POST /exporters {"name":"e","config":{"schema.registry.url":"http://away, http://target/",`+
			`"schema.registry.basic.auth.credentials.source":"USER_INFO","basic.auth.user.info":"u:p"}} -> 200`)
		if s := b.settled(); s.Trace != "" {
			t.Errorf("got %+v", s)
		}
		for _, q := range b.net.requests() {
			if q.Header.Get(exporterHeader) != "e" {
				t.Errorf("%s %s names no exporter: %v", q.Method, q.URL, slices.Collect(maps.Keys(q.Header)))
			}
		}
	})
}

func TestExporterNoConfigs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, Options{NoConfigs: true}, Options{})
		script(t, b.source, `PUT /config {"compatibility":"NONE"} -> 200`)
		b.create(`,"contextType":"NONE"`)
		b.check(`GET /config -> 200 {"compatibilityLevel":"BACKWARD"}`)
	})
}

// Two source contexts in one: their ids collide.
func TestExporterFlattening(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, Options{}, Options{})
		script(t, b.source, threeContexts)
		b.create(`,"contextType":"DEFAULT","subjects":[":*:"]`)
		if s := b.settled(); !strings.Contains(s.Trace, "42205") || s.Offset != 1 {
			t.Errorf("got %+v", s)
		}
	})
}
