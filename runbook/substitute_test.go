package runbook

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

const hushed = "hunter2-hush"

// withText is a runbook with a text in a field that may refer to vars, and a var of that value.
func withText(text, value string) []byte {
	quoted := func(s string) string {
		b, err := json.Marshal(s)
		if err != nil {
			panic(err) // strings
		}
		return string(b)
	}
	return fmt.Appendf(nil, `{"apiVersion": "srmigrate.dev/v1", "kind": "Runbook", "metadata": {"name": "x"}, "spec": {
		"vars": {"x": %s, "quiet": {"env": "QUIET", "secret": true}},
		"registries": {"source": {"url": "http://source"}},
		"steps": [{"id": "look", "assert": {"that": "subjects(\"source\") > 0", "message": %s}}]}}`, quoted(value), quoted(text))
}

// expanded is what a text stands for, in the words of the documentation; false where it must be refused.
func expanded(text, value string) (string, bool) {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "${{")
		if !found {
			b.WriteString(text)
			return b.String(), true
		}
		if bare, ok := strings.CutSuffix(before, "$"); ok {
			b.WriteString(bare + "${{")
			text = rest
			continue
		}
		path, after, closed := strings.Cut(rest, "}}")
		if !closed || strings.TrimSpace(path) != "vars.x" {
			return "", false
		}
		b.WriteString(before + value)
		text = after
	}
}

// A text comes out as documented or is refused with its place; a secret comes out nowhere.
func FuzzSubstitute(f *testing.F) {
	for _, s := range [][2]string{
		{"from ${{ vars.x }} to $${{ vars.x }}", "here"},
		{"${{vars.x}}${{ vars.x }}", "5"},
		{"$${{", "${{ vars.x }}"},
		{"${{ vars.quiet }}", ""},
		{"${{ vars.y }", "}}"},
		{"$$${{ vars.x }}", "$"},
		{"${{ run.id }} ${{ steps.a.outputs.b }}", "é"},
	} {
		f.Add(s[0], s[1])
	}
	f.Fuzz(func(t *testing.T, text, value string) {
		src := withText(text, value)
		o := Options{Getenv: func(string) (string, bool) { return hushed, true }}
		rb, problems := load("fuzz.yaml", src, o, installed)
		for _, p := range problems {
			if p.Line < 1 || p.Col < 1 || p.Message == "" {
				t.Errorf("a problem without a place: %#v", p)
			}
			if !strings.Contains(text+value, hushed) && strings.Contains(p.Error(), hushed) {
				t.Errorf("shows a secret: %s", p.Error())
			}
		}
		if rb == nil {
			return
		}
		raw, err := json.Marshal(rb.Steps[0].Step)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(text+value, hushed) && strings.Contains(string(raw), hushed) {
			t.Errorf("%q puts a secret into a message: %s", text, raw)
		}
		var got struct{ Message string }
		if err := json.Unmarshal(raw, &got); err != nil {
			t.Fatal(err)
		}
		want, ok := expanded(asRead(t, text), asRead(t, value))
		switch {
		case strings.Contains(text, "run.id"): // known later
		case !ok:
			t.Errorf("%q is not refused, and comes out as %q", text, got.Message)
		case got.Message != want:
			t.Errorf("%q with %q: got %q, want %q", text, value, got.Message, want)
		}
	})
}

// asRead is a text after it was written and read as JSON, which knows no broken UTF-8.
func asRead(t *testing.T, s string) string {
	t.Helper()
	b, err := json.Marshal(s)
	if err == nil {
		err = json.Unmarshal(b, &s)
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}
