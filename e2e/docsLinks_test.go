package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	fenced  = regexp.MustCompile("(?ms)^```.*?^```")
	heading = regexp.MustCompile(`(?m)^(#{1,6}) (.+)$`)
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	span    = regexp.MustCompile("`[^`\n]*`")
)

// anchor is what a heading is linked by.
func anchor(title string) string {
	title = strings.ToLower(strings.TrimSpace(title))
	return strings.ReplaceAll(regexp.MustCompile(`[^\p{L}\p{N}\- _]`).ReplaceAllString(title, ""), " ", "-")
}

// anchors are those of a page.
func anchors(page string) map[string]bool {
	found := map[string]bool{}
	for _, m := range heading.FindAllStringSubmatch(fenced.ReplaceAllString(page, ""), -1) {
		found[anchor(m[2])] = true
	}
	return found
}

// Every link of a document leads to a file that is there, and to a heading in it.
func TestEveryLinkLeadsSomewhere(t *testing.T) {
	all := pages(t)
	for path, page := range all {
		for _, m := range link.FindAllStringSubmatch(span.ReplaceAllString(fenced.ReplaceAllString(page, ""), ""), -1) {
			file, at, _ := strings.Cut(m[1], "#")
			if strings.Contains(file, "://") {
				continue
			}
			to := path
			if file != "" {
				to = filepath.Join(filepath.Dir(path), file)
			}
			if _, err := os.Stat(to); err != nil {
				t.Errorf("%s: no file is at %s", path, m[1])
				continue
			}
			if at != "" && !anchors(all[to])[at] {
				t.Errorf("%s: no heading is at %s", path, m[1])
			}
		}
	}
}

// Whoever begins with the index finds every page; those of findings have an index of their own, which is held to the
// codes.
func TestEveryPageIsInTheIndex(t *testing.T) {
	all := pages(t)
	index := all["../docs/README.md"]
	for path := range all {
		rel := strings.TrimPrefix(path, "../docs/")
		isFinding := strings.HasPrefix(rel, "lint/SRM")
		if ours(path) && rel != "README.md" && !isFinding && !strings.Contains(index, "]("+rel+")") {
			t.Errorf("docs/README.md does not name %s", rel)
		}
	}
	if !strings.Contains(all["../README.md"], "](docs/README.md)") {
		t.Error("the README does not lead to docs/README.md")
	}
}
