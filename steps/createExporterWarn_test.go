package steps

import (
	"strings"
	"testing"

	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/registry"
)

func codes(found []event.Finding) string {
	var list []string
	for _, f := range found {
		list = append(list, f.Code)
	}
	return strings.Join(list, " ")
}

// What does something else than many expect is told before the first write; it stops nothing.
func TestExporterWarnings(t *testing.T) {
	for spec, want := range map[string]string{
		`"contextType":"NONE","subjects":[":*:"]`:                 "",
		`"contextType":"NONE","subjects":["x","xx"]`:              "",
		`"contextType":"NONE","subjects":["*",":.a:*"]`:           "SRM023 .b",
		`"contextType":"NONE","subjects":["*"]`:                   "SRM023 .a, .b",
		`"contextType":"AUTO","subjects":[":*:"]`:                 "SRM021 ",
		`"contextType":"CUSTOM","context":"c","subjects":[":*:"]`: "",
		`"contextType":"DEFAULT","subjects":[":*:"]`:              "SRM022 ., .a, .b",
		`"contextType":"DEFAULT","subjects":[":.a:*"]`:            "",
	} {
		r := filled(t, nil)
		found, err := newCreate(t, exporterParams(spec)).Find(t.Context(), r.env("start"))
		code, text, _ := strings.Cut(want, " ")
		if codes(found) != code || err != nil || code != "" && (found[0].Severity != "warning" || !strings.Contains(found[0].Text, text) || found[0].Remedy == "") {
			t.Errorf("%s: got %+v, %v, want %s", spec, found, err, want)
		}
	}
}

// In the guide's dialect the same words mean something else.
func TestExporterWarningsInGuideDialect(t *testing.T) {
	for spec, want := range map[string]string{
		`"contextType":"AUTO","subjects":["*"]`:                 "",
		`"contextType":"NONE","subjects":["*"]`:                 "SRM022",
		`"contextType":"NONE","subjects":[":.a:*"]`:             "",
		`"contextType":"CUSTOM","context":"c","subjects":["*"]`: "SRM022",
	} {
		r := filled(t, []string{`PUT /mode {"mode":"IMPORT"}`}, guided)
		speakGuide(r)
		if found, err := newCreate(t, exporterParams(spec)).Find(t.Context(), r.env("start")); codes(found) != want || err != nil {
			t.Errorf("%s: got %+v, %v, want %s", spec, found, err, want)
		}
	}
}

// Keys that no server reads go through with a warning; credentials that cannot work are an error before the first write.
func TestExporterConfigFindings(t *testing.T) {
	for config, want := range map[string]string{
		`{}`: "",
		`{"schema.registry.exporter.poll.interval.ms":"5000","schema.registry.exporter.batch.size":"10"}`: "SRM024 SRM024",
		`{"exporter.batch.size":"10"}`: "SRM024",
		`{"schema.registry.ssl.trustore.location":"/t","basic.auth.user.infos":"u","url":"x","sasl.jaas.config":"x"}`: "SRM024 SRM024 SRM024",
		`{"basic.auth.user.info":"u:p"}`:                                           "SRM025",
		`{"bearer.auth.token":"t"}`:                                                "SRM025",
		`{"bearer.auth.client.secret":"t"}`:                                        "SRM025",
		`{"basic.auth.credentials.source":"USER_INFO","basic.auth.user.info":"u"}`: "SRM025",
		`{"basic.auth.credentials.source":"USER_INFO","basic.auth.user.info":"u:p","bearer.auth.credentials.source":"STATIC_TOKEN","bearer.auth.token":"t"}`: "SRM025",
		`{"http.connect.timeout.ms":"10","schema.registry.ssl.truststore.location":"/t"}`:                                                                    "",
		`{"basic.auth.credentials.source":"USER_INFO"}`:                                                                                                      "SRM025",
		`{"basic.auth.credentials.source":"USER_INFO","schema.registry.basic.auth.user.info":"u:p"}`:                                                         "",
		`{"basic.auth.credentials.source":"URL"}`:                                                                                                            "",
		`{"bearer.auth.credentials.source":"STATIC_TOKEN"}`:                                                                                                  "SRM025",
		`{"bearer.auth.credentials.source":"STATIC_TOKEN","bearer.auth.token":"t"}`:                                                                          "",
		`{"bearer.auth.credentials.source":"OAUTHBEARER","bearer.auth.client.id":"i"}`:                                                                       "SRM025",
		`{"bearer.auth.credentials.source":"OAUTHBEARER","bearer.auth.client.id":"i","bearer.auth.client.secret":"s","bearer.auth.issuer.endpoint.url":"http://i","bearer.auth.scope":"s"}`: "",
	} {
		r := filled(t, nil)
		s := newCreate(t, exporterParams(`"contextType":"NONE","subjects":[":*:"],"config":`+config))
		found, err := s.Find(t.Context(), r.env("start"))
		if codes(found) != want || err != nil {
			t.Errorf("%s: got %+v, %v, want %s", config, found, err, want)
		}
		if sent := s.wanted(r.env("start")).Config; len(sent) != strings.Count(config, `":"`)+1 {
			t.Errorf("%s: not all of it is sent: %v", config, sent)
		}
		update := r.step("updateExporter", `{"exporter":"e","config":`+config+`,"reset":true}`).(Finder)
		found, err = update.Find(t.Context(), r.env("change"))
		if got := codes(found); err != nil || got != strings.ReplaceAll(want, "SRM025", "") {
			t.Errorf("update, %s: got %+v, %v", config, found, err)
		}
	}
}

// A key that nobody reads is nearly always one that is written wrong.
func TestAKeyThatIsMeant(t *testing.T) {
	for key, want := range map[string]string{
		"schema.registry.ssl.trustore.location": "write schema.registry.ssl.truststore.location, if that is meant; else leave it out",
		"ssl.keystore.pasword":                  "write schema.registry.ssl.keystore.password, if that is meant; else leave it out",
		"schema.registry.basic.auth.user.infos": "write basic.auth.user.info, if that is meant; else leave it out",
		"schema.registry.urls":                  "write schema.registry.url, if that is meant; else leave it out",
		"poll.interval":                         "leave it out",
	} {
		found := unread(map[string]registry.Secret{key: registry.NewSecret("x")})
		if len(found) != 1 || found[0].Remedy != want {
			t.Errorf("%s: got %+v, want %q", key, found, want)
		}
	}
}

func TestFindingsComeInOneOrder(t *testing.T) {
	config := map[string]registry.Secret{
		"basic.auth.credentials.source":  registry.NewSecret("USER_INFO"),
		"bearer.auth.credentials.source": registry.NewSecret("STATIC_TOKEN"),
	}
	for range 20 {
		found := configFindings(config, true)
		if len(found) != 3 || !strings.Contains(found[0].Text, "basic") || !strings.Contains(found[1].Text, "bearer") || !strings.Contains(found[2].Text, "both") {
			t.Fatalf("got %+v, want basic, bearer, both", found)
		}
	}
}
