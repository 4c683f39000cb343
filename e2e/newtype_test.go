package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// touch is a step type of this test: the four files by hand, and nothing else.
var touch = map[string]string{
	"steps/touch.go": `package steps

import "context"

func init() { register("touch", func() Step { return &Touch{} }) }

// Touch does nothing to a registry but say its URL.
type Touch struct {
	Registry string ` + "`json:\"registry\"`" + `
}

// Describe names the registry.
func (t *Touch) Describe() string { return "touch " + t.Registry }

// Check reports an undeclared registry.
func (t *Touch) Check(s Scope) []Problem { return s.registry("/registry", t.Registry) }

// Probe finds that there is everything to do.
func (t *Touch) Probe(context.Context, *Env) (Status, error) { return Status{Left: Todo}, nil }

// Do says the URL.
func (t *Touch) Do(_ context.Context, env *Env) (Outputs, error) {
	c, err := env.Registry(t.Registry)
	if err != nil {
		return nil, err
	}
	return Outputs{"text": "touched " + c.URL()}, nil
}
`,
	"schemas/steps/touch.schema.json": `{
  "$schema": "http://json-schema.org/draft-07/schema#",
  "title": "touch",
  "description": "Say the URL of a registry.",
  "type": "object",
  "additionalProperties": false,
  "required": ["registry"],
  "properties": {
    "registry": {"type": "string", "description": "The registry to touch, by its name under spec.registries."}
  }
}
`,
	"examples/steps/touch.yaml": `# yaml-language-server: $schema=../../schemas/runbook.schema.json
# Use touch in this test only.
apiVersion: srmigrate.dev/v1
kind: Runbook
metadata: {name: touch}
spec:
  vars: {source: {env: SOURCE_URL, default: "http://localhost"}}
  registries: {source: {url: "${{ vars.source }}"}}
  steps:
    - id: touch
      touch: {registry: source}
`,
	"e2e/testdata/touch.txtar": `# it says the URL
registries
exec srmigrate run $EXAMPLES/steps/touch.yaml
stdout '^done      touch: touched http://'
`,
}

// A step type is added with four files and removed with them.
func TestAddingAStepTypeTouchesNothingElse(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a copy of the repository")
	}
	dir := copyOfRepository(t)
	check := func(when string) {
		t.Helper()
		for _, args := range [][]string{
			{"generate", "./schemas"},
			{"test", "./e2e", "-run", "^TestDocsAreFresh$", "-update"},
			{"test", "./schemas", "./runbook", "./e2e", "-run", "Schema|Bundle|Struct|Real|ItsFourFiles|Carrier|Floors|Docs|Snippet|Link"},
			{"test", "./e2e", "-run", "^TestScripts$/^(touch|assert)$"},
		} {
			if out, err := goIn(dir, args...); err != nil {
				t.Fatalf("%s: %v\n%s", when, err, out)
			}
		}
	}
	for name, content := range touch {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	check("with the four files")
	for name, content := range touch {
		if name == "steps/touch.go" {
			continue // without it there is no such type
		}
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
		out, err := goIn(dir, "test", "./e2e", "-run", "ItsFourFiles")
		if err == nil || !strings.Contains(out, name) {
			t.Errorf("without %s the tests say: %v\n%s", name, err, out)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name := range touch {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	check("with the four files gone again")
}

func goIn(dir string, args ...string) (string, error) {
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// copyOfRepository copies what git would, committed or not.
func copyOfRepository(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	err := os.CopyFS(dir, os.DirFS(".."))
	if err != nil {
		t.Fatal(err)
	}
	return dir
}
