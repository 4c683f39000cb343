package steps

import (
	"testing"

	"github.com/srmigrate/srmigrate/internal/registry"
)

func TestFellowsAreKnownByWhereTheyWrite(t *testing.T) {
	const target = "http://127.0.0.1:1"
	c, err := registry.New(registry.Config{Name: "target", URL: target})
	if err != nil {
		t.Fatal(err)
	}
	url := func(name string) string { return map[string]string{"source": "http://s", "target": target + "/"}[name] }
	for _, x := range []struct {
		name, typ, params, place string
		known, sure              bool
	}{
		{"its context", "createExporter", `{"exporter":"e","contextType":"CUSTOM","context":"eu","subjects":[":*:"]}`, ":.eu:", true, true},
		{"below that", "createExporter", `{"exporter":"e","contextType":"CUSTOM","context":".eu","subjects":[":*:"]}`, ":.eu.a:s", true, true},
		{"what begins like it", "createExporter", `{"exporter":"e","contextType":"CUSTOM","context":"eu","subjects":[":*:"]}`, ":.europe:", false, false},
		{"the default context", "createExporter", `{"exporter":"e","contextType":"CUSTOM","context":"eu","subjects":[":*:"]}`, "", false, false},
		{"a subject of no pattern", "createExporter", `{"exporter":"e","contextType":"CUSTOM","context":"eu","subjects":["a*"]}`, ":.eu:b", false, false},
		{"the source's contexts", "createExporter", `{"exporter":"e","contextType":"NONE","subjects":[":*:"]}`, ":.a:", true, false},
		{"one of them", "createExporter", `{"exporter":"e","contextType":"NONE","subjects":[":.a:*"]}`, ":.b:", false, false},
		{"what a server makes up", "createExporter", `{"exporter":"e","contextType":"AUTO","subjects":[":*:"]}`, ":.lsrc-1:", true, false},
		{"but not by it", "createExporter", `{"exporter":"e","contextType":"AUTO","subjects":[":*:"]}`, "", false, false},
		{"a copy", "copy", `{"contextType":"CUSTOM","context":"eu"}`, ":.eu:", true, true},
		{"a mode", "setMode", `{"registry":"target","mode":"IMPORT","context":"eu"}`, ":.eu:", true, true},
		{"one for all", "setMode", `{"registry":"target","mode":"READONLY"}`, "", false, false},
		{"another registry", "setMode", `{"registry":"source","mode":"IMPORT","context":"eu"}`, ":.eu:", false, false},
		{"a look", "assert", `{"that":"true"}`, ":.eu:", false, false},
	} {
		s, err := New(x.typ, []byte(x.params))
		if err != nil {
			t.Fatalf("%s: %v", x.name, err)
		}
		f, ok := FellowOf("eu", s, url, func(string) string { return "" })
		env := &Env{Fellows: func() []Fellow {
			if ok {
				return []Fellow{f}
			}
			return nil
		}}
		if by := env.fellowsAt(c, x.place); (len(by.cells) == 1) != x.known || by.sure != x.sure {
			t.Errorf("%s: %v, want known %t, sure %t", x.name, by, x.known, x.sure)
		}
	}
}

func TestFellowsThatAreExpectedLeaveOutTheRest(t *testing.T) {
	c, err := registry.New(registry.Config{Name: "target", URL: "http://t"})
	if err != nil {
		t.Fatal(err)
	}
	all := func(string) bool { return true }
	env := &Env{Fellows: func() []Fellow {
		return []Fellow{
			{Cell: "a", target: "http://t:80", covers: all},
			{Cell: "b", target: "http://t:80", covers: all, sure: true},
			{Cell: "b", target: "http://t:80", covers: all, sure: true},
			{Cell: "c", target: "http://t:80", covers: all},
		}
	}}
	if by := env.fellowsAt(c, ":.x:"); !by.sure || len(by.cells) != 1 || by.cells[0] != "b" {
		t.Errorf("got %v, want b alone", by)
	}
	if got, want := leftTo([]byFellows{{[]string{"b"}, true}, {[]string{"b", "d"}, true}, {[]string{"c"}, false}}), "; 2 left to cells b, d"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
