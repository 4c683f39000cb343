package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

// dealt is a place in docs/guide, and what of the documented procedure is dealt with there, word for word.
type dealt struct {
	At         string   `yaml:"at"`
	Heading    string   `yaml:"heading"` // of the procedure; what is below the place counts too
	Rows       []string `yaml:"rows"`
	Commands   []string `yaml:"commands"`
	Points     []string `yaml:"points"`
	Fields     []string `yaml:"fields"`
	Endpoints  []string `yaml:"endpoints"`
	Properties []string `yaml:"properties"`
}

func (d dealt) lists() map[string][]string {
	return map[string][]string{
		"rows": d.Rows, "commands": d.Commands, "points": d.Points, "fields": d.Fields, "endpoints": d.Endpoints, "properties": d.Properties,
	}
}

func inventory(t *testing.T) (list []dealt) {
	t.Helper()
	src, err := os.ReadFile("../docs/guide/inventory.yaml")
	if err != nil {
		t.Fatal(err)
	}
	dec := yaml.NewDecoder(strings.NewReader(string(src)))
	dec.KnownFields(true)
	if err := dec.Decode(&list); err != nil {
		t.Fatal(err)
	}
	return list
}

// Whatever the documented procedure says has its runbook snippet in docs/guide, or a reason why there is none.
func TestTheGuideIsDealtWith(t *testing.T) {
	all := pages(t)
	for _, d := range inventory(t) {
		file, at, _ := strings.Cut(d.At, "#")
		for _, missing := range d.missing(all[filepath.Join("..", "docs", "guide", file)], at) {
			t.Errorf("%s: %s", d.At, missing)
		}
	}
}

// missing says what a page lacks at a heading.
func (d dealt) missing(page, at string) (problems []string) {
	text := section(page, at, d.Heading != "")
	switch {
	case text == "":
		return []string{"there is no such page or heading"}
	case !strings.Contains(text, "```yaml\n") && !strings.Contains(text, "No step: "):
		problems = append(problems, "neither a snippet nor a reason (No step: …)")
	}
	for _, list := range d.lists() {
		for _, words := range list {
			if !strings.Contains(plainText(text), plainText(words)) {
				problems = append(problems, fmt.Sprintf("says nothing of %q", words))
			}
		}
	}
	return problems
}

func TestWhatTheGuidePagesLackIsFound(t *testing.T) {
	page := "# A\n\n## B\n\n| `PUT /mode` | `setMode` |\n\n### C\n\n```yaml\n# D\n- id: a\n```\n\n## E\n\nNo step: nothing.\n"
	for _, c := range []struct {
		at   string
		d    dealt
		want int
	}{
		{"b", dealt{Commands: []string{"PUT /mode"}}, 1}, // the snippet belongs to c
		{"b", dealt{Heading: "b", Commands: []string{"PUT /mode"}}, 0},
		{"c", dealt{Commands: []string{"PUT /mode"}}, 1},
		{"c", dealt{Rows: []string{"id: a"}}, 0},
		{"d", dealt{}, 1}, // a comment in a snippet is no heading
		{"e", dealt{Points: []string{"nothing"}}, 0},
		{"f", dealt{}, 1},
	} {
		if got := c.d.missing(page, c.at); len(got) != c.want {
			t.Errorf("%s: got %q, want %d problems", c.at, got, c.want)
		}
	}
}

// section is what stands under a heading: up to the next one, or, with what is below it, up to the next one of its rank.
func section(page, at string, below bool) string {
	var kept []string
	rank, code := 0, false
	for line := range strings.SplitSeq(page, "\n") {
		if strings.HasPrefix(line, "```") {
			code = !code
		}
		if m := heading.FindStringSubmatch(line); m != nil && !code {
			if rank > 0 && (!below || len(m[1]) <= rank) {
				break
			}
			if rank == 0 && anchor(m[2]) == at {
				rank = len(m[1])
			}
		}
		if rank > 0 {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "\n")
}

// plainText leaves out what only marks words, and how lines are broken.
func plainText(text string) string {
	return strings.ToLower(strings.Join(strings.Fields(strings.NewReplacer("`", "", "\\", "", "**", "").Replace(text)), " "))
}

// counted is how many things of each kind the procedure has. Its properties and endpoints have names of their own.
var counted = map[string]int{"headings": 35, "rows": 25, "commands": 31, "points": 44, "fields": 5, "endpoints": 11, "properties": 15}

func TestTheInventoryOfTheGuideIsWhole(t *testing.T) {
	got := map[string]int{}
	seen := map[string]bool{}
	for _, d := range inventory(t) {
		if d.Heading != "" {
			got["headings"]++
		}
		for kind, list := range d.lists() {
			got[kind] += len(list)
		}
		for _, name := range append(d.Endpoints, d.Properties...) {
			if seen[name] {
				t.Errorf("%s stands there twice", name)
			}
			seen[name] = true
		}
	}
	if d := cmp.Diff(counted, got); d != "" {
		t.Errorf("-procedure +inventory:\n%s", d)
	}
}
