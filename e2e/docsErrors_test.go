package e2e

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const troubleshooting = "../docs/troubleshooting.md"

// What the page says that the program prints, it can print: each text stands in its sources, or in what scripts expect.
func TestTroubleshootingHasWordsOfTheProgram(t *testing.T) {
	said := sayings(t)
	rows := regexp.MustCompile("(?m)^\\| `([^`]+)` \\|").FindAllStringSubmatch(pages(t)[troubleshooting], -1)
	if len(rows) < 40 {
		t.Errorf("only %d texts", len(rows))
	}
	for _, row := range rows {
		parts := strings.Split(row[1], "…")
		if !slices.ContainsFunc(said, func(text string) bool { return inOrder(text, parts) }) {
			t.Errorf("nothing prints %q", row[1])
		}
	}
}

// Whoever has only a number finds it: every exit code but 0, and every code that a registry answers.
func TestTroubleshootingHasEveryNumber(t *testing.T) {
	var exits, codes []string
	for _, m := range regexp.MustCompile(`(?m)^\| (\d+) \| `).FindAllStringSubmatch(pages(t)[troubleshooting], -1) {
		if len(m[1]) == 5 {
			codes = append(codes, m[1])
		} else {
			exits = append(exits, m[1])
		}
	}
	if want := exitCodes(t)[1:]; !slices.Equal(exits, want) {
		t.Errorf("exit codes %v, the engine has %v", exits, want)
	}
	known := map[string]bool{"40901": true, "42209": true, "42210": true, "50002": true, "50004": true} // which the sandbox never answers
	for _, dir := range []string{"../internal/sandbox", "../internal/registry", "../steps"} {
		for _, f := range sources(t, dir, false) {
			ast.Inspect(f, func(n ast.Node) bool {
				if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.INT && regexp.MustCompile(`^(404|409|422|500)\d\d$`).MatchString(lit.Value) {
					known[lit.Value] = true
				}
				return true
			})
		}
	}
	if want := slices.Sorted(maps.Keys(known)); !slices.Equal(codes, want) {
		t.Errorf("codes of registries %v, known are %v", codes, want)
	}
}

// inOrder says whether a text has all parts, one after the other.
func inOrder(text string, parts []string) bool {
	for _, part := range parts {
		_, rest, ok := strings.Cut(text, strings.TrimSpace(part))
		if !ok {
			return false
		}
		text = rest
	}
	return true
}

// sayings are the texts in the sources of the program and of its tests, and the lines of scripts.
func sayings(t *testing.T) (all []string) {
	for _, dir := range []string{"../cmd", "../internal", "../runbook", "../steps", "../e2e"} {
		for _, f := range sources(t, dir, true) {
			ast.Inspect(f, func(n ast.Node) bool {
				if e, ok := n.(ast.Expr); ok {
					if text := literal(e); text != "" {
						all = append(all, text)
						return false
					}
				}
				return true
			})
		}
	}
	return append(all, strings.Split(scriptsText(t), "\n")...)
}

// literal is the text of a string, or of a sum that has one; what else is added to it is left out.
func literal(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		if e.Kind != token.STRING || err != nil {
			return ""
		}
		return text
	case *ast.BinaryExpr:
		if e.Op == token.ADD {
			return literal(e.X) + literal(e.Y)
		}
	}
	return ""
}

// sources are the parsed files below a folder.
func sources(t *testing.T, dir string, tests bool) (files []*ast.File) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".go" || !tests && strings.HasSuffix(path, "_test.go") {
			return err
		}
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, src, 0)
		files = append(files, f)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
