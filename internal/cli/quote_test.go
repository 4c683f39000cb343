package cli

import (
	"encoding/json"
	"os/exec"
	"strings"
	"testing"
	"unicode"

	"github.com/srmigrate/srmigrate/internal/engine"
	"github.com/srmigrate/srmigrate/internal/registry"
)

func TestQuotedIsWhatAShellTakes(t *testing.T) {
	for in, want := range map[string]string{
		"run.yaml":   "run.yaml",
		"":           "''",
		"a b":        "'a b'",
		"it's":       `'it'\''s'`,
		"a\nb":       `$'a\nb'`,
		"\x1b[2J'\\": `$'\x1b[2J\'\\'`,
		"\u009b1m":   `$'\xc2\x9b1m'`,
		"\xff1":      `$'\xff1'`,
		"né":         "né",
	} {
		got := quoted([]string{in})
		if got != want {
			t.Errorf("%q: got %s, want %s", in, got, want)
		}
		if strings.ContainsFunc(got, unicode.IsControl) {
			t.Errorf("%q: a control character is left in %q", in, got)
		}
		bash, err := exec.LookPath("bash")
		if err != nil {
			continue
		}
		out, err := exec.Command(bash, "-c", "printf %s "+got).Output()
		if err != nil || string(out) != in {
			t.Errorf("bash makes %q of %s (%v), want %q", out, got, err, in)
		}
	}
}

func TestAgainIsACommandWithoutSecrets(t *testing.T) {
	r := new(registry.Redactor)
	r.Add("it's\nsecret")
	a := &app{redactor: r}
	given := func(firm bool) engine.Given {
		return engine.Given{Vars: []string{"a=run's", "b=it's\nsecret"}, VarsFile: "v.yaml", Firm: firm}
	}
	for _, c := range []struct {
		in   input
		g    engine.Given
		want string
	}{
		{input{file: "x.yaml", vars: []string{"a=own"}}, given(false), "srmigrate run x.yaml --var a=own --var 'b=[redacted]' --vars-file v.yaml --restart"},
		{input{file: "x.yaml", vars: []string{"a=own"}, varsFile: "w.yaml"}, given(true), `srmigrate run x.yaml --var 'a=run'\''s' --var 'b=[redacted]' --vars-file w.yaml --restart`},
		{input{file: "x.yaml", vars: []string{"a=b c"}, state: "s.json"}, engine.Given{}, "srmigrate run x.yaml --var 'a=b c' --state s.json --restart"},
		{input{file: "-", vars: []string{"a=b"}}, engine.Given{}, "srmigrate run - --var a=b --restart < FILE"},
		{input{file: "x.yaml", vars: []string{"key=it's\nsecret"}}, engine.Given{}, "srmigrate run x.yaml --var 'key=[redacted]' --restart"},
	} {
		if got := a.again(&c.in, c.g, "run", "--restart"); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
}

func TestAStateCannotWriteToTheTerminal(t *testing.T) {
	raw, err := json.Marshal("né \x1b \u009b \x7f")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := inert(string(raw)+"\n"), `"né \u001b \u009b \u007f"`+"\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
