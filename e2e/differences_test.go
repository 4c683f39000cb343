package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The page on where servers differ names, for each difference, tests or scripts that exist, or says why there is none.
func TestEachDifferenceOfServersIsShown(t *testing.T) {
	page, err := os.ReadFile("../docs/where-servers-differ.md")
	if err != nil {
		t.Fatal(err)
	}
	known := shownBy(t)
	rows := 0
	for i, line := range strings.Split(string(page), "\n") {
		cells := strings.Split(strings.Trim(line, "|"), "|")
		if !strings.HasPrefix(line, "|") || len(cells) > 0 && (strings.HasPrefix(cells[0], "---") || strings.TrimSpace(cells[len(cells)-1]) == "shown by") {
			continue
		}
		rows++
		if len(cells) != 4 {
			t.Errorf("line %d has %d columns, want 4", i+1, len(cells))
			continue
		}
		names := regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(cells[3], -1)
		if len(names) == 0 && !strings.Contains(cells[2], "Not testable: ") {
			t.Errorf("line %d names no test, and no reason for that", i+1)
		}
		for _, n := range names {
			if !known[n[1]] {
				t.Errorf("line %d: there is no test or script %s", i+1, n[1])
			}
		}
	}
	if rows < 38 {
		t.Errorf("only %d differences", rows)
	}
}

// shownBy lists the names of all Go tests and scripts.
func shownBy(t *testing.T) map[string]bool {
	known := map[string]bool{}
	scripts, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	lint, err := filepath.Glob(lintDir + "/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	scripts = append(scripts, lint...)
	for _, s := range scripts {
		known[filepath.Base(s)] = true
	}
	test := regexp.MustCompile(`(?m)^func (Test\w+)\(`)
	err = filepath.WalkDir("..", func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		src, err := os.ReadFile(path)
		for _, m := range test.FindAllSubmatch(src, -1) {
			known[string(m[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return known
}

// What other tools do by hand is done here over HTTP: no other program is started.
func TestNoOtherProgramIsStarted(t *testing.T) {
	for file, imports := range goFiles(t) {
		if slices.Contains(imports, "os/exec") {
			t.Errorf("%s imports os/exec", file)
		}
	}
}
