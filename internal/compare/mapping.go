package compare

import (
	"fmt"
	"slices"
	"strings"
)

// A Mapping says which source subjects an exporter covers and where they go.
type Mapping struct {
	// ContextType is AUTO or CUSTOM (the context is put in front of the
	// source's own), NONE (contexts stay), DEFAULT (all into the default one) or
	// REPLACE (all into the context), which is not known to exporters.
	ContextType string
	Context     string   // for AUTO the one that the live exporter reports
	Patterns    []string // none are the server's default, "*"
	// RenameFormat holds ${subject}; empty leaves names as they are.
	RenameFormat string
}

// Map returns where a qualified source subject goes, and whether any pattern
// covers it. References to uncovered subjects change context but not name.
func (m Mapping) Map(subject string) (target string, covered bool) {
	ctx, name := SplitSubject(subject)
	covered = matchAny(m.patterns(), ctx, name)
	if covered && m.RenameFormat != "" {
		name = strings.ReplaceAll(m.RenameFormat, "${subject}", name)
	}
	return qualify(m.mapContext(ctx), name), covered
}

// TargetContexts returns where the subjects of the source contexts may go,
// sorted and each once.
func (m Mapping) TargetContexts(sourceContexts []string) []string {
	var targets []string
	for _, s := range sourceContexts {
		s = NormalContext(s)
		if slices.ContainsFunc(m.patterns(), func(p string) bool { return parsePattern(p).inContext(s) }) {
			targets = append(targets, m.mapContext(s))
		}
	}
	slices.Sort(targets)
	return slices.Compact(targets)
}

func (m Mapping) patterns() []string {
	if len(m.Patterns) == 0 {
		return []string{"*"}
	}
	return m.Patterns
}

func (m Mapping) contextType() string {
	if m.ContextType == "" {
		return "AUTO"
	}
	return strings.ToUpper(m.ContextType)
}

func (m Mapping) mapContext(source string) string {
	switch m.contextType() {
	case "NONE":
		return source
	case "DEFAULT":
		return "."
	case "REPLACE":
		return NormalContext(m.Context)
	}
	switch own := NormalContext(m.Context); {
	case own == ".":
		return source
	case source == ".":
		return own
	default:
		return own + source
	}
}

// merges reports whether two subjects, or two contexts, may become one.
func (m Mapping) merges() bool {
	switch m.contextType() {
	case "DEFAULT", "REPLACE":
		return true
	}
	return m.RenameFormat != "" && !strings.Contains(m.RenameFormat, "${subject}")
}

// couldMake reports whether the exporter could have made a target subject out
// of some source subject in these contexts, there or not.
func (m Mapping) couldMake(target string, sourceContexts []string, selected func(subject string) bool) bool {
	ctx, name := SplitSubject(target)
	name, ok := m.unrename(name)
	if !ok {
		return false
	}
	for _, s := range sourceContexts {
		source := qualify(s, name)
		if to, covered := m.Map(source); covered && to == target && m.mapContext(s) == ctx && selected(source) {
			return true
		}
	}
	return false
}

// unrename undoes the rename format; a literal one stands for any name, so the
// patterns decide by themselves.
func (m Mapping) unrename(name string) (string, bool) {
	if m.RenameFormat == "" {
		return name, true
	}
	before, after, found := strings.Cut(m.RenameFormat, "${subject}")
	if !found || strings.Contains(after, "${subject}") {
		return "", false
	}
	fits := len(name) > len(before)+len(after) && strings.HasPrefix(name, before) && strings.HasSuffix(name, after)
	if !fits {
		return "", false
	}
	return name[len(before) : len(name)-len(after)], true
}

func (m Mapping) check() error {
	switch m.contextType() {
	case "NONE", "DEFAULT", "REPLACE":
		return nil
	case "AUTO", "CUSTOM":
		if NormalContext(m.Context) != "." {
			return nil
		}
		return fmt.Errorf("contextType %s needs the context it puts in front; ask the exporter for it", m.contextType())
	}
	return fmt.Errorf("contextType %q is none of AUTO, CUSTOM, NONE, DEFAULT", m.ContextType)
}
