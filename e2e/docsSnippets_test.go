package e2e

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/srmigrate/srmigrate/runbook"
	"go.yaml.in/yaml/v3"
)

var (
	// snippet is a block of YAML, and the mark above it that says where it comes from, if it has one.
	snippet = regexp.MustCompile("(?s)(<!-- from ([^ ]+): ([^>]*) -->\n)?```yaml\n(.*?)```")
	stray   = regexp.MustCompile("<!-- from [^>]*-->\n(?:[^`]|`[^`])")
)

// renewSnippets puts in what the examples say now.
func renewSnippets(t *testing.T, path, page string) string {
	if m := stray.FindString(page); m != "" {
		t.Errorf("%s: no block of YAML follows %q", path, m)
	}
	return snippet.ReplaceAllStringFunc(page, func(old string) string {
		m := snippet.FindStringSubmatch(old)
		if m[1] == "" {
			return old
		}
		return m[1] + "```yaml\n" + excerpt(t, m[2], strings.Split(m[3], ", ")...) + "```"
	})
}

// excerpt takes steps out of an example by their ids, or a part of its spec by name, and moves them to the margin.
func excerpt(t *testing.T, file string, names ...string) string {
	t.Helper()
	src, err := os.ReadFile("../" + file)
	if err != nil {
		t.Fatal(err)
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(src, &doc); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimRight(string(src), "\n"), "\n")
	var b strings.Builder
	for _, name := range names {
		from, to, indent := linesOf(schemaAt(doc.Content[0], "spec"), name, len(lines))
		if from == 0 {
			t.Fatalf("%s has no %s", file, name)
		}
		for _, line := range trimmed(lines[from-1 : to]) {
			b.WriteString(strings.TrimRight(line[min(indent, len(line)):], " ") + "\n")
		}
	}
	return b.String()
}

// linesOf finds the lines of a step, of all steps, or of a part of the spec with its key.
func linesOf(spec *yaml.Node, name string, last int) (from, to, indent int) {
	list := schemaAt(spec, "steps")
	for i, step := range list.Content {
		if says(step, "id") != name {
			continue
		}
		if i+1 < len(list.Content) {
			last = list.Content[i+1].Line - 1
		}
		return step.Line, last, step.Column - 3
	}
	if name == "steps" {
		return list.Content[0].Line, last, list.Content[0].Column - 3
	}
	for i := 0; i < len(spec.Content); i += 2 {
		if spec.Content[i].Value != name {
			continue
		}
		if i+2 < len(spec.Content) {
			last = spec.Content[i+2].Line - 1
		}
		return spec.Content[i].Line, last, spec.Content[i].Column - 1
	}
	return 0, 0, 0
}

// trimmed leaves out comments and blank lines at the end: they are about what comes next.
func trimmed(lines []string) []string {
	for len(lines) > 1 {
		end := strings.TrimSpace(lines[len(lines)-1])
		if end != "" && !strings.HasPrefix(end, "#") {
			break
		}
		lines = lines[:len(lines)-1]
	}
	return lines
}

const (
	head     = "apiVersion: srmigrate.dev/v1\nkind: Runbook\nmetadata: {name: snippet}\nspec:\n"
	twoSides = "  registries: {source: {url: \"http://source-sr:8081\"}, target: {url: \"http://target-sr:8081\"}}\n"
	noSteps  = "  steps: [{id: look, assert: {that: \"true\"}}]\n"
)

// whole makes a runbook of a snippet: it is one, or a list of steps, or parts of a spec.
func whole(text string) string {
	switch first := strings.TrimLeft(regexp.MustCompile(`(?m)^#.*\n`).ReplaceAllString(text, ""), "\n"); {
	case strings.HasPrefix(first, "apiVersion:"):
		return text
	case strings.HasPrefix(first, "- "):
		return head + twoSides + "  steps:\n" + indented(text, "    ")
	default:
		made := head + indented(text, "  ")
		if !regexp.MustCompile(`(?m)^registries:`).MatchString(text) {
			made += twoSides
		}
		if !regexp.MustCompile(`(?m)^steps:`).MatchString(text) {
			made += noSteps
		}
		return made
	}
}

func indented(text, by string) string {
	return regexp.MustCompile(`(?m)^(.)`).ReplaceAllString(text, by+"$1")
}

// Every block of YAML in the docs is a runbook, or part of one, without a problem.
func TestEverySnippetIsValid(t *testing.T) {
	n := 0
	for path, page := range pages(t) {
		if !ours(path) {
			continue
		}
		for _, m := range snippet.FindAllStringSubmatch(page, -1) {
			n++
			name, src := path, whole(m[4])
			if m[1] != "" { // an excerpt: what it is from is valid
				raw, err := os.ReadFile("../" + m[2])
				if err != nil {
					t.Error(err)
				}
				name, src = "../"+m[2], string(raw)
			}
			if problems := problemsOf(name, []byte(src)); len(problems) > 0 {
				t.Errorf("%s: %v\n%s", path, problems, src)
			}
		}
	}
	if n < 40 {
		t.Errorf("only %d snippets", n)
	}
}

// problemsOf are those of a runbook, of each of its cells where it has a matrix.
func problemsOf(name string, src []byte) []runbook.Problem {
	o := runbook.Options{Lax: true}
	f, problems := runbook.OpenFleet(name, src, o)
	switch {
	case f != nil:
		return f.Check(f.Cells, func(runbook.Cell, *runbook.Runbook) {})
	case problems == nil:
		_, problems = runbook.Load(name, src, o)
	}
	return problems
}
