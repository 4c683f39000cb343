package compare

// GuideDialect is that of servers which take an exporter's fields as the old guide explains them.
const GuideDialect = "guide"

// Meant returns what a mapping as it was sent means to a server of the dialect, in the words of this package. To
// GuideDialect AUTO keeps contexts, NONE strips them, CUSTOM replaces them, and the pattern "*" is every subject of
// every context; to any other a mapping means what it says.
func (m Mapping) Meant(dialect string) Mapping {
	if dialect != GuideDialect {
		return m
	}
	switch m.contextType() {
	case "AUTO":
		m.ContextType, m.Context = "NONE", ""
	case "NONE":
		m.ContextType = "DEFAULT"
	case "CUSTOM":
		m.ContextType = "REPLACE"
	default:
		m.ContextType += " in dialect guide" // nothing takes that
	}
	patterns := make([]string, 0, len(m.Patterns))
	for _, p := range m.patterns() {
		if p == "*" {
			p = ":*:"
		}
		patterns = append(patterns, p)
	}
	m.Patterns = patterns
	return m
}
