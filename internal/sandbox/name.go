package sandbox

import (
	"strings"
	"unicode"
)

const (
	defaultContext = "."
	globalContext  = ".__GLOBAL"
)

// name is a subject within its context. Without a subject it stands for the
// context itself.
type name struct{ context, subject string }

// parseName reads "orders" or ":.ctx:orders".
func parseName(s string) name {
	if !strings.HasPrefix(s, ":.") {
		return name{defaultContext, s}
	}
	context, subject, _ := strings.Cut(s[1:], ":")
	return name{context, subject}
}

// referenceName is the subject that a reference in a schema of n means.
// Without a context of its own it is one of n's context.
func referenceName(n name, ref Reference) name {
	if strings.HasPrefix(ref.Subject, ":.") {
		return parseName(ref.Subject)
	}
	return name{n.context, ref.Subject}
}

// String is the qualified form, as registries show it: the default context
// has no prefix.
func (n name) String() string {
	if n.context == defaultContext {
		return n.subject
	}
	return ":" + n.context + ":" + n.subject
}

func (n name) isContext() bool { return n.subject == "" }

// itsContext is the context of n as a name.
func (n name) itsContext() name { return name{context: n.context} }

// valid reports whether n can be a subject.
func (n name) valid() bool {
	if n.subject == "" || n.subject == "__GLOBAL" || n.subject == "__EMPTY" {
		return false
	}
	return n.validChars() && n.context != globalContext
}

func (n name) validChars() bool {
	return !strings.ContainsFunc(n.String(), unicode.IsControl)
}

// contextName normalises "ctx", ".ctx" and ":.ctx:" to ".ctx".
func contextName(s string) string {
	s = strings.TrimSuffix(strings.TrimPrefix(s, ":"), ":")
	if strings.HasPrefix(s, ".") {
		return s
	}
	return "." + s
}

// prefix selects subjects the way the query parameter subjectPrefix does.
type prefix struct {
	everywhere bool
	name       name
}

func parsePrefix(s string) prefix {
	if rest, ok := strings.CutPrefix(s, ":*:"); ok {
		return prefix{everywhere: true, name: name{subject: rest}}
	}
	return prefix{name: parseName(s)}
}

func (p prefix) matches(n name) bool {
	if !p.everywhere && n.context != p.name.context {
		return false
	}
	return strings.HasPrefix(n.subject, p.name.subject)
}
