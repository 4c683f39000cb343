package e2e

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/srmigrate/srmigrate/"

// floors is the shape of the code: a package imports only from floors below its own.
var floors = map[string]int{
	"cmd/srmigrate": 7, "e2e": 7,
	"internal/cli":    6,
	"internal/report": 5,
	"internal/engine": 4, "internal/watch": 4, "internal/state/conformance": 4,
	"runbook": 3, "internal/state": 3,
	"steps":         2,
	"internal/otlp": 2, "internal/snapshot": 2,
	"internal/compare": 1, "internal/metrics": 1, "internal/notify": 1,
	"internal/registry": 0, "internal/normal": 0, "internal/render": 0, "internal/condition": 0, "internal/event": 0, "internal/sandbox": 0, "internal/planted": 0,
	"internal/objects": 0, "internal/objects/objectstest": 1,
	"schemas": 0, "examples": 0,
}

func TestPackagesImportOnlyFromFloorsBelow(t *testing.T) {
	seen := map[string]bool{}
	for file, imports := range goFiles(t) {
		pkg := path.Dir(file)
		seen[pkg] = true
		floor, ok := floors[pkg]
		if !ok {
			t.Errorf("%s: package %s has no floor", file, pkg)
			continue
		}
		for _, imp := range imports {
			below, ours := strings.CutPrefix(imp, module)
			if !ours {
				continue
			}
			if f, ok := floors[below]; !ok || f >= floor {
				t.Errorf("%s (floor %d) imports %s (floor %d)", file, floor, below, f)
			}
		}
	}
	for pkg := range floors {
		if !seen[pkg] && pkg != "e2e" {
			t.Errorf("package %s has a floor and no files", pkg)
		}
	}
}

// goFiles returns the imports of every file that is not a test, by path from the repository's root.
func goFiles(t *testing.T) map[string][]string {
	t.Helper()
	files := map[string][]string{}
	err := filepath.WalkDir("..", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(p, ".go") || strings.HasSuffix(p, "_test.go") {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), p, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		rel := filepath.ToSlash(strings.TrimPrefix(p, "../"))
		files[rel] = []string{}
		for _, imp := range f.Imports {
			s, err := strconv.Unquote(imp.Path.Value)
			if err != nil {
				return err
			}
			files[rel] = append(files[rel], s)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 20 {
		t.Fatalf("only %d Go files found; is this the repository?", len(files))
	}
	return files
}
