package e2e

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// link leads to where a schema is shown; "" when that is here.
func (d schemaDoc) link(n *yaml.Node) string {
	if name, to := d.target(n); schemaAt(to, "properties") != nil && says(to, "x-say") == "" {
		return "[" + name + "](#" + strings.ToLower(name) + ")"
	}
	for link, other := range d.like {
		if schemaAt(n, "properties") != nil && partOf(n, other) {
			return link + lacking(n, other)
		}
	}
	return ""
}

// partOf says whether all properties of one object are properties of the other, word for word.
func partOf(part, whole *yaml.Node) bool {
	same := true
	members(schemaAt(part, "properties"), func(name string, field *yaml.Node) {
		a, errA := yaml.Marshal(field)
		b, errB := yaml.Marshal(schemaAt(whole, "properties", name))
		same = same && errA == nil && errB == nil && string(a) == string(b)
	})
	return same
}

// lacking names the properties that only the whole has.
func lacking(part, whole *yaml.Node) string {
	var names []string
	members(schemaAt(whole, "properties"), func(name string, _ *yaml.Node) {
		if schemaAt(part, "properties", name) == nil {
			names = append(names, "`"+name+"`")
		}
	})
	if len(names) == 0 {
		return ""
	}
	return ", without " + strings.Join(names, ", ")
}

func (d schemaDoc) secret(n *yaml.Node) bool {
	name, to := d.target(n)
	return says(n, "x-secret") == "true" || says(to, "x-secret") == "true" || name == "elsewhere"
}

func (d schemaDoc) description(n *yaml.Node) string {
	if own := says(n, "description"); own != "" {
		return own
	}
	_, to := d.target(n)
	return says(to, "description")
}

// kind says in words what may stand there.
func (d schemaDoc) kind(n *yaml.Node) string {
	if link := d.link(n); link != "" {
		return link
	}
	if name, to := d.target(n); to != nil && !d.secret(n) {
		if schemaAt(to, "properties") == nil && says(to, "type") == "string" {
			return name
		}
		return d.kind(to)
	}
	switch {
	case d.secret(n):
		return "secret: text, `{env: NAME}` or `{file: PATH}`"
	case schemaAt(n, "const") != nil:
		return "`" + says(n, "const") + "`"
	case schemaAt(n, "enum") != nil:
		return each(schemaAt(n, "enum").Content, func(v *yaml.Node) string { return "`" + v.Value + "`" })
	case schemaAt(n, "anyOf") != nil:
		return each(schemaAt(n, "anyOf").Content, d.kind)
	case schemaAt(n, "items") != nil:
		return "list of " + d.kind(schemaAt(n, "items"))
	case says(n, "x-say") == "must be a duration such as 30s, 10m or 1h30m":
		return "duration"
	}
	return d.plainKind(n)
}

func (d schemaDoc) plainKind(n *yaml.Node) string {
	words := map[string]string{
		"string": "text", "boolean": "true or false", "integer": "whole number", "number": "number", "object": "fields", "array": "list", "": "any",
	}
	if says(n, "format") == "date-time" {
		return "time"
	}
	if any := schemaAt(n, "additionalProperties"); any != nil && any.Kind == yaml.MappingNode {
		return "by name: " + d.kind(any)
	}
	if typ := schemaAt(n, "type"); typ != nil && typ.Kind == yaml.SequenceNode {
		return each(typ.Content, func(v *yaml.Node) string { return words[v.Value] })
	}
	return words[says(n, "type")]
}

// each joins words with commas, each of them once.
func each(list []*yaml.Node, word func(*yaml.Node) string) string {
	var words []string
	for _, item := range list {
		if w := word(item); !slices.Contains(words, w) {
			words = append(words, w)
		}
	}
	return strings.Join(words, ", ")
}

func escape(text string) string {
	return strings.NewReplacer("*", `\*`, "|", `\|`, "<", "&lt;", "\n", " ").Replace(text)
}
