package runbook

import (
	"encoding/json"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

type kind int

const (
	scalar kind = iota
	list
	mapping
)

// node is a value of the runbook with its place in the file. Stages change nodes: a misspelt key is put right, a
// reference is replaced by its value. A node that has been reported is bad, and later stages say nothing about it.
type node struct {
	kind   kind
	fields []*field
	items  []*node
	value  any // of a scalar, as encoding/json has it: string, json.Number, bool or nil

	at     place
	text   string     // a scalar as YAML reads it, before its type
	style  yaml.Style // of a scalar
	tag    string     // what yaml/v3 takes a scalar for
	parent *node
	shape  shape // its schema, once the walk has been here

	bad    bool
	lost   bool   // a mapping without a key that was reported
	edited bool   // the value is no longer what the file has
	origin string // where the value was read, such as env:NAME
	open   bool   // made of a var whose value is not known: only its type counts
	late   *template
	shell  string // the word with which a shell gets the value, where it stands in the environment or in a file

	step *stepNode
}

// template is a text with references whose values are known only when its step is reached.
type template struct {
	parts []string // by turns text and the path of a reference; text comes first and last
	at    []place  // of the references
}

// field is one key of a mapping with its value.
type field struct {
	key    string
	at     place
	value  *node
	bad    bool // the key has been reported
	merged bool // through <<
}

// stepNode is what a mapping is besides its own fields, when the schema says that it is a step.
type stepNode struct {
	typ    string // "" when none was found
	params *node
	vars   []string // that the parameters and the rollback name
}

// get returns the value of a key; nil when there is none, or no mapping.
func (n *node) get(key string) *node {
	if f := n.field(key); f != nil {
		return f.value
	}
	return nil
}

func (n *node) field(key string) *field {
	if n == nil {
		return nil
	}
	for _, f := range n.fields {
		if f.key == key {
			return f
		}
	}
	return nil
}

// str is the text of a scalar that is a string.
func (n *node) str() (string, bool) {
	if n == nil || n.kind != scalar {
		return "", false
	}
	s, ok := n.value.(string)
	return s, ok
}

// entries are the items of a list; none for anything else.
func (n *node) entries() []*node {
	if n == nil {
		return nil
	}
	return n.items
}

// keys are the fields of a mapping; none for anything else.
func (n *node) keys() []*field {
	if n == nil {
		return nil
	}
	return n.fields
}

// sound reports whether neither the node nor what it stands in has been reported.
func (n *node) sound() bool {
	for ; n != nil; n = n.parent {
		if n.bad {
			return false
		}
	}
	return true
}

// json is the value as encoding/json would have read it; a step's type and parameters are left out.
func (n *node) json() any {
	switch n.kind {
	case list:
		items := make([]any, len(n.items))
		for i, item := range n.items {
			items[i] = item.json()
		}
		return items
	case mapping:
		fields := make(map[string]any, len(n.fields))
		for _, f := range n.fields {
			fields[f.key] = f.value.json()
		}
		return fields
	}
	return n.value
}

func (n *node) raw() json.RawMessage {
	raw, err := json.Marshal(n.json())
	if err != nil {
		panic(err) // strings, numbers, booleans, lists and maps
	}
	return raw
}

// find follows a JSON pointer as far as it goes, and says whether it went to the end.
func (n *node) find(pointer string) (*node, bool) {
	for token := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		if token == "" {
			continue
		}
		next := n.child(unescape.Replace(token))
		if next == nil {
			return n, false
		}
		n = next
	}
	return n, true
}

var unescape = strings.NewReplacer("~1", "/", "~0", "~")

func (n *node) child(token string) *node {
	if n.kind != list {
		return n.get(token)
	}
	i, err := strconv.Atoi(token)
	if err != nil || i < 0 || i >= len(n.items) {
		return nil
	}
	return n.items[i]
}
