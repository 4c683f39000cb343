package sandbox

import (
	"slices"
	"strings"
)

// mapping says where an exporter puts what it copies.
type mapping struct {
	patterns []pattern
	effect   contextEffect
	context  string
	rename   string
}

// contextEffect is what becomes of the context that a subject is in.
type contextEffect int

const (
	contextKept     contextEffect = iota
	contextReplaced               // by that of the mapping
	contextPrefixed               // with that of the mapping
)

// contexts is what a context type does, and with which context.
func (f features) contexts(s exporterSpec) (contextEffect, string) {
	switch {
	case f.guideContexts && s.ContextType == contextCustom:
		return contextReplaced, contextName(s.Context)
	case f.guideContexts && s.ContextType == contextNone, s.ContextType == contextDefault:
		return contextReplaced, defaultContext
	case f.guideContexts, s.ContextType == contextNone, s.Context == defaultContext:
		return contextKept, ""
	}
	return contextPrefixed, s.Context
}

// mapping is only asked of complete specs, whose patterns are all valid.
func (f features) mapping(s exporterSpec) mapping {
	m := mapping{rename: s.SubjectRenameFormat}
	m.effect, m.context = f.contexts(s)
	for _, text := range s.Subjects {
		if p, ok := f.pattern(text); ok {
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
	case m.effect == contextKept:
		return context
	case m.effect == contextReplaced || context == defaultContext:
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
