package sandbox

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestParseFault(t *testing.T) {
	for _, c := range []struct {
		spec, side, method, path string
		skip, count              int
	}{
		{"source:GET /subjects:status=503", "source", "GET", "/subjects", 0, 0},
		{"target:PUT /mode:lose:2", "target", "PUT", "/mode", 0, 2},
		{"exporter:* /:429=3", "exporter", "*", "/", 0, 0},
		{"source:* /:429", "source", "*", "/", 0, 0},
		{"source:* /:429:4", "source", "*", "/", 0, 4},
		{"target:PUT /mode/:.a:x:delay=1m30s:7", "target", "PUT", "/mode/:.a:x", 0, 7},
		{"target:PUT /mode/:.a::429", "target", "PUT", "/mode/:.a:", 0, 0},
		{"source:GET /:unauthorized-after=9", "source", "GET", "/", 9, 0},
		{"source:GET /:html=200:1", "source", "GET", "/", 0, 1},
	} {
		f, err := ParseFault(c.spec)
		if err != nil || f.act == nil || f.behave != nil {
			t.Errorf("%s: got %v", c.spec, err)
		}
		if f.side != c.side || f.method != c.method || f.path != c.path || f.skip != c.skip || f.count != c.count {
			t.Errorf("%s: got %+v", c.spec, f)
		}
	}
}

func TestParseFaultErrors(t *testing.T) {
	for spec, want := range map[string]string{
		"":                                `fault "": want SIDE:METHOD PATH:ACTION[:COUNT] or SIDE:BEHAVIOUR`,
		"both:stall":                      `side "both": want source, target or exporter`,
		"source:get /x:cut":               `method "get": want a verb such as GET, or *`,
		"source: /x:cut":                  `method "": want a verb such as GET, or *`,
		"source:GET /x":                   `no action: want PATH:ACTION[:COUNT] after the method`,
		"source:GET x:cut":                `path "x": want one that begins with /`,
		"source:GET /x:break":             `action "break": want delay, status, 429, cut, lose, half, html or unauthorized-after`,
		"source:GET /x:cut:0":             `count 0: want 1 or more`,
		"source:GET /x:cut=1":             `action "cut=1": takes no value`,
		"source:GET /x:delay=2":           `action "delay=2": want a duration such as 2s`,
		"source:GET /x:status=200":        `action "status=200": want a number from 400 to 599`,
		"source:GET /x:429=soon":          `action "429=soon": want a number from 0 to`,
		"source:GET /x:html=x":            `action "html=x": want a number from 200 to 599`,
		"source:GET /:unauthorized-after": `action "unauthorized-after": want a number from 0`,
		"exporter:stall":                  `exporters are on a side`,
		"source:stalls":                   `behaviour "stalls": want stall[=N], no-import`,
		"source:stall=x":                  `behaviour "stall=x": want a number`,
		"source:no-import=1":              `behaviour "no-import=1": want`,
	} {
		if _, err := ParseFault(spec); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", spec, err, want)
		}
	}
}

func faultsOf(t *testing.T, specs ...string) []Fault {
	t.Helper()
	var list []Fault
	for _, s := range specs {
		f, err := ParseFault(s)
		check(t, err)
		list = append(list, f)
	}
	return list
}

