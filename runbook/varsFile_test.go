package runbook

import (
	"maps"
	"strings"
	"testing"
)

func TestReadVars(t *testing.T) {
	got, err := ReadVars([]byte("# of the target\na: b\nn: 0123\nflag: yes\nf: 1.50\nq: \"5 # 6\"\nlines: |\n  x\n  y\n"))
	want := map[string]string{"a": "b", "n": "0123", "flag": "yes", "f": "1.50", "q": "5 # 6", "lines": "x\ny\n"}
	if err != nil || !maps.Equal(got, want) {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
	if got, err := ReadVars([]byte("{}")); err != nil || len(got) != 0 {
		t.Errorf("got %q, %v", got, err)
	}
}

// A value that YAML stumbles over is not shown.
func TestReadVarsRefuses(t *testing.T) {
	for src, want := range map[string]string{
		"":                        "line 1: not a YAML mapping",
		"C4N4RY":                  "line 1: not a YAML mapping",
		"[C4N4RY]":                "line 1: not a YAML mapping",
		"a: 1\nb: *C4N4RY":        "not a YAML mapping",
		"a: 1\nb: 'C4N4RY":        "not a YAML mapping",
		"a: 1\nb: C4N4RY: x":      "line 2: not a YAML mapping",
		"a: \"\\C4N4RY\"":         "not a YAML mapping",
		"a: b\n---\nc: d":         "not a YAML mapping",
		"a: 1\nb: !C4N4RY x":      `line 2: quote the value of "b"`,
		"a: 1\nb: &C4N4RY x":      `line 2: quote the value of "b"`,
		"a: &x C4N4RY\nb: *x":     `line 1: quote the value of "a"`,
		"a: C4N4RY\na: C4N4RY":    `line 2: "a" is there twice`,
		"a: [C4N4RY]":             `line 1: the value of "a" must be text, a number, true or false`,
		"a: {C4N4RY: 1}":          `line 1: the value of "a" must be text, a number, true or false`,
		"a: 1\nb:":                `line 2: the value of "b" must be text, a number, true or false`,
		"? [C4N4RY]\n: 1":         "line 1: a name is a single word",
		"a: \"C4N4RY\x00\"":       "line 1: not a YAML mapping",
		"a: {C4N4RY: 1}\nb: [":    "not a YAML mapping",
		"<<: {a: C4N4RY}\nb: 1\n": "line 1: a name is a single word",
	} {
		_, err := ReadVars([]byte(src))
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "C4N4RY") {
			t.Errorf("%q: got %v, want %s", src, err, want)
		}
	}
}
