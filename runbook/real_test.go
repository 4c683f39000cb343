package runbook

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/srmigrate/srmigrate/schemas"
	"github.com/srmigrate/srmigrate/steps"
)

// needs skips a test while step types that it uses are not there.
func needs(t *testing.T, types ...string) {
	t.Helper()
	for _, typ := range types {
		if !slices.Contains(schemas.Types(), typ) || !slices.Contains(steps.Types(), typ) {
			t.Skipf("there is no step type %s", typ)
		}
	}
}

var migrationTypes = []string{
	"assert", "compare", "createExporter", "delete", "pause", "restoreCompatibility", "restoreMode", "resume", "setMode", "waitFor",
}

func TestRealTypesGood(t *testing.T) {
	needs(t, migrationTypes...)
	files, _ := filepath.Glob("testdata/real/good/*.yaml")
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			rb, problems := Load(filepath.Base(file), src, Options{})
			if len(problems) > 0 {
				t.Fatalf("got problems:\n%s", text(problems))
			}
			golden(t, strings.TrimSuffix(file, ".yaml")+".want", outline(rb))
		})
	}
}

func TestRealTypesBad(t *testing.T) {
	needs(t, migrationTypes...)
	files, _ := filepath.Glob("testdata/real/bad/*.yaml")
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			abs, _ := filepath.Abs(file)
			_, problems := loadFile(t, abs, installed)
			golden(t, strings.TrimSuffix(abs, ".yaml")+".want", text(problems))
		})
	}
}

// Every schema compiles, also those that no test above uses.
func TestSchemasCompile(t *testing.T) {
	if _, err := document(); err != nil {
		t.Error(err)
	}
	for _, typ := range schemas.Types() {
		if _, err := installed.contract(typ); err != nil {
			t.Error(err)
		}
	}
}

// outline shows the steps and what undoes them.
func outline(rb *Runbook) string {
	var b strings.Builder
	for _, s := range rb.Steps {
		b.WriteString(s.ID + " " + s.Type + " " + s.Timeout.String() + " " + string(s.OnFailure) + ": " + s.Step.Describe() + "\n")
		for _, u := range s.Rollback {
			b.WriteString("    " + u.ID + " " + u.Type + " " + u.Timeout.String() + ": " + u.Step.Describe() + "\n")
		}
	}
	return b.String()
}
