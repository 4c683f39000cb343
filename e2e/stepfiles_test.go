package e2e

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/srmigrate/srmigrate/steps"
)

// stepFiles are the files by hand that make a step type, with %s for its name.
var stepFiles = []string{
	"../steps/%s.go", "../schemas/steps/%s.schema.json", "../examples/steps/%s.yaml", "testdata/%s.txtar",
}

func TestAStepTypeIsItsFourFiles(t *testing.T) {
	types := steps.Types()
	if len(types) == 0 {
		t.Fatal("no step types")
	}
	for _, name := range types {
		for _, pattern := range stepFiles {
			file := strings.ReplaceAll(pattern, "%s", name)
			if _, err := os.Stat(file); err != nil {
				t.Errorf("step type %s lacks %s", name, filepath.Join("e2e", file))
			}
		}
	}
	for _, pattern := range stepFiles[1:3] {
		for _, name := range named(t, pattern) {
			if !slices.Contains(types, name) {
				t.Errorf("%s belongs to no step type", strings.ReplaceAll(pattern, "%s", name))
			}
		}
	}
}

// named lists the names for which a file of the pattern exists.
func named(t *testing.T, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(strings.ReplaceAll(pattern, "%s", "*"))
	if err != nil {
		t.Fatal(err)
	}
	before, after, _ := strings.Cut(pattern, "%s")
	names := map[string]bool{}
	for _, f := range files {
		names[strings.TrimSuffix(strings.TrimPrefix(filepath.ToSlash(f), before), after)] = true
	}
	return slices.Sorted(maps.Keys(names))
}

// What carries steps knows none of them by name, or adding one would touch more than four files.
func TestNoCarrierNamesAStepType(t *testing.T) {
	for file := range goFiles(t) {
		if !strings.HasPrefix(file, "runbook/") && !strings.HasPrefix(file, "internal/engine/") &&
			!strings.HasPrefix(file, "internal/state/") {
			continue
		}
		src, err := os.ReadFile(filepath.Join("..", file))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range steps.Types() {
			if strings.Contains(string(src), `"`+name+`"`) {
				t.Errorf("%s names step type %q", file, name)
			}
		}
	}
}
