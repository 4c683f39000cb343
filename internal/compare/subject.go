package compare

import "strings"

// NormalContext spells a context as ".name": "a", ".a" and ":.a:" are ".a",
// and "", "." and ":.:" the default one, ".".
func NormalContext(s string) string {
	s = strings.TrimSuffix(strings.TrimPrefix(s, ":"), ":")
	if !strings.HasPrefix(s, ".") {
		s = "." + s
	}
	return s
}

// SplitSubject returns the context and the name of a subject: "x" is "." and
// "x", ":.c:x" is ".c" and "x".
func SplitSubject(qualified string) (context, name string) {
	if rest, ok := strings.CutPrefix(qualified, ":"); ok {
		if c, n, ok := strings.Cut(rest, ":"); ok {
			return NormalContext(c), n
		}
	}
	return ".", qualified
}

// Place spells a context as the registry client wants it: "." is "", ".c" is ":.c:".
func Place(context string) string {
	if context = NormalContext(context); context == "." {
		return ""
	}
	return ":" + context + ":"
}

func qualify(context, name string) string { return Place(context) + name }

// bare spells a subject in the one way that is compared.
func bare(subject string) string { return qualify(SplitSubject(subject)) }

// A pattern is one entry of an exporter's subjects. Only a "*" at its end, and
// ":*:" in front for every context, are wildcards.
type pattern struct {
	anyContext bool
	context    string
	name       string
	prefix     bool
}

func parsePattern(s string) pattern {
	var p pattern
	if rest, ok := strings.CutPrefix(s, ":*:"); ok {
		p.anyContext, p.name = true, rest
	} else {
		p.context, p.name = SplitSubject(s)
	}
	qualified := strings.HasPrefix(s, ":")
	p.name, p.prefix = strings.CutSuffix(p.name, "*")
	p.prefix = p.prefix || p.name == "" && qualified // a context alone is all of it
	return p
}

func (p pattern) inContext(context string) bool { return p.anyContext || p.context == context }

func (p pattern) match(context, name string) bool {
	if !p.inContext(context) {
		return false
	}
	return name == p.name || p.prefix && strings.HasPrefix(name, p.name)
}

func matchAny(patterns []string, context, name string) bool {
	for _, p := range patterns {
		if parsePattern(p).match(context, name) {
			return true
		}
	}
	return false
}
