package runbook

import (
	"fmt"
	"slices"
	"strings"
)

const begin, end = "${{", "}}"

// substituteAll puts the vars in wherever the language allows it, and reports references anywhere else.
func (l *loader) substituteAll() {
	for _, f := range l.root.fields {
		if f.key != "spec" {
			l.refuse(f.value, f.key+" cannot refer to a var: write it out")
			continue
		}
		for _, f := range f.value.keys() {
			if f.key != "vars" && f.key != "matrix" { // they have been looked at
				l.substitute(f.value)
			}
		}
	}
}

// substitute replaces the references below a node.
func (l *loader) substitute(n *node) {
	for _, item := range n.items {
		l.substitute(item)
	}
	for _, f := range n.fields {
		l.substituteField(n, f)
	}
	if n.step != nil && n.step.params != nil {
		l.substitute(n.step.params)
	}
	if n.kind == scalar {
		l.substituteScalar(n, false)
	}
}

func (l *loader) substituteField(n *node, f *field) {
	switch {
	case strings.Contains(f.key, begin):
		l.add(n, f.at, "key %s: a key cannot refer to a var, write it out", quote(f.key))
	case n.step != nil && f.key == "id":
		l.refuse(f.value, "an id cannot refer to a var: write it out")
	case !f.value.shape.mark("x-secret") || openConfig(n, f.key):
		l.substitute(f.value)
	case f.value.kind == scalar:
		l.substituteScalar(f.value, !shownConfig(n, f.key))
	default:
		l.putMatrix(f.value)
		l.refuse(f.value, "where a credential is found cannot come from a var: write it out")
	}
}

// openConfig reports whether an exporter's config key holds something that may be seen, so that any var may stand there.
func openConfig(n *node, key string) bool {
	return isConfig(n) && ends(key, ".url", ".location", ".type")
}

// shownConfig reports whether an exporter's config key holds something that is shown, so that no secret may stand there.
func shownConfig(n *node, key string) bool {
	return isConfig(n) && ends(strings.ToLower(key), "url", "location", "type", "credentials.source")
}

func isConfig(n *node) bool { return n.shape.m["properties"] == nil && !n.shape.mark("x-headers") }

func ends(key string, endings ...string) bool {
	return slices.ContainsFunc(endings, func(ending string) bool { return strings.HasSuffix(key, ending) })
}

// refuse reports every reference below a node.
func (l *loader) refuse(n *node, why string) {
	if s, ok := n.str(); ok {
		if i := strings.Index(s, begin); i >= 0 && (i == 0 || s[i-1] != '$') {
			l.reportAt(n, l.inside(n, i), "%s", why)
			return
		}
		if strings.Contains(s, "$"+begin) {
			n.value, n.edited = strings.ReplaceAll(s, "$"+begin, begin), true
		}
	}
	for _, item := range n.entries() {
		l.refuse(item, why)
	}
	for _, f := range n.keys() {
		l.refuse(f.value, why)
	}
}

// substituteScalar replaces the references of one text. One that is the whole text gives the var's type.
func (l *loader) substituteScalar(n *node, credential bool) {
	text, ok := n.str()
	if !ok || n.bad || !strings.Contains(text, begin) {
		return
	}
	b := new(substitution)
	rest := text
	for {
		i := strings.Index(rest, begin)
		if i < 0 {
			break
		}
		if i > 0 && rest[i-1] == '$' {
			b.WriteString(rest[:i-1] + begin)
			rest = rest[i+len(begin):]
			continue
		}
		at := len(text) - len(rest) + i
		inner, after, closed := strings.Cut(rest[i+len(begin):], end)
		if path := strings.TrimSpace(inner); closed && isLate(path) {
			if !l.mayBeLate(n, at, path, credential) {
				return
			}
			b.WriteString(rest[:i])
			b.late(path, l.inside(n, at))
			rest = after
			continue
		}
		v := l.resolve(n, at, inner, closed, credential)
		if v == nil {
			n.bad = true
			return
		}
		if i == 0 && after == "" && rest == text {
			l.put(n, v)
			return
		}
		b.WriteString(rest[:i])
		l.embed(n, v, &b.Builder)
		rest = after
	}
	b.WriteString(rest)
	b.end(n)
}

// put makes the var's value the node's own.
func (l *loader) put(n *node, v *variable) {
	n.value, n.edited, n.shell = v.fitting(n.shape), true, v.shell
	if !v.known {
		n.value, n.open = plausibleText(n.shape), true
	}
}

func (l *loader) embed(n *node, v *variable, b *strings.Builder) {
	if !v.known {
		n.open = true
		b.WriteByte('x')
		return
	}
	fmt.Fprint(b, v.value)
}
