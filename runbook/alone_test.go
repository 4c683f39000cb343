package runbook

import (
	"strings"
	"testing"
)

// A file of registries is read where that is asked for, with every place where the file has it; anything that looks like a
// runbook is one.
func TestRegistriesAlone(t *testing.T) {
	env := func(name string) (string, bool) { return "hunter2", name == "PASSWORD" }
	const whole = "vars: {at: {env: AT, default: \"http://a\"}, p: {env: PASSWORD, secret: true}}\n" +
		"registries:\n  a: {url: \"${{ vars.at }}\", auth: {basic: {username: me, password: \"${{ vars.p }}\"}}}\n  b: {url: \"http://b\"}\n" +
		"defaults: {retry: {attempts: 2}}\n"
	rb, problems := Load("f", []byte(whole), Options{Getenv: env, Registries: true})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if a := rb.Registries[0]; a.URL != "http://a" || a.Password.Reveal() != "hunter2" || rb.Registries[1].Name != "b" || rb.Retry.Attempts != 2 {
		t.Errorf("got %+v", rb)
	}
	for src, want := range map[string]string{
		"registries: {a: {url: x}}":                            "f:1:23: url must be such as https://registry:8081; got \"x\"",
		"registries: {}":                                       "f:1:13: ",
		"registries: [a]":                                      "f:1:13: ",
		"regs: {}\nregistries: {a: {url: \"http://a\"}}":       `f:1:1: unknown key "regs"; a file without steps has registries, and vars and defaults with them`,
		"registries: {a: {url: \"http://a\"}}\nregistries: {}": `f:2:1: duplicate key "registries"`,
		"registries: {a: {url: \"http://a\"}}\nsteps: []":      `f:1:1: missing keys "apiVersion", "kind", "metadata", "spec"`,
		"vars: {}": `f:1:1: missing keys "apiVersion"`,
		"registries: {a: {url: \"${{ vars.none }}\"}}":                "f:1:",
		"x: &x {url: \"http://a\"}\nregistries: {a: *x, b: {<<: *x}}": `f:1:1: unknown key "x"`,
	} {
		_, problems := Load("f", []byte(src), Options{Getenv: env, Registries: true})
		var all []string
		for _, p := range problems {
			all = append(all, p.Error())
		}
		if got := strings.Join(all, "\n"); len(all) == 0 || !strings.Contains(got, want) {
			t.Errorf("%s: got %s\nwant %s", src, got, want)
		}
	}
	if _, problems := Load("f", []byte(whole), Options{Getenv: env}); len(problems) == 0 {
		t.Error("what runs steps took a file without any")
	}
}
