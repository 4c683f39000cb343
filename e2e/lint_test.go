package e2e

import (
	"bufio"
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/rogpeppe/go-internal/txtar"
	"github.com/srmigrate/srmigrate/internal/event"
)

const lintDir = "testdata/lint"

// Each code has a script with a runbook that shows it firing, one that is like it and silent, and one that allows it, or
// tries to.
func TestLint(t *testing.T) {
	if o, err := elsewhere(os.Getenv); o != nil || err != nil {
		t.Skip("what the registries hold is made up, which only the sandbox's can be")
	}
	p := scripts(t, nil)
	p.Dir = lintDir
	p.Cmds["lint"] = cmdLint
	testscript.Run(t, p)
}

func TestEachCodeHasItsScript(t *testing.T) {
	var names []string
	for _, c := range event.Codes() {
		names = append(names, c.Code)
		a, err := txtar.ParseFile(filepath.Join(lintDir, c.Code+".txtar"))
		if err != nil {
			t.Errorf("%s: %v", c.Code, err)
			continue
		}
		for _, name := range []string{"fires.yaml", "silent.yaml", "allowed.yaml"} {
			if !slices.ContainsFunc(a.Files, func(f txtar.File) bool { return f.Name == name }) {
				t.Errorf("%s.txtar lacks %s", c.Code, name)
			}
		}
		if !regexp.MustCompile(`(?m)^lint (-live )?` + c.Code + "$").Match(a.Comment) {
			t.Errorf("%s.txtar does not have: lint %s", c.Code, c.Code)
		}
	}
	for _, name := range named(t, lintDir+"/%s.txtar") {
		if !slices.Contains(names, name) {
			t.Errorf("%s.txtar is about no code", name)
		}
	}
}

// cmdLint demands that a code is found, not found and allowed: lint [-live] CODE [PREFIX]. With -live the registries are
// looked at; prefix begins the names of other runbooks than fires.yaml, silent.yaml and allowed.yaml.
func cmdLint(ts *testscript.TestScript, _ bool, args []string) {
	verb := "validate"
	if args[0] == "-live" {
		verb, args = "plan", args[1:]
	}
	prefix := strings.Join(args[1:], "")
	i := slices.IndexFunc(event.Codes(), func(c event.Code) bool { return c.Code == args[0] })
	if i < 0 {
		ts.Fatalf("there is no code %s", args[0])
	}
	code := event.Codes()[i]
	says := func(file, pattern string, exits int, flags ...string) {
		got := exit(ts.Exec("srmigrate", append(flags, file)...))
		out := ts.ReadFile("stdout") + ts.ReadFile("stderr")
		if got != exits {
			ts.Fatalf("%s %s: exit %d, want %d\n%s", strings.Join(flags, " "), file, got, exits, out)
		}
		if there := regexp.MustCompile("(?m)" + pattern).MatchString(out); there != (pattern != code.Code) {
			ts.Fatalf("%s %s: %q: found %t\n%s", strings.Join(flags, " "), file, pattern, there, out)
		}
	}
	found := func(severity string) string { return "(^| )" + severity + " +([a-z-]+: )?" + code.Code + ": " }
	says(prefix+"fires.yaml", found(code.Severity), map[string]int{"error": 3}[code.Severity], verb)
	says(prefix+"fires.yaml", found("error"), 3, verb, "--strict")
	says(prefix+"silent.yaml", code.Code, 0, verb, "--strict")
	if code.Firm != "" {
		says(prefix+"allowed.yaml", code.Code+" cannot be allowed", 3, "validate")
		return
	}
	says(prefix+"allowed.yaml", found("allowed")+`.*(\n +| )because it is meant$`, 0, verb, "--strict")
}

// Each code has a page that is called as the code says, and each page is in the index and about a code.
func TestEachCodeHasItsPage(t *testing.T) {
	index, err := os.ReadFile("../docs/lint/README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range event.Codes() {
		page, err := os.ReadFile("../docs/lint/" + c.Code + ".md")
		if err != nil {
			t.Error(err)
			continue
		}
		title, _ := bufio.NewReader(bytes.NewReader(page)).ReadString('\n')
		if want := "# " + c.Code + ": " + c.Says + "\n"; title != want {
			t.Errorf("%s.md: got %q, want %q", c.Code, title, want)
		}
		row := "| [" + c.Code + "](" + c.Code + ".md) | " + c.Severity + " | " + c.Says + " |"
		if !strings.Contains(string(index), row) {
			t.Errorf("docs/lint/README.md lacks the row %s", row)
		}
		for _, part := range []string{"## Why", "## What to do", "## Allowing it"} {
			if !strings.Contains(string(page), "\n"+part+"\n") {
				t.Errorf("%s.md lacks %s", c.Code, part)
			}
		}
		if firm := strings.Contains(string(page), "cannot be allowed"); firm != (c.Firm != "") {
			t.Errorf("%s.md says that it cannot be allowed: %t", c.Code, firm)
		}
	}
	for _, name := range named(t, "../docs/lint/SRM%s.md") {
		if !slices.ContainsFunc(event.Codes(), func(c event.Code) bool { return c.Code == "SRM"+name }) {
			t.Errorf("SRM%s.md is about no code", name)
		}
	}
}

// What the repository shows to copy from has nothing in it that nobody has thought about.
func TestExamplesAreStrictlyValid(t *testing.T) {
	files, err := filepath.Glob("../examples/*/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	testscript.Run(t, testscript.Params{Files: []string{strictScript(t, append(files, "../examples/quickstart.yaml"))}})
}

func strictScript(t *testing.T, files []string) string {
	t.Helper()
	var b strings.Builder
	for _, f := range files {
		path, err := filepath.Abs(f)
		if err != nil {
			t.Fatal(err)
		}
		b.WriteString("exec srmigrate validate --strict '" + path + "'\n")
	}
	script := filepath.Join(t.TempDir(), "strict.txtar")
	if err := os.WriteFile(script, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return script
}
