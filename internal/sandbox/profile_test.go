package sandbox

import (
	"strings"
	"testing"
)

func TestUnknownProfile(t *testing.T) {
	_, err := New(Options{Profile: "strict"})
	if err == nil || !strings.Contains(err.Error(), `profile "strict": want confluent, guide, community, lax`) {
		t.Errorf("got %v", err)
	}
}

// Without the extension there is no such route, whatever the verb.
func TestCommunity(t *testing.T) {
	r := newRegistry(t, Options{Profile: ProfileCommunity, Exporters: true})
	for _, request := range []string{
		"GET /exporters", "POST /exporters", "PUT /exporters", "GET /exporters/e", "PUT /exporters/e",
		"DELETE /exporters/e", "GET /exporters/e/status", "PUT /exporters/e/pause", "PUT /exporters/e/config",
	} {
		script(t, r, request+` {"name":"e"} -> 404 {"error_code":404,"message":"HTTP 404 Not Found"}`)
	}
	script(t, r, `
		POST /subjects/a/versions {"schema":@string} -> 200 {"id":1}
		PUT /mode {"mode":"IMPORT"} -> 422 42205
	`)
}

func TestLax(t *testing.T) {
	for _, c := range []struct{ name, lines string }{
		{"create", `
			GET /exporters -> 200 []
			PUT /exporters {"name":"e"} -> 405 405
			POST /exporters {"name":" "} -> 422 42201
			POST /exporters {"name":"e","contextType":"DEFAULT"} -> 422 42201
			POST /exporters {"name":"e"} -> 200 {"name":"e"}
			POST /exporters {"name":"e"} -> 409 40950
			GET /exporters -> 200 ["e"]
			GET /exporters/e -> 200 {"name":"e","contextType":"AUTO"}
			GET /exporters/x -> 404 40450
		`},
		{"states", `
			POST /exporters {"name":"e"} -> 200
			GET /exporters/e/status -> 200 {"name":"e","state":"PAUSED"}
			PUT /exporters/e/resume -> 200 {"name":"e"}
			PUT /exporters/e/resume -> 200 {"name":"e"}
			GET /exporters/e/status -> 200 {"state":"RUNNING"}
			PUT /exporters/e/reset -> 200 {"name":"e"}
			PUT /exporters/e {"contextType":"none"} -> 200 {"name":"e"}
			GET /exporters/e/status -> 200 {"state":"RUNNING"}
			PUT /exporters/e/pause -> 200 {"name":"e"}
			GET /exporters/e/status -> 200 {"state":"PAUSED"}
		`},
		{"deleted while it runs", `
			POST /exporters {"name":"e"} -> 200
			PUT /exporters/e/resume -> 200
			DELETE /exporters/e -> 200 {"name":"e"}
			DELETE /exporters/e -> 404 40450
			PUT /exporters/e/pause -> 404 40450
		`},
		{"a flat config wipes", `
			POST /exporters {"name":"e","config":{"a":"b"}} -> 200
			PUT /exporters/e/config {"config":{"c":"d"}} -> 200 {"name":"e"}
			GET /exporters/e/config -> 200 {"c":"d"}
			PUT /exporters/e/config {"e":"f"} -> 200 {"name":"e"}
			GET /exporters/e/config -> 200 {"c":null}
		`},
		{"an update replaces everything", `
			POST /exporters {"name":"e","contextType":"CUSTOM","context":"c","subjects":["a"],"config":{"a":"b"}} -> 200
			PUT /exporters/e {"contextType":"KEEP"} -> 422 42201
			PUT /exporters/e {"subjects":["b"]} -> 200 {"name":"e"}
			GET /exporters/e -> 200 {"name":"e","subjects":["b"],"contextType":null,"context":null,"config":null}
		`},
		{"secrets are shown", `
			POST /exporters {"name":"e","config":{"basic.auth.user.info":"u:p"}} -> 200
			GET /exporters/e -> 200 {"config":{"basic.auth.user.info":"u:p"}}
			GET /exporters/e/config -> 200 {"basic.auth.user.info":"u:p"}
		`},
		{"nothing is copied", `
			POST /subjects/a/versions {"schema":@string} -> 200
			POST /exporters {"name":"e","contextType":"NONE","config":{"schema.registry.url":"http://nowhere"}} -> 200
			PUT /exporters/e/resume -> 200
			GET /exporters/e/status -> 200 {"state":"RUNNING","offset":null,"trace":null,"deksOffset":null}
		`},
		{"listing", `
			POST /subjects/a/versions {"schema":@string,"metadata":{"properties":{"k":"v"}}} -> 200
			POST /subjects/:.p:b/versions {"schema":@string} -> 200
			POST /subjects/gone/versions {"schema":@long} -> 200
			DELETE /subjects/gone -> 200
			GET /schemas?subjectPrefix=:*: -> 200 []
			GET /schemas -> 200 [{"subject":"a","metadata":null}]
			GET /schemas?deleted=true -> 200 [{"subject":"a"},{"subject":"gone","deleted":null}]
			GET /contexts/.p/schemas -> 200 [{"subject":":.p:b"}]
			GET /subjects/a/versions/1 -> 200 {"metadata":{"properties":{"k":"v"}}}
		`},
		{"an import drops metadata and rules", `
			PUT /mode {"mode":"IMPORT"} -> 200
			POST /subjects/a/versions {"schema":@string,"id":7,"version":3,"metadata":{"properties":{"k":"v"}},"ruleSet":{"domainRules":[{"name":"r"}]}} -> 200
			GET /subjects/a/versions/3 -> 200 {"id":7,"metadata":null,"ruleSet":null}
			POST /subjects/a/versions {"schema":@string} -> 422 42205
		`},
	} {
		t.Run(c.name, func(t *testing.T) {
			script(t, newRegistry(t, Options{Profile: ProfileLax, Exporters: true}), c.lines)
		})
	}
}

func TestLaxHasNoCap(t *testing.T) {
	r := newRegistry(t, Options{Profile: ProfileLax})
	check(t, r.Seed(Seed{Subjects: 300, Versions: 8}))
	_, body := call(r, "GET", "/schemas", "")
	if got := strings.Count(body, `"version":`); got <= 1000 {
		t.Errorf("got %d rows, want more than the cap of others", got)
	}
}
