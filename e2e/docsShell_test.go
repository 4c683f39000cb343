package e2e

import (
	"go/ast"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// shellCommands are those of sh blocks, and the test that runs what each of them is.
var shellCommands = map[string]string{
	"make demo":                        "TestTheDemoLeavesItsReport",
	"xdg-open demo-report/report.html": "TestTheDemoLeavesItsReport",
	"make test":                        "TestTheREADMEsMakeTargetsExist",
	"srmigrate render kubernetes fleet.yaml --concurrency 20":                       "TestCommandsOfACell",
	"srmigrate render argo fleet.yaml --concurrency 20":                             "TestCommandsOfACell",
	"srmigrate render github fleet.yaml --out .github/workflows":                    "TestCommandsOfACell",
	"CGO_ENABLED=0 go build -trimpath -ldflags \"-s -w -buildid=\" ./cmd/srmigrate": "TestBuildsAreReproducible",
}

// A command that a document shows is run: those of console blocks are replayed, and of the others each has a test. What
// stands in sentences is looked up.
func TestEveryCommandOfADocumentIsRun(t *testing.T) {
	block := regexp.MustCompile("(?ms)^```(\\w+)\n(.*?)^```")
	tests := testNames(t)
	for path, page := range pages(t) {
		for _, m := range block.FindAllStringSubmatch(page, -1) {
			if slices.Contains([]string{"console", "yaml", "json"}, m[1]) {
				continue
			}
			if m[1] != "sh" {
				t.Errorf("%s: a block of %s: write console, which is replayed, or sh, and say which test runs it", path, m[1])
			}
			for line := range strings.Lines(m[2]) {
				command, _, _ := strings.Cut(strings.TrimSpace(line), " #")
				if by := shellCommands[command]; !tests[by] {
					t.Errorf("%s: no test runs %q (test %q)", path, command, by)
				}
			}
		}
	}
}

// A sentence that names a target of the Makefile, or a test, names one that is there.
func TestDocumentsNameTargetsAndTestsThatExist(t *testing.T) {
	makefile, err := os.ReadFile("../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	tests, n := testNames(t), 0
	for path, page := range pages(t) {
		for _, m := range regexp.MustCompile("`make ([a-z0-9-]+)[^`]*`").FindAllStringSubmatch(page, -1) {
			n++
			if !regexp.MustCompile(`(?m)^` + m[1] + `:`).Match(makefile) {
				t.Errorf("%s: the Makefile has no target %s", path, m[1])
			}
		}
		for _, m := range regexp.MustCompile("`[^`]*-run '?\\^?(Test\\w+)[^`]*`").FindAllStringSubmatch(page, -1) {
			n++
			if !slices.ContainsFunc(slices.Collect(maps.Keys(tests)), func(name string) bool { return strings.HasPrefix(name, m[1]) }) {
				t.Errorf("%s: there is no test %s", path, m[1])
			}
		}
	}
	if n < 10 {
		t.Errorf("only %d of them found", n)
	}
}

// What `make demo` calls: whoever has just cloned the project opens its report with the next command.
func TestTheDemoLeavesItsReport(t *testing.T) {
	t.Parallel()
	makefile, err := os.ReadFile("../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(makefile), "\n\t./srmigrate demo --report demo-report\n") {
		t.Error("make demo does not leave its report in demo-report")
	}
	cmd := exec.Command("srmigrate", "demo", "--report", "demo-report")
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), "TMPDIR="+t.TempDir())
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "\nreport    "+filepath.Join("demo-report", "report.html")+"\n") {
		t.Errorf("%v\n%s", err, out)
	}
	page, err := os.ReadFile(filepath.Join(cmd.Dir, "demo-report", "report.html"))
	if err != nil || !strings.Contains(string(page), "</html>") {
		t.Errorf("no whole page: %v", err)
	}
}

// testNames are the tests of all packages.
func testNames(t *testing.T) map[string]bool {
	names := map[string]bool{}
	for _, dir := range []string{"../cmd", "../internal", "../runbook", "../steps", "../schemas", "../e2e"} {
		for _, f := range sources(t, dir, true) {
			for _, d := range f.Decls {
				if fn, ok := d.(*ast.FuncDecl); ok && strings.HasPrefix(fn.Name.Name, "Test") {
					names[fn.Name.Name] = true
				}
			}
		}
	}
	return names
}
