package schemas_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v5"
	"sigs.k8s.io/yaml"

	"github.com/srmigrate/srmigrate/schemas"
)

var update = flag.Bool("update", false, "write the bundle")

// made is the bundle of the step types in a folder.
func made(t *testing.T, folder string) []byte {
	t.Helper()
	types := map[string][]byte{}
	files, _ := filepath.Glob(filepath.Join(folder, "*.schema.json"))
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		types[strings.TrimSuffix(filepath.Base(file), ".schema.json")] = src
	}
	out, err := schemas.Bundle(schemas.Document(), types)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestTheBundleIsFresh(t *testing.T) {
	want := made(t, "steps")
	if *update {
		if err := os.WriteFile("runbook.schema.json", want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !bytes.Equal(want, schemas.Runbook()) {
		t.Error("schemas/runbook.schema.json is stale: run make generate")
	}
	for range 5 {
		if !bytes.Equal(want, made(t, "steps")) {
			t.Fatal("the same schemas give another bundle")
		}
	}
}

// Editors may refuse a keyword that they do not know.
func TestTheBundleHasNoKeywordOfThisProject(t *testing.T) {
	if found := regexp.MustCompile(`"x-[a-z]+"|"\$id"`).Find(schemas.Runbook()); found != nil {
		t.Errorf("the bundle has %s", found)
	}
}

func compiled(t *testing.T, src []byte) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.LoadURL = nil
	if err := c.AddResource("bundle:///runbook", bytes.NewReader(src)); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("bundle:///runbook")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func value(t *testing.T, src string) any {
	t.Helper()
	raw, err := yaml.YAMLToJSON([]byte(src))
	if err != nil {
		t.Fatal(err)
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestTheBundleTakesEveryGoodRunbook(t *testing.T) {
	for pattern, steps := range map[string]string{
		"../examples/*.yaml": "steps", "../examples/*/*.yaml": "steps",
		"../runbook/testdata/real/good/*.yaml": "steps",
		"../runbook/testdata/good/*.yaml":      "../runbook/testdata/steps",
	} {
		files, _ := filepath.Glob(pattern)
		if len(files) == 0 {
			t.Errorf("no runbook is at %s", pattern)
		}
		schema := compiled(t, made(t, steps))
		for _, file := range files {
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if err := schema.Validate(value(t, string(src))); err != nil {
				t.Errorf("%s: %#v", file, err)
			}
		}
	}
}

const around = `
apiVersion: srmigrate.dev/v1
kind: Runbook
metadata: {name: one}
spec:
  registries: {source: {url: "http://source:8081"}, target: {url: "http://target:8081"}}
  defaults: {retry: {attempts: "${{ vars.often }}"}, timeout: "${{ vars.long }}"}
  steps:
`

func TestTheBundleTakesReferences(t *testing.T) {
	schema := compiled(t, schemas.Runbook())
	for _, step := range []string{
		`{id: a, setMode: {registry: source, mode: "${{ vars.mode }}", recursive: "${{ vars.all }}"}}`,
		`{id: a, pause: {exporter: x}, timeout: "${{ vars.long }}", noReturn: "${{ vars.firm }}", onFailure: "${{ vars.then }}"}`,
		`{id: a, pause: {exporter: x}, rollback: "${{ vars.undo }}"}`,
		`{id: a, pause: {exporter: x}, rollback: [auto, {resume: {exporter: x}, timeout: 5m}]}`,
	} {
		if err := schema.Validate(value(t, around+"    - "+step+"\n")); err != nil {
			t.Errorf("%s: %#v", step, err)
		}
	}
}

func TestTheBundleRefuses(t *testing.T) {
	schema := compiled(t, schemas.Runbook())
	for name, step := range map[string]string{
		"an unknown key":           `{id: a, pause: {exporter: x}, notes: y}`,
		"two step types":           `{id: a, pause: {exporter: x}, resume: {exporter: x}}`,
		"no step type":             `{id: a, timeout: 5m}`,
		"an unknown step type":     `{id: a, pawse: {exporter: x}}`,
		"a misspelt parameter":     `{id: a, setMode: {registry: source, mod: READONLY}}`,
		"a missing parameter":      `{id: a, pause: {}}`,
		"a wrong value":            `{id: a, setMode: {registry: source, mode: READ}}`,
		"a wrong type":             `{id: a, setMode: {registry: source, mode: READONLY, recursive: 3}}`,
		"text that is no number":   `{id: a, pause: {exporter: x}, retry: {attempts: three}}`,
		"a duration without unit":  `{id: a, pause: {exporter: x}, timeout: "10"}`,
		"a reference in an id":     `{id: "${{ vars.id }}", pause: {exporter: x}}`,
		"two types in an undo":     `{id: a, pause: {exporter: x}, rollback: [{resume: {exporter: x}, delete: {exporter: x}}]}`,
		"a misspelt undo":          `{id: a, pause: {exporter: x}, rollback: [{resume: {exportr: x}}]}`,
		"an undo without its type": `{id: a, pause: {exporter: x}, rollback: [{timeout: 5m}]}`,
	} {
		if err := schema.Validate(value(t, around+"    - "+step+"\n")); err == nil {
			t.Errorf("%s: %s is taken", name, step)
		}
	}
}

// The first line of each example leads an editor to the bundle.
func TestTheExamplesNameTheBundle(t *testing.T) {
	var files []string
	for _, pattern := range []string{"../examples/*.yaml", "../examples/*/*.yaml"} {
		more, _ := filepath.Glob(pattern)
		files = append(files, more...)
	}
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		first, _, _ := strings.Cut(string(src), "\n")
		path, ok := strings.CutPrefix(first, "# yaml-language-server: $schema=")
		if got := filepath.Join(filepath.Dir(file), path); !ok || got != filepath.Join("..", "schemas", "runbook.schema.json") {
			t.Errorf("%s begins with %q, which is no way to schemas/runbook.schema.json", file, first)
		}
	}
}
