package sandbox

import (
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
		{"source:GET /:unauthorized-after=9:2+3", "source", "GET", "/", 11, 3},
		{"source:GET /:cut:9+2", "source", "GET", "/", 9, 2},
		{"source:GET /:cut:9+", "source", "GET", "/", 9, 0},
		{"source:GET /:restart", "source", "GET", "/", 0, 1},
		{"source:GET /:restart:7+1", "source", "GET", "/", 7, 1},
		{"source:GET /:type=text/plain;charset=utf-8:1", "source", "GET", "/", 0, 1},
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
		"source:GET /x:break":             `action "break": want delay, status, 429, leader, leader-lost, unauthorized, cut,`,
		"source:GET /x:cut:0":             `count 0: want 1 or more`,
		"source:GET /x:cut:3+0":           `count 3+0: want 1 or more`,
		"source:GET /x:cut:-3+1":          `action "-3+1": want delay`,
		"source:GET /x:reset=1":           `action "reset=1": takes no value`,
		"source:GET /x:restart=1":         `action "restart=1": takes no value`,
		"source:GET /x:type":              `action "type": want a media type such as text/plain`,
		"source:GET /x:type=json":         `action "type=json": want a media type such as text/plain`,
		"source:GET /x:text=100":          `action "text=100": want a number from 200 to 599`,
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
		{"after some", []string{"source:GET /:leader:1+2"}, `
			GET / -> 200
			GET / -> 500 50003
			GET / -> 500 50003
			GET / -> 200
		`},
		{"done by the leader", []string{"source:POST /subjects:leader-lost:1"}, `
			POST /subjects/b/versions {"schema":@string} -> 500 50003
			GET /subjects/b/versions -> 200 [1]
		`},
		{"not done without one", []string{"source:POST /subjects:leader:1"}, `
			POST /subjects/c/versions {"schema":@string} -> 500 50003
			GET /subjects/c/versions -> 404
		`},
		{"another type", []string{"source:POST /subjects:type=text/plain:1"}, `
			POST /subjects/d/versions {"schema":@string} -> 200 {"id":1}
			GET /subjects/d/versions -> 200 [1]
		`},
	} {
		t.Run(c.name, func(t *testing.T) {
			script(t, NewFaults(faultsOf(t, c.faults...)...).Befall(r, SideSource, r.Restart), c.lines)
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
		{"text", "Content-Type", mediaV1, "upstream connect error", 200},
		{"text=503", "Content-Type", mediaV1, "upstream connect error", 503},
		{"type=text/plain", "Content-Type", "text/plain", "[]", 200},
		{"leader", "Content-Type", mediaV1, `"error_code":50003`, 500},
		{"unauthorized-after=0", "WWW-Authenticate", `Basic realm="SchemaRegistry-Props"`, "Unauthorized", 401},
	} {
		w := httptest.NewRecorder()
		h := NewFaults(faultsOf(t, "source:* /:"+c.action)...).Befall(r, SideSource, nil)
		h.ServeHTTP(w, httptest.NewRequest("GET", "/subjects", nil))
		if w.Code != c.status || w.Header().Get(c.header) != c.want || !strings.Contains(w.Body.String(), c.body) {
			t.Errorf("%s: got %d %v %s", c.action, w.Code, w.Header(), w.Body)
		}
	}
}

func TestFaultDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewFaults(faultsOf(t, "source:* /:delay=2s", "source:POST /:status=503:1")...).Befall(newRegistry(t, Options{}), SideSource, nil)
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
