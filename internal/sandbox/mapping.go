package sandbox

import (
	"slices"
	"strings"
)

// mapping says where an exporter puts what it copies.
type mapping struct {
	patterns    []pattern
	contextType string
	context     string
	rename      string
}

// mapping is only asked of complete specs, whose patterns are all valid.
func (s exporterSpec) mapping() mapping {
	m := mapping{contextType: s.ContextType, context: s.Context, rename: s.SubjectRenameFormat}
	for _, text := range s.Subjects {
		if p, ok := parsePattern(text); ok {
			m.patterns = append(m.patterns, p)
		}
	}
	return m
}

func (m mapping) exports(n name) bool {
	return slices.ContainsFunc(m.patterns, func(p pattern) bool { return p.matches(n) })
}

func (m mapping) covers(context string) bool {
	return slices.ContainsFunc(m.patterns, func(p pattern) bool { return p.covers(context) })
}

// contextOf is the destination of a source context.
func (m mapping) contextOf(context string) string {
	switch {
	case m.contextType == contextDefault:
		return defaultContext
	case m.contextType == contextNone || m.context == defaultContext:
		return context
	case context == defaultContext:
		return m.context
	}
	return m.context + context
}

// to is the destination of a subject, or of a context.
func (m mapping) to(n name) name {
	out := name{context: m.contextOf(n.context)}
	if !n.isContext() {
		out.subject = strings.ReplaceAll(m.rename, subjectPlaceholder, n.subject)
	}
	return out
}

// references moves what a schema of n refers to. Names without a context stay
// so, because they are looked up where the schema is.
func (m mapping) references(n name, refs []Reference) []Reference {
	out := slices.Clone(refs)
	for i, ref := range out {
		to := m.reference(referenceName(n, ref))
		if to.context == m.contextOf(n.context) && !strings.HasPrefix(ref.Subject, ":.") {
			out[i].Subject = to.subject
			continue
		}
		out[i].Subject = to.String()
		if to.context == defaultContext && m.contextOf(n.context) != defaultContext {
			out[i].Subject = ":" + defaultContext + ":" + to.subject
		}
	}
	return out
}

// reference keeps the name of a subject that is not exported: nothing of that
// name would be found otherwise.
func (m mapping) reference(n name) name {
	if m.exports(n) {
		return m.to(n)
	}
	return name{m.contextOf(n.context), n.subject}
}
