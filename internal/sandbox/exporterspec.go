package sandbox

import (
	"maps"
	"slices"
	"strings"
)

const (
	contextAuto    = "AUTO"
	contextCustom  = "CUSTOM"
	contextNone    = "NONE"
	contextDefault = "DEFAULT"

	subjectPlaceholder = "${subject}"
	kekPlaceholder     = "${kek}"
	hidden             = "[hidden]"
	urlKey             = "schema.registry.url"

	maxExporters = 100
)

// exporterSpec is an exporter as it was asked for, with defaults filled in.
type exporterSpec struct {
	Name                string            `json:"name"`
	Subjects            []string          `json:"subjects"`
	ContextType         string            `json:"contextType"`
	Context             string            `json:"context"`
	SubjectRenameFormat string            `json:"subjectRenameFormat"`
	KekRenameFormat     string            `json:"kekRenameFormat,omitempty"`
	Config              map[string]string `json:"config"`
}

// complete checks the spec and fills in what was left out.
func (r *Registry) complete(s exporterSpec) (exporterSpec, error) {
	if s.Config[urlKey] == "" {
		return s, refuse(40951, "Missing or invalid exporter config: %s is required", urlKey)
	}
	if len(s.Subjects) == 0 {
		s.Subjects = []string{"*"}
	}
	for _, p := range s.Subjects {
		if _, ok := r.has.pattern(p); !ok {
			return s, refuse(40952, "Invalid exporter subjects: %s", p)
		}
	}
	if s.SubjectRenameFormat == "" {
		s.SubjectRenameFormat = subjectPlaceholder
	}
	if r.has.guideContexts {
		return s.completeGuideContext()
	}
	return s.completeContext(r.generatedContext())
}

// completeContext makes the context the one in force.
func (s exporterSpec) completeContext(generated string) (exporterSpec, error) {
	s.ContextType = strings.ToUpper(s.ContextType)
	switch s.ContextType {
	case "", contextAuto:
		s.ContextType, s.Context = contextAuto, generated
	case contextNone, contextDefault:
		s.Context = defaultContext
	case contextCustom:
		if s.Context == "" {
			return s, noCustomContext()
		}
		s.Context = contextName(s.Context)
	default:
		return s, unknownContextType(s.ContextType)
	}
	return s, nil
}

// completeGuideContext leaves the context as it was sent; only CUSTOM has one.
func (s exporterSpec) completeGuideContext() (exporterSpec, error) {
	s.ContextType = strings.ToUpper(s.ContextType)
	switch s.ContextType {
	case "":
		s.ContextType = contextAuto
	case contextAuto, contextNone:
	case contextCustom:
		if s.Context == "" {
			return s, noCustomContext()
		}
	default:
		return s, unknownContextType(s.ContextType)
	}
	return s, nil
}

func noCustomContext() error {
	return refuse(40951, "Missing or invalid exporter config: context type CUSTOM needs a context")
}

func unknownContextType(s string) error {
	return refuse(40951, "Missing or invalid exporter config: unknown context type %s", s)
}

// with merges an update; what it leaves out stays.
func (s exporterSpec) with(u exporterSpec) exporterSpec {
	if u.Subjects != nil {
		s.Subjects = u.Subjects
	}
	if u.ContextType != "" {
		s.ContextType = u.ContextType
	}
	if u.Context != "" {
		s.Context = u.Context
	}
	if u.SubjectRenameFormat != "" {
		s.SubjectRenameFormat = u.SubjectRenameFormat
	}
	if u.KekRenameFormat != "" {
		s.KekRenameFormat = u.KekRenameFormat
	}
	if u.Config != nil {
		s.Config = u.Config
	}
	return s
}

// masked is the spec as it may be shown.
func (s exporterSpec) masked() exporterSpec {
	s.Subjects = slices.Clone(s.Subjects)
	s.Config = maps.Clone(s.Config)
	for key := range s.Config {
		if isSecret(key) {
			s.Config[key] = hidden
		}
	}
	return s
}

func isSecret(key string) bool {
	return slices.ContainsFunc([]string{
		"password", "secret", "user.info", "token", "jaas", "keystore.key", "credential",
	}, func(part string) bool {
		return strings.Contains(key, part) && !strings.HasSuffix(key, ".source")
	})
}

// pattern selects subjects for an exporter.
type pattern struct {
	everywhere bool // every subject of every context
	name       name // subject: exact name, or prefix
	open       bool // ends in *
}

// pattern reads one of an exporter's subjects. All subjects of all contexts
// are ":*:", or "*" where patterns are wide.
func (f features) pattern(s string) (pattern, bool) {
	all := ":*:"
	if f.widePatterns {
		all = "*"
	}
	if s == all {
		return pattern{everywhere: true, open: true}, true
	}
	if strings.HasPrefix(s, ":") && (!strings.HasPrefix(s, ":.") || strings.Count(s, ":") < 2) {
		return pattern{}, false
	}
	bare, open := strings.CutSuffix(s, "*")
	p := pattern{name: parseName(bare), open: open}
	ok := !strings.Contains(bare, "*") && p.name.validChars() && (open || p.name.subject != "")
	return p, ok
}

// matches reports whether the subject is exported.
func (p pattern) matches(n name) bool {
	switch {
	case p.everywhere:
		return true
	case n.context != p.name.context:
		return false
	case p.open:
		return strings.HasPrefix(n.subject, p.name.subject)
	}
	return n.subject == p.name.subject
}

// covers reports whether the whole context is exported.
func (p pattern) covers(context string) bool {
	return p.everywhere || p.open && p.name == name{context: context}
}
