package steps

import (
	"encoding/json"
	"fmt"
	"testing"
)

// What an exporter's fields mean follows from the dialect of the registry it runs on; they are sent as written.
func TestGuideDialectOfTheSource(t *testing.T) {
	for _, tc := range []struct{ params, contextType, reached, not string }{
		{`"contextType":"AUTO","subjects":["*"]`, "NONE", ":.a:x", ""},
		{`"contextType":"NONE","subjects":["*"]`, "DEFAULT", "y", ":.a:x"},
		{`"contextType":"CUSTOM","context":"c","subjects":["*"]`, "REPLACE", ":.c:y", ":.c.a:x"},
	} {
		r := filled(t, nil)
		s := newCreate(t, exporterParams(tc.params))
		env := r.env("start")
		env.Dialects = map[string]string{"source": "guide", "target": "confluent"}
		raw, err := s.Record(t.Context(), env)
		if err != nil {
			t.Fatal(err)
		}
		var rec createRecord
		if err := json.Unmarshal(raw, &rec); err != nil {
			t.Fatal(err)
		}
		if rec.Mapping.ContextType != tc.contextType || fmt.Sprint(rec.Mapping.Patterns) != "[:*:]" || rec.reach().unknown {
			t.Errorf("%s: got %+v", tc.params, rec.Mapping)
		}
		if len(rec.reach().sources(tc.reached, rec.Contexts...)) == 0 || tc.not != "" && len(rec.reach().sources(tc.not, rec.Contexts...)) > 0 {
			t.Errorf("%s: reaches %s: %v, %s: %v", tc.params, tc.reached, rec.reach().sources(tc.reached, rec.Contexts...), tc.not, rec.reach().sources(tc.not, rec.Contexts...))
		}
		if sent := s.wanted(env); tc.contextType == sent.ContextType || fmt.Sprint(sent.Subjects) != "[*]" {
			t.Errorf("%s: sends %+v", tc.params, sent)
		}
	}
}

func TestLiveMappingInGuideDialect(t *testing.T) {
	r := filled(t, nil)
	r.source.tell(t, `POST /exporters {"name":"e","contextType":"NONE","subjects":["*"],"config":{"schema.registry.url":"`+r.target.url+`"}}`)
	env := r.env("look")
	env.Dialects = map[string]string{"source": "guide"}
	m, err := liveMapping(t.Context(), env, r.source.client, "e")
	if err != nil || m.ContextType != "DEFAULT" || fmt.Sprint(m.Patterns) != "[:*:]" {
		t.Errorf("got %+v, %v", m, err)
	}
}

func TestCheckInGuideDialect(t *testing.T) {
	scope := Scope{Registries: []string{"source", "target"}, Dialects: map[string]string{"source": "guide"}}
	for params, want := range map[string]string{
		`"contextType":"NONE"`:                    "[]",
		`"contextType":"DEFAULT"`:                 "[{/contextType 0 source has dialect guide, which does not know contextType DEFAULT; NONE moves all into the default context there}]",
		`"contextType":"CUSTOM","context":":.:"`:  "[{/context 0 write contextType NONE to move all into the default context}]",
		`"contextType":"CUSTOM","context":":.a:"`: "[]",
	} {
		s := newCreate(t, exporterParams(params+`,"subjects":["*"]`))
		if got := fmt.Sprint(s.Check(scope)); got != want {
			t.Errorf("%s: got %s, want %s", params, got, want)
		}
	}
}
