package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// schemaDoc tells people what a JSON Schema says, in the order in which it says it.
type schemaDoc struct {
	root *yaml.Node
	like map[string]*yaml.Node // schemas that are shown elsewhere, by the link to them
}

func parseSchema(t *testing.T, src []byte) *yaml.Node {
	t.Helper()
	var doc yaml.Node
	if err := yaml.Unmarshal(src, &doc); err != nil { // JSON is YAML, and nodes keep the order
		t.Fatal(err)
	}
	return doc.Content[0]
}

// schemaAt follows keys; nil when there is no such place.
func schemaAt(n *yaml.Node, keys ...string) *yaml.Node {
	for _, key := range keys {
		next := (*yaml.Node)(nil)
		for i := 0; n != nil && n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == key {
				next = n.Content[i+1]
			}
		}
		n = next
	}
	return n
}

func says(n *yaml.Node, keys ...string) string {
	if n = schemaAt(n, keys...); n == nil {
		return ""
	}
	return n.Value
}

// members are the keys of a mapping with their values.
func members(n *yaml.Node, each func(key string, value *yaml.Node)) {
	for i := 0; n != nil && i+1 < len(n.Content); i += 2 {
		each(n.Content[i].Value, n.Content[i+1])
	}
}

// table lists the fields of an object, those of objects inside it too.
func (d schemaDoc) table(object *yaml.Node) string {
	var b strings.Builder
	b.WriteString("| field | value | needed | what it says |\n|---|---|---|---|\n")
	d.rows(&b, object, "")
	return b.String()
}

func (d schemaDoc) rows(b *strings.Builder, object *yaml.Node, prefix string) {
	var required []string
	if r := schemaAt(object, "required"); r != nil {
		for _, item := range r.Content {
			required = append(required, item.Value)
		}
	}
	members(schemaAt(object, "properties"), func(name string, field *yaml.Node) {
		needed := ""
		if slices.Contains(required, name) {
			needed = "yes"
		}
		fmt.Fprintf(b, "| `%s` | %s | %s | %s |\n", prefix+name, d.kind(field), needed, escape(d.description(field)))
		d.inside(b, field, prefix+name)
	})
	if any := schemaAt(object, "additionalProperties"); any != nil && any.Kind == yaml.MappingNode {
		d.inside(b, any, strings.TrimSuffix(prefix, ".")+".NAME")
	}
}

// inside lists the fields of what a field holds.
func (d schemaDoc) inside(b *strings.Builder, field *yaml.Node, path string) {
	if d.link(field) != "" {
		return
	}
	for _, alternative := range d.alternatives(field) {
		if items := schemaAt(alternative, "items"); items != nil && d.link(items) == "" {
			d.rows(b, items, path+"[].")
		}
		if d.link(alternative) == "" && !d.secret(alternative) {
			d.rows(b, alternative, path+".")
		}
	}
}

func (d schemaDoc) alternatives(field *yaml.Node) []*yaml.Node {
	if any := schemaAt(field, "anyOf"); any != nil && !d.secret(field) {
		return any.Content
	}
	return []*yaml.Node{field}
}

// target is the definition that a schema refers to.
func (d schemaDoc) target(n *yaml.Node) (string, *yaml.Node) {
	name, ok := strings.CutPrefix(says(n, "$ref"), "#/definitions/")
	if !ok {
		return "", nil
	}
	return name, schemaAt(d.root, "definitions", name)
}