// Faults befall what they name, as often as they say, and in their order.
func TestFaultsBefall(t *testing.T) {
	r := newRegistry(t, Options{})
	for _, c := range []struct {
		name   string
		faults []string
		lines  string
	}{
		{"once", []string{"source:GET /subjects:status=503:1"}, `
			GET /contexts -> 200
			POST /subjects/a/versions {"schema":@string} -> 200
			GET /subjects -> 503 {"error_code":503,"message":"HTTP 503 Service Unavailable"}
			GET /subjects -> 200
		`},
		{"for ever", []string{"source:* /:status=500"}, `
			GET /contexts -> 500 500
			PUT /mode {"mode":"READWRITE"} -> 500 500
			GET /contexts -> 500
		`},
		{"one after the other", []string{"source:GET /:status=503:1", "source:GET /:429:2"}, `
			GET / -> 503
			GET / -> 429
			GET / -> 429
			GET / -> 200
		`},
		{"another side", []string{"target:* /:status=500"}, `GET / -> 200`},
		{"the exporter's alone", []string{"exporter:* /:status=500"}, `GET / -> 200`},
		{"an expired credential", []string{"source:GET /:unauthorized-after=2"}, `
			GET / -> 200
			GET / -> 200
			GET / -> 401 401
			GET / -> 401
		`},
		{"a credential that comes back", []string{"source:GET /:unauthorized-after=1:1"}, `
			GET / -> 200
			GET / -> 401
			GET / -> 200
		`},
	} {
		t.Run(c.name, func(t *testing.T) {
			script(t, faulty(r, sideSource, plant(faultsOf(t, c.faults...))), c.lines)
		})
	}
}

func TestFaultAnswers(t *testing.T) {
	r := newRegistry(t, Options{})
	for _, c := range []struct {
		action, header, want, body string
		status                     int
	}{
		{"429=3", "Retry-After", "3", "Too Many Requests", 429},
		{"429", "Retry-After", "", "Too Many Requests", 429},
		{"html", "Content-Type", "text/html; charset=utf-8", "<h1>502 Bad Gateway</h1>", 502},
		{"html=200", "Content-Type", "text/html; charset=utf-8", "<h1>200 OK</h1>", 200},
		{"unauthorized-after=0", "WWW-Authenticate", `Basic realm="SchemaRegistry-Props"`, "Unauthorized", 401},
	} {
		w := httptest.NewRecorder()
		h := faulty(r, sideSource, plant(faultsOf(t, "source:* /:"+c.action)))
		h.ServeHTTP(w, httptest.NewRequest("GET", "/subjects", nil))
		if w.Code != c.status || w.Header().Get(c.header) != c.want || !strings.Contains(w.Body.String(), c.body) {
			t.Errorf("%s: got %d %v %s", c.action, w.Code, w.Header(), w.Body)
		}
	}
}

func TestFaultDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := faulty(newRegistry(t, Options{}), sideSource, plant(faultsOf(t, "source:* /:delay=2s", "source:POST /:status=503:1")))
		began := time.Now()
		script(t, h, `
			POST /subjects/a/versions {"schema":@string} -> 503
			POST /subjects/a/versions {"schema":@string} -> 200 {"id":1}
		`)
		if got := time.Since(began); got != 4*time.Second {
			t.Errorf("took %v, want 4s", got)
		}
	})
}

// A connection that is cut before, after and in the middle of it.
func TestFaultCuts(t *testing.T) {
	for _, c := range []struct {
		action string
		want   error
		left   int
	}{
		{"cut", io.EOF, 0},
		{"lose", io.EOF, 1},
		{"half", io.ErrUnexpectedEOF, 1},
	} {
		t.Run(c.action, func(t *testing.T) {
			for _, dir := range []string{"", t.TempDir()} {
				p := startPair(t, PairOptions{Seed: Seed{Subjects: -1}, TLS: dir, Faults: faultsOf(t, "target:POST /subjects:"+c.action+":1")})
				client := trusting(t, dir)
				if err := post(client, p.TargetURL+"/subjects/a/versions"); !errors.Is(err, c.want) {
					t.Errorf("got %v, want %v", err, c.want)
				}
				if got := len(p.Target.Snapshot().Versions); got != c.left {
					t.Errorf("got %d versions, want %d", got, c.left)
				}
				if err := post(client, p.TargetURL+"/subjects/b/versions"); err != nil {
					t.Errorf("the next one: %v", err)
				}
				client.CloseIdleConnections()
			}
		})
	}
}

func trusting(t *testing.T, dir string) *http.Client {
	t.Helper()
	if dir == "" {
		return &http.Client{Transport: &http.Transport{}}
	}
	c, err := storeClient(map[string]string{"ssl.truststore.location": dir + "/" + fileCA, "ssl.truststore.type": "PEM"})
	check(t, err)
	return c
}

