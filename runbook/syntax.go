package runbook

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"
)

// parseYAML returns the only document of src, or the place and the words of what is wrong with it.
func parseYAML(src []byte) (*yaml.Node, place, string) {
	const begins = "a runbook begins with apiVersion: srmigrate.dev/v1"
	return parseAs(src, yaml.MappingNode, "runbook", begins)
}

// parseAs reads a document of this kind; what is said of one that is empty, or of another kind, ends with how it begins.
func parseAs(src []byte, kind yaml.Kind, what, begins string) (*yaml.Node, place, string) {
	dec := yaml.NewDecoder(bytes.NewReader(src))
	var doc, second yaml.Node
	if err := dec.Decode(&doc); errors.Is(err, io.EOF) {
		return nil, place{1, 1}, "the file is empty: " + begins
	} else if err != nil {
		at, message := syntaxError(src, err)
		return nil, at, message
	}
	if err := dec.Decode(&second); !errors.Is(err, io.EOF) {
		return nil, secondDocument(src, &second), "a second document: one " + what + " per file"
	}
	root := doc.Content[0]
	if root.Kind == yaml.ScalarNode && root.ShortTag() == "!!null" {
		return nil, place{1, 1}, "the file is empty: " + begins
	}
	if root.Kind != kind {
		return nil, place{root.Line, root.Column}, fmt.Sprintf("the file holds %s, not %s: %s", kindWords[root.Kind], kindWords[kind], begins)
	}
	return root, place{}, ""
}

var kindWords = map[yaml.Kind]string{yaml.SequenceNode: "a list", yaml.MappingNode: "a mapping", yaml.ScalarNode: "a single value", yaml.AliasNode: "an alias"}

func secondDocument(src []byte, second *yaml.Node) place {
	if second.Line > 0 {
		return place{second.Line, second.Column}
	}
	if i := bytes.Index(src, []byte("\n...")); i >= 0 {
		return placeOf(src, i+1)
	}
	return place{1, 1}
}

// reworded are yaml/v3's messages and what they mean to the person who wrote the file.
var reworded = []struct{ theirs, ours string }{
	{"mapping values are not allowed", `a ":" is not allowed here: quote it together with its text, or begin a new line for the key`},
	{"did not find expected key", "this does not fit the lines above: line it up with the keys of its mapping, or close the quote before it"},
	{"did not find expected ',' or ']'", `a list in [ ] is not closed, a "," is missing, or a value in it wants quotes`},
	{"did not find expected ',' or '}'", `a mapping in { } is not closed, a "," is missing, or a value in it wants quotes`},
	{"did not find expected '-' indicator", "this does not fit the list above: line it up with the other items, or indent it"},
	{"found unexpected end of stream", "a quoted text is not closed"},
	{"found unexpected document indicator", "a quoted text is not closed before the document ends"},
	{"found character that cannot start any token", "a value cannot begin with this character: quote it"},
	{"could not find expected ':'", `a key without ":"`},
	{"did not find expected alphabetic or numeric", `"*" and "&" begin an alias or an anchor: quote it`},
	{"unknown anchor", `"*" begins an alias, and nothing is anchored under this name: quote it`},
	{"block sequence entries are not allowed", `a list item is not allowed here: begin a new line for the "-"`},
	{"block mapping keys are not allowed", "a key is not allowed here: begin a new line"},
	{"unknown escape character", `an escape that double quotes do not know: write \\ for a backslash, or use single quotes`},
	{"did not find expected hexdecimal number", "an escape in double quotes lacks hexadecimal digits"},
	{"exceeded max depth", "nested too deep: at most 100 levels"},
	{"excessive aliasing", "aliases bring in too much: write it out"},
	{"did not find expected node content", "a value is missing here, or begins with a character that has to be quoted: quote it"},
	{"directive", "a line that begins with % is a YAML directive: a runbook has none"},
	{"incompatible YAML document", "a line that begins with % is a YAML directive: a runbook has none"},
	{"did not find expected <document start>", "text after the end of the document"},
	{"tag", `"!" begins a YAML tag: quote it`},
}

func syntaxError(src []byte, err error) (place, string) {
	theirs := bare(err)
	at := whereSaid(err)
	if len(src) <= maxSearch {
		at = whereFails(src, theirs)
	}
	if trapAt, message := trap(src, at.line); message != "" {
		return trapAt, message
	}
	if strings.HasPrefix(theirs, "did not find expected ','") {
		at = opening(src, at)
	}
	for _, r := range reworded {
		if strings.Contains(theirs, r.theirs) {
			return at, r.ours
		}
	}
	return at, "not YAML: " + theirs
}
