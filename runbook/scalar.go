package runbook

import (
	"encoding/json"
	"math/big"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// twofold are plain scalars that YAML 1.1 and YAML 1.2 read differently, with what one of them makes of them.
var twofold = []struct {
	is *regexp.Regexp
	as string
}{
	{regexp.MustCompile(`^(?:y|Y|yes|Yes|YES|on|On|ON)$`), "true"},
	{regexp.MustCompile(`^(?:n|N|no|No|NO|off|Off|OFF)$`), "false"},
	{regexp.MustCompile(`^[-+]?0[0-7_]+$`), "an octal number"},
	{regexp.MustCompile(`^[-+]?0[0-9_]+$`), "a number"},
	{regexp.MustCompile(`^[-+]?0o[0-7_]+$`), "an octal number"},
	{regexp.MustCompile(`^[-+]?0b[01_]+$`), "a binary number"},
	{regexp.MustCompile(`^[-+]?(?:0x[0-9a-fA-F]*_[0-9a-fA-F_]*|[0-9]+_[0-9_]*(?:\.[0-9_]*)?)$`), "a number"},
	{regexp.MustCompile(`^[-+][0-9]*0x[0-9a-fA-F]+$`), "a number"},
	{regexp.MustCompile(`^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$`), "a number to the base 60"},
	{regexp.MustCompile(`^[-+]?[0-9]+[eE][-+]?[0-9]+$`), "a number"},
	{regexp.MustCompile(`^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt ].*)?$`), "a date"},
}

// ambiguous says what one version of YAML makes of a plain scalar, where another makes something else; "" where all agree.
func ambiguous(plain string) string {
	if plain == "" || len(plain) > 64 || len(plain) > 3 && !strings.ContainsRune("+-.0123456789", rune(plain[0])) {
		return ""
	}
	for _, t := range twofold {
		if t.is.MatchString(plain) {
			return t.as
		}
	}
	return ""
}

// tag reports an explicit tag. It is nearly always an expression that begins with "!".
func (l *loader) tag(y *yaml.Node, n *node) {
	lone := l.loneTag(y)
	if y.Style&yaml.TaggedStyle == 0 && !lone {
		return
	}
	n.bad = true
	if lone {
		l.add(n, n.at, "quote it: %s (\"!\" begins a tag)", quote(strings.TrimSpace("! "+y.Value)))
		return
	}
	if strings.HasPrefix(y.Tag, "!!") {
		l.add(n, n.at, "tag %s: leave it out, types come from the field", quote(y.Tag))
		return
	}
	l.add(n, n.at, "quote it: %s (\"!\" begins a tag)", quote(strings.TrimSpace(y.Tag+" "+y.Value)))
}

// loneTag finds a "!" with a blank behind it, which yaml/v3 drops: the condition "! a" would mean "a".
func (l *loader) loneTag(y *yaml.Node) bool {
	line := l.characters(y.Line)
	return y.Column <= len(line) && line[y.Column-1] == '!' && (y.Column == len(line) || line[y.Column] == ' ')
}

var notJSON = regexp.MustCompile(`^[-+]?\.(?:inf|Inf|INF)$|^\.(?:nan|NaN|NAN)$`)

// unlimited reports a number that JSON does not have, and sigs.k8s.io/yaml gives up on.
func (l *loader) unlimited(y *yaml.Node, n *node) {
	if y.Style == 0 && len(y.Value) <= len("-.inf") && notJSON.MatchString(y.Value) {
		l.add(n, n.at, "quote it: %s is a number without a value", quote(y.Value))
	}
}

// fill gives every scalar the value that was read for it, and reports scalars that could have been read otherwise.
func (l *loader) fill(n *node, v any, known bool) {
	switch n.kind {
	case mapping:
		m, _ := v.(map[string]any)
		for _, f := range n.fields {
			value, ok := m[f.key]
			l.fill(f.value, value, ok)
		}
	case list:
		items, _ := v.([]any)
		for i, item := range n.items {
			if i < len(items) {
				l.fill(item, items[i], known)
			} else {
				l.fill(item, nil, false)
			}
		}
	default:
		l.fillScalar(n, v, known)
	}
}

func (l *loader) fillScalar(n *node, v any, known bool) {
	n.value = v
	if !known || n.bad {
		n.value = n.text // its key, or the node itself, has been reported
	}
}

// scalars reports values that could be read otherwise. It comes after the walk, so that it knows a secret.
func (l *loader) scalars(n *node) {
	for _, item := range n.entries() {
		l.scalars(item)
	}
	for _, f := range n.keys() {
		l.scalars(f.value)
	}
	if n.step != nil && n.step.params != nil {
		l.scalars(n.step.params)
	}
	if n.kind == scalar && n.style == 0 && !n.bad {
		l.plain(n)
	}
}

func (l *loader) plain(n *node) {
	if as := ambiguous(n.text); as != "" {
		instead := "quote it"
		if n.shape.text("type") == "boolean" { // quoted it would be text
			instead = "write true or false"
		}
		l.report(n, "%s: %s is %s to some readers of YAML, and not to others", instead, n.written(), as)
		n.value = n.text
		return
	}
	if number, ok := n.value.(json.Number); ok && !exact(n.text, number) {
		l.report(n, "quote it: the number %s cannot be kept exactly", n.written())
	}
}

func exact(text string, number json.Number) bool {
	if _, exponent, _ := strings.Cut(strings.ToLower(text), "e"); len(text) > 64 || len(exponent) > 4 {
		return false // big.Rat would take its time
	}
	written, ok := new(big.Rat).SetString(strings.TrimPrefix(text, "+"))
	if !ok {
		return true // such as 0x1F, which both read alike
	}
	read, ok := new(big.Rat).SetString(number.String())
	return ok && written.Cmp(read) == 0
}