func post(c *http.Client, url string) error {
	answer, err := c.Post(url, mediaV1, strings.NewReader(`{"schema":"\"string\""}`))
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	_, err = io.ReadAll(answer.Body)
	return err
}

// What exporters meet is not what clients meet.
func TestFaultExporterRequests(t *testing.T) {
	p := startPair(t, PairOptions{
		Source: Options{Exporters: true}, Seed: Seed{Subjects: 5},
		Faults: faultsOf(t, "exporter:POST /subjects:status=503:1"),
	})
	script(t, p.Source, `POST /exporters {"name":"e","contextType":"NONE","subjects":[":*:"],"config":{"schema.registry.url":"`+p.TargetURL+`"}} -> 200`)
	until(t, "the trouble", func() bool { return strings.Contains(p.Source.Snapshot().Exporters[0].Trace, "503") })
	check(t, post(http.DefaultClient, p.SourceURL+"/subjects/new/versions"))
	until(t, "the copy", func() bool { return len(p.Target.Snapshot().Versions) == len(p.Source.Snapshot().Versions) })
}

func TestFaultBehaviours(t *testing.T) {
	for _, c := range []struct {
		name, fault, target string
		offset              int
		trace, ids          string
	}{
		{"stalls at once", "source:stall", "", 0, "", ""},
		{"stalls after two", "source:stall=2", ":.p:b a", 2, "", ""},
		{"no import", "source:no-import", "", 0, "42205", ""},
		{"another side's", "target:stall", ":.p:b :.p:c :.q:d a", 4, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, behaviours(Options{}, sideSource, faultsOf(t, c.fault)), Options{})
				script(t, b.source, threeContexts)
				b.create(`,"contextType":"NONE","subjects":[":*:"]`)
				s := b.settled()
				if c.trace == "" && s.State != stateRunning || s.Offset != c.offset || !strings.Contains(s.Trace, c.trace) {
					t.Errorf("got %+v", s)
				}
				if got := subjectsOf(b.target); got != c.target {
					t.Errorf("got %q, want %q", got, c.target)
				}
			})
		})
	}
}

// An operator can do what the exporter leaves undone.
func TestFaultNoImport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, Options{NoImport: true}, Options{})
		script(t, b.target, `PUT /mode {"mode":"IMPORT"} -> 200`)
		script(t, b.source, `POST /subjects/a/versions {"schema":@string} -> 200`)
		b.create(`,"contextType":"NONE"`)
		if s := b.settled(); s.State != stateRunning || s.Trace != "" || subjectsOf(b.target) != "a" {
			t.Errorf("got %+v and %q", s, subjectsOf(b.target))
		}
	})
}

// New ids are the same ones every time, and never the source's.
func TestFaultReassignedIDs(t *testing.T) {
	for _, profile := range []string{ProfileConfluent, ProfileGuide} {
		synctest.Test(t, func(t *testing.T) {
			b := newBench(t, Options{Profile: profile, ReassignIDs: true}, Options{Profile: profile})
			script(t, b.source, threeContexts)
			script(t, b.target, `PUT /mode {"mode":"IMPORT"} -> 200`)
			if profile == ProfileGuide {
				b.createByPut("")
			} else {
				b.create(`,"contextType":"NONE","subjects":[":*:"]`)
			}
			b.settled()
			first := encode(t, b.target.Snapshot().Versions)
			script(t, b.source, `
				PUT /exporters/e/pause -> 200
				PUT /exporters/e/reset -> 200
				PUT /exporters/e/resume -> 200
			`)
			if s := b.settled(); s.State != stateRunning || s.Trace != "" || encode(t, b.target.Snapshot().Versions) != first {
				t.Errorf("%s: got %+v", profile, s)
			}
			versions := b.target.Snapshot().Versions
			if len(versions) != 4 {
				t.Errorf("%s: got %d versions, want 4", profile, len(versions))
			}
			for _, v := range versions {
				if v.ID < firstNewID {
					t.Errorf("%s: got %+v", profile, v)
				}
			}
		})
	}
}
