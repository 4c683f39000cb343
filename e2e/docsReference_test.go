package e2e

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/runbook"
	"github.com/srmigrate/srmigrate/schemas"
	"github.com/srmigrate/srmigrate/steps"
	"go.yaml.in/yaml/v3"
)

// stepReference tells of each step type what its schema and its example say.
func stepReference(t *testing.T) string {
	docs := map[string]*yaml.Node{}
	for _, typ := range steps.Types() {
		src, ok := schemas.Step(typ)
		if !ok {
			t.Fatalf("step type %s has no schema", typ)
		}
		docs[typ] = parseSchema(t, src)
	}
	var b strings.Builder
	b.WriteString("| type | what it does |\n|---|---|\n")
	for _, typ := range steps.Types() {
		first, _, _ := strings.Cut(says(docs[typ], "description"), ". ")
		fmt.Fprintf(&b, "| [%s](#%s) | %s. |\n", typ, strings.ToLower(typ), escape(strings.TrimSuffix(first, ".")))
	}
	for _, typ := range steps.Types() {
		like := map[string]*yaml.Node{}
		for other, doc := range docs {
			if other != typ {
				like["as [`"+other+"`](#"+strings.ToLower(other)+")"] = doc
			}
		}
		stepType(t, &b, typ, schemaDoc{docs[typ], like})
	}
	return b.String()
}

func stepType(t *testing.T, b *strings.Builder, typ string, d schemaDoc) {
	file := "examples/steps/" + typ + ".yaml"
	fmt.Fprintf(b, "\n## %s\n\n", typ)
	for _, line := range wrapped(escape(says(d.root, "description"))) {
		b.WriteString(line + "\n")
	}
	fmt.Fprintf(b, "\n%s\n<!-- from %s: steps -->\n```yaml\n%s```\n\n", d.table(d.root), file, excerpt(t, file, "steps"))
	about := exampleOf(t, file, typ)
	fmt.Fprintf(b, "- Outputs: %s.\n", outputs(about))
	undo(b, about)
	fmt.Fprintf(b, "- [Example](../%s), [schema](../schemas/steps/%s.schema.json).\n", file, typ)
}

// exampleOf returns the steps of one type in an example.
func exampleOf(t *testing.T, file, typ string) []runbook.Step {
	src, err := os.ReadFile("../" + file)
	if err != nil {
		t.Fatal(err)
	}
	rb, problems := runbook.Load("../"+file, src, runbook.Options{Lax: true})
	if len(problems) > 0 {
		t.Fatalf("%v", problems)
	}
	all := slices.DeleteFunc(rb.Steps, func(s runbook.Step) bool { return s.Type != typ })
	if len(all) == 0 {
		t.Fatalf("%s has no %s", file, typ)
	}
	return all
}

// outputs lists what conditions and messages of later steps may name.
func outputs(examples []runbook.Step) string {
	all := map[string]any{}
	for _, s := range examples {
		maps.Copy(all, steps.OutputsOf(s.Step))
	}
	var words []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		kind := map[string]string{"string": "text", "bool": "true or false", "int": "whole number"}[fmt.Sprintf("%T", all[name])]
		words = append(words, fmt.Sprintf("`%s` (%s)", name, kind))
	}
	return strings.Join(words, ", ")
}

// undo lists what rollback: auto stands for in the example.
func undo(b *strings.Builder, examples []runbook.Step) {
	if _, ok := examples[0].Step.(steps.Undoer); !ok {
		b.WriteString("- `rollback: auto` stands for nothing.\n")
		return
	}
	b.WriteString("- `rollback: auto` stands here for:\n")
	for _, u := range examples[0].Rollback {
		fmt.Fprintf(b, "  - `%s`, type `%s`: %s\n", u.ID, u.Type, u.Step.Describe())
	}
}

// runbookReference tells what stands around the steps.
func runbookReference(t *testing.T) string {
	root := parseSchema(t, schemas.Document())
	d := schemaDoc{root: root}
	var b strings.Builder
	b.WriteString("## The document\n\n" + d.table(root))
	for _, part := range []struct{ name, about string }{
		{"registry", "An entry of `spec.registries`."},
		{"step", "An element of `spec.steps`. Exactly one [step type](steps.md) stands beside these fields, as a key."},
		{"undoStep", "An element of a `rollback` list. Exactly one [step type](steps.md) stands beside these fields, as a key."},
		{"store", "A PKCS12 file, as `keystore` and `truststore` of `tls` name it."},
		{"retry", "Of `spec.defaults` and of steps."},
		{"channel", "An entry of `spec.notifications.channels`: one way to tell people of a run."},
	} {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n%s", part.name, part.about, d.table(schemaAt(root, "definitions", part.name)))
	}
	return b.String()
}

// stateReference tells what the fields of a state file mean.
func stateReference(t *testing.T) string {
	root := parseSchema(t, schemas.State())
	d := schemaDoc{root: root}
	var b strings.Builder
	b.WriteString("## The file\n\n" + d.table(root))
	members(schemaAt(root, "definitions"), func(name string, part *yaml.Node) {
		if schemaAt(part, "properties") != nil {
			fmt.Fprintf(&b, "\n## %s\n\n%s", name, d.table(part))
		}
	})
	return b.String()
}

// findingReference lists the codes of findings.
func findingReference(*testing.T) string {
	var b strings.Builder
	b.WriteString("| code | severity | what it finds | may a runbook allow it |\n|---|---|---|---|\n")
	for _, c := range event.Codes() {
		allowed := "yes"
		if c.Firm != "" {
			allowed = "no: " + c.Firm
		}
		fmt.Fprintf(&b, "| [%s](lint/%s.md) | %s | %s | %s |\n", c.Code, c.Code, c.Severity, escape(c.Says), escape(allowed))
	}
	return b.String()
}

// wrapped breaks a text at the width of the documents.
func wrapped(text string) []string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		if len(line)+1+len(word) > 120 {
			lines, line = append(lines, line), ""
		}
		line = strings.TrimSpace(line + " " + word)
	}
	return append(lines, line)
}
