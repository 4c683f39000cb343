package runbook

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// evident gives every scalar below the node its value, and returns whether every version of YAML agrees about all of
// them. Where it does not, what sigs.k8s.io/yaml says counts; a test holds that both say the same.
func evident(n *node) bool {
	for _, item := range n.items {
		if !evident(item) {
			return false
		}
	}
	for _, f := range n.fields {
		if !evident(f.value) {
			return false
		}
	}
	if n.kind != scalar {
		return true
	}
	ok := false
	n.value, ok = evidentValue(n)
	return ok
}

// loneMark reports whether a "!" stands by itself somewhere. As a tag it makes a text of any scalar, and yaml/v3 does not
// tell of it.
func loneMark(src []byte) bool {
	for i, c := range src {
		if c == '!' && (i+1 == len(src) || bytes.IndexByte([]byte(" \t\r\n,]}"), src[i+1]) >= 0) {
			return true
		}
	}
	return false
}

var (
	evidentNumber = regexp.MustCompile(`^(?:0|-?[1-9][0-9]{0,15})$`)
	evidentSpan   = regexp.MustCompile(`^[0-9]+(?:\.[0-9]+)?(?:ms|s|m|h|%)$`)
)

// evidentValue is the value of a scalar; false when readers of YAML may differ.
func evidentValue(n *node) (any, bool) {
	if n.style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		return n.text, n.tag == "!!str"
	}
	switch n.tag {
	case "!!null":
		return nil, n.text == "" || n.text == "null" || n.text == "~"
	case "!!bool":
		return n.text == "true", n.text == "true" || n.text == "false"
	case "!!int":
		return json.Number(n.text), len(n.text) < 32 && evidentNumber.MatchString(n.text)
	}
	return n.text, n.tag == "!!str" && n.text != "" && evidentText(n.text)
}

func evidentText(text string) bool {
	switch first := text[0]; {
	case first >= 'a' && first <= 'z', first >= 'A' && first <= 'Z':
		return !aWord(text)
	case first == '$', first == '/':
		return true
	}
	return len(text) < 32 && evidentSpan.MatchString(text)
}

// aWord reports whether some version of YAML has a value for the word.
func aWord(text string) bool {
	switch strings.ToLower(text) {
	case "y", "yes", "n", "no", "on", "off", "true", "false", "null":
		return true
	}
	return false
}
