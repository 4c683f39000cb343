package runbook

import (
	"bytes"
	"encoding/json"
	"fmt"

	"go.yaml.in/yaml/v3"
	sigs "sigs.k8s.io/yaml"
)

// builder makes the tree of nodes out of yaml/v3's, and fills in the values that sigs.k8s.io/yaml reads.
type builder struct {
	l       *loader
	nodes   int
	aliased int
	inside  map[*yaml.Node]bool // aliases being followed
	brought bool                // aliases or << are there
	stop    bool                // the file is hostile; what was found so far is all
}

// tree builds the nodes; nil when the file cannot be read any further.
func (l *loader) tree(root *yaml.Node) *node {
	b := &builder{l: l, inside: map[*yaml.Node]bool{}}
	n := b.node(root, nil, 1)
	if b.stop || l.unsaid > 0 { // more problems than are shown
		return nil
	}
	if len(l.found) == 0 && !b.brought && !loneMark(l.src) && evident(n) {
		return n
	}
	values, err := l.values()
	if err != nil {
		if len(l.found) == 0 {
			l.add(n, place{1, 1}, "not YAML: %v", err)
		}
		return nil
	}
	l.fill(n, values, true)
	return n
}

// values reads the file as JSON. Duplicate keys have been reported with their places already.
func (l *loader) values() (any, error) {
	read := sigs.YAMLToJSONStrict
	if len(l.found) > 0 {
		read = sigs.YAMLToJSON
	}
	raw, err := read(l.src)
	if err != nil {
		return nil, err
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var v any
	return v, dec.Decode(&v)
}

func (b *builder) node(y *yaml.Node, parent *node, depth int) *node {
	n := &node{at: place{y.Line, y.Column}, parent: parent, text: y.Value, style: y.Style, tag: y.Tag}
	if b.limits(y, n, depth); b.stop {
		return n
	}
	if y.Kind == yaml.AliasNode {
		return b.alias(y, n, depth)
	}
	b.l.tag(y, n)
	switch y.Kind {
	case yaml.ScalarNode:
		b.l.unlimited(y, n)
	case yaml.MappingNode:
		n.kind = mapping
		b.fields(y, n, depth)
	case yaml.SequenceNode:
		n.kind = list
		for _, item := range y.Content {
			n.items = append(n.items, b.node(item, n, depth+1))
		}
	}
	return n
}

func (b *builder) limits(y *yaml.Node, n *node, depth int) {
	b.nodes++
	if len(b.inside) > 0 {
		b.aliased++
	}
	switch {
	case b.stop:
	case depth > maxDepth:
		b.fatal(n, fmt.Sprintf("nested too deep: at most %d levels", maxDepth))
	case b.nodes > maxNodes:
		b.fatal(n, fmt.Sprintf("more than %d values: split the runbook", maxNodes))
	case b.aliased > maxAlias:
		b.fatal(n, "the anchors of this file expand to too much: write out what they stand for")
	case y.Kind == yaml.AliasNode && b.inside[y.Alias]:
		b.fatal(n, fmt.Sprintf("alias *%s stands inside of its own anchor", y.Value))
	}
}

func (b *builder) fatal(n *node, message string) {
	b.stop = true
	b.l.add(n, n.at, "%s", message)
}

func (b *builder) alias(y *yaml.Node, n *node, depth int) *node {
	b.brought = true
	b.inside[y.Alias] = true
	defer delete(b.inside, y.Alias)
	return b.node(y.Alias, n.parent, depth+1)
}

// fields reads the keys of a mapping. What is set twice is reported, and the last one stays.
func (b *builder) fields(y *yaml.Node, n *node, depth int) {
	at := map[string]int{}
	merged := 0 // the line of <<
	for i := 0; i+1 < len(y.Content) && !b.stop; i += 2 {
		k, v := y.Content[i], y.Content[i+1]
		if k.ShortTag() == "!!merge" {
			if merged > 0 {
				b.l.add(n, place{k.Line, k.Column}, "duplicate key \"<<\": it is already there in line %d; write <<: [*one, *other]", merged)
			}
			merged = k.Line
			b.merge(k, v, n, at, depth)
			continue
		}
		before := len(b.l.found)
		if key, ok := b.key(k, n); ok {
			bad := len(b.l.found) > before
			b.put(n, at, &field{key: key, at: place{k.Line, k.Column}, value: b.node(v, n, depth+1), bad: bad})
		}
	}
}

// put adds a field, or replaces the one of the same key and reports it.
func (b *builder) put(n *node, at map[string]int, f *field) {
	i, twice := at[f.key]
	if !twice {
		at[f.key] = len(n.fields)
		n.fields = append(n.fields, f)
		return
	}
	first, how := n.fields[i], ""
	if first.merged || f.merged {
		how = " through <<"
	}
	b.l.add(n, f.at, "duplicate key %s%s: it is already there in line %d; remove one", quote(f.key), how, first.at.line)
	if !f.merged {
		n.fields[i] = f // as YAML has it
	}
}

func (b *builder) merge(k, v *yaml.Node, n *node, at map[string]int, depth int) {
	b.brought = true
	merged := b.node(v, n, depth)
	sources := []*node{merged}
	if merged.kind == list {
		sources = merged.items
	}
	for _, source := range sources {
		if source.kind != mapping {
			b.l.add(n, place{k.Line, k.Column}, "<< takes a mapping, such as *name; quote it if it is a key")
			continue
		}
		for _, f := range source.fields {
			f.value.parent = n
			b.put(n, at, &field{key: f.key, at: place{k.Line, k.Column}, value: f.value, merged: true})
		}
	}
}

// key is the text of a key, which has to be a string in every version of YAML.
func (b *builder) key(k *yaml.Node, n *node) (string, bool) {
	if k.Kind == yaml.AliasNode {
		k = k.Alias
	}
	at := place{k.Line, k.Column}
	if k.Kind != yaml.ScalarNode {
		b.l.add(n, at, "a key is a single word, not %s", kindWords[k.Kind])
		return "", false
	}
	plain := k.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) == 0
	switch {
	case k.Style&yaml.TaggedStyle != 0:
		b.l.add(n, at, "quote it: %s (\"!\" begins a tag)", quote(k.Tag+" "+k.Value))
	case plain && (ambiguous(k.Value) != "" || k.ShortTag() != "!!str"):
		b.l.add(n, at, "quote it: %s is a key, and YAML reads it as something other than text", quote(k.Value))
	}
	return k.Value, true
}
