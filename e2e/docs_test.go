package e2e

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// pages are the documents for people, by path from this folder.
func pages(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	keep := func(path string) {
		src, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		found[path] = string(src)
	}
	keep("../README.md")
	for _, path := range []string{"../CONTRIBUTING.md", "../SECURITY.md", "../examples/ci/README.md"} {
		keep(path)
	}
	err := filepath.WalkDir("../docs", func(path string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".md") {
			keep(path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// ours says whether a page is held to more than links: the README shows excerpts.
func ours(path string) bool { return strings.HasPrefix(path, "../docs/") }

// region is a part of a page that is made from something else.
var region = regexp.MustCompile(`(?s)(<!-- begin: (\w+) -->\n).*?(\n<!-- end -->)`)

// What is made from schemas, step types and examples is as it would be made now. -update makes it.
func TestDocsAreFresh(t *testing.T) {
	makers := map[string]func(*testing.T) string{
		"steps": stepReference, "runbook": runbookReference, "state": stateReference, "codes": findingReference,
		"metrics": metricsReference,
	}
	made := map[string]bool{}
	for path, src := range pages(t) {
		fresh := region.ReplaceAllStringFunc(src, func(old string) string {
			m := region.FindStringSubmatch(old)
			render, ok := makers[m[2]]
			if !ok {
				t.Errorf("%s: nothing makes %q", path, m[2])
				return old
			}
			made[m[2]] = true
			return m[1] + "\n" + render(t) + m[3]
		})
		fresh = renewSnippets(t, path, fresh)
		if fresh == src {
			continue
		}
		if !*update {
			t.Errorf("%s is stale: run make generate", path)
			continue
		}
		if err := os.WriteFile(path, []byte(fresh), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for name := range makers {
		if !made[name] {
			t.Errorf("no page shows %s", name)
		}
	}
}
