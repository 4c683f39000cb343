package steps

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/srmigrate/srmigrate/internal/registry"
)

func TestAssert(t *testing.T) {
	cases := map[string]struct {
		step   Assert
		status string
		text   string
		err    string
	}{
		"it holds": {
			step: Assert{That: `mode("source") == "readwrite"`}, text: `mode("source") = "READWRITE"`,
		},
		"it does not": {
			step: Assert{That: `mode("source") == "IMPORT"`, Message: "freeze it first"},
			err:  `freeze it first: mode("source") == "IMPORT" does not hold: mode("source") = "READWRITE"`,
		},
		"of an exporter": {
			step: Assert{That: `status.state == "PAUSED" && status.offset >= vars.least`, Exporter: "e"}, status: status("Paused", 7),
			text: `status.state = "PAUSED", status.state == "PAUSED" = true, status.offset = 7, vars.least = 7, status.offset >= vars.least = true`,
		},
		"without an answer": {
			step: Assert{That: `status.state == "PAUSED"`, Exporter: "e"}, status: "503",
			err: `GET http://source.test/exporters/e/status: 503 Service Unavailable, code 50350: as scripted`,
		},
		"of nothing": {step: Assert{That: "1 < 2"}, text: "1 < 2"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			s := scripted(t, always(c.status))
			s.env.Vars = map[string]any{"least": 7}
			out, err := c.step.Do(t.Context(), s.env)
			if got := fmt.Sprint(err); got != orNil(c.err) || out.Text() != c.text {
				t.Errorf("got  %v, %q\nwant %s, %q", err, out.Text(), orNil(c.err), c.text)
			}
		})
	}
}

func TestAssertCheck(t *testing.T) {
	scope := Scope{Registries: []string{"source", "target"}}
	cases := map[string]struct {
		step Assert
		want []Problem
	}{
		"fine": {step: Assert{That: `versions("target") == 0`}},
		"a typo": {
			step: Assert{That: `versions("targte") == 0`},
			want: []Problem{{Path: "/that", Offset: 9, Message: `unknown registry "targte"; did you mean "target"?`}},
		},
		"a registry": {
			step: Assert{That: "true", Registry: "src"},
			want: []Problem{{Path: "/registry", Message: `registry "src" is not declared; there is source, target`}},
		},
		"a condition that takes time": {
			step: Assert{That: `caughtUp("1m")`, Exporter: "e"},
			want: []Problem{{Path: "/that", Message: "caughtUp needs a step that looks more than once: waitFor"}},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, c.step.Check(scope)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAssertRegistryGone(t *testing.T) {
	env := &Env{Registries: map[string]*registry.Client{}}
	_, err := (&Assert{That: "true", Exporter: "e"}).Do(t.Context(), env)
	if err == nil || err.Error() != `registry "source" is not declared` {
		t.Errorf("got %v", err)
	}
}
