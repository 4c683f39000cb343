package steps

import (
	"slices"
	"strings"

	"github.com/srmigrate/srmigrate/internal/compare"
	"github.com/srmigrate/srmigrate/internal/registry"
)

// exporterSpec is what an exporter copies, and under which names: all of it but its config.
type exporterSpec struct {
	ContextType         string   `json:"contextType"`
	Context             string   `json:"context,omitempty"`
	Subjects            []string `json:"subjects"`
	SubjectRenameFormat string   `json:"subjectRenameFormat,omitempty"`
	KekRenameFormat     string   `json:"kekRenameFormat,omitempty"`
}

func specOf(e *registry.Exporter) exporterSpec {
	return exporterSpec{
		ContextType: e.ContextType, Context: e.Context, Subjects: e.Subjects,
		SubjectRenameFormat: e.SubjectRenameFormat, KekRenameFormat: e.KekRenameFormat,
	}
}

// specField is one thing in which exporters can differ, in the one way to write it. Context type and context are one:
// neither means anything alone.
type specField struct {
	name, value string
	shown       bool // the server says it
	copy        func(to *exporterSpec, from exporterSpec)
}

func (s exporterSpec) fields() []specField {
	kind := strings.ToUpper(or(s.ContextType, "AUTO"))
	if kind == "CUSTOM" {
		kind += " " + contextName(s.Context)
	}
	subjects := s.Subjects
	if len(subjects) == 0 {
		subjects = []string{"*"}
	}
	return []specField{
		{"contextType", kind, s.ContextType != "", func(to *exporterSpec, from exporterSpec) {
			to.ContextType, to.Context = from.ContextType, from.Context
		}},
		{"subjects", strings.Join(sorted(subjects), " "), len(s.Subjects) > 0, func(to *exporterSpec, from exporterSpec) {
			to.Subjects = from.Subjects
		}},
		{"subjectRenameFormat", or(s.SubjectRenameFormat, "${subject}"), s.SubjectRenameFormat != "", func(to *exporterSpec, from exporterSpec) {
			to.SubjectRenameFormat = or(from.SubjectRenameFormat, "${subject}")
		}},
		{"kekRenameFormat", or(s.KekRenameFormat, "${kek}"), s.KekRenameFormat != "", func(to *exporterSpec, from exporterSpec) {
			to.KekRenameFormat = or(from.KekRenameFormat, "${kek}")
		}},
	}
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// unlike lists the fields of s that are others in o.
func (s exporterSpec) unlike(o exporterSpec) []specField {
	others, i := o.fields(), -1
	return slices.DeleteFunc(s.fields(), func(f specField) bool {
		i++
		return f.value == others[i].value
	})
}

// contradicts lists the fields of s that are others in what a server shows; what it does not show is no contradiction.
func (s exporterSpec) contradicts(shown exporterSpec) []specField {
	fields := shown.fields()
	return slices.DeleteFunc(s.unlike(shown), func(f specField) bool { return !fieldOf(fields, f.name).shown })
}

func fieldOf(fields []specField, name string) specField {
	i := slices.IndexFunc(fields, func(f specField) bool { return f.name == name })
	return fields[i]
}

// with is what an exporter that is s becomes when it gets the fields that u gives.
func (s exporterSpec) with(u exporterSpec) exporterSpec {
	fields := u.fields()
	for _, f := range fields {
		if f.shown {
			f.copy(&s, u)
		}
	}
	return s
}

// toward is s with every field kept as the server writes it where it means the same.
func (s exporterSpec) toward(shown exporterSpec) exporterSpec {
	for _, f := range s.unlike(shown) {
		f.copy(&shown, s)
	}
	return shown
}

// object is the whole exporter as it is put, but for its config.
func (s exporterSpec) object(name string) registry.Exporter {
	context := "."
	switch kind := strings.ToUpper(or(s.ContextType, "AUTO")); {
	case kind == "CUSTOM", kind == "AUTO" && s.Context != "":
		context = contextName(s.Context)
	}
	return registry.Exporter{
		Name: name, Subjects: s.Subjects, ContextType: s.ContextType, Context: context,
		SubjectRenameFormat: s.SubjectRenameFormat, KekRenameFormat: s.KekRenameFormat,
	}
}

// mapping is how the exporter names on the target what it copies.
func (s exporterSpec) mapping() compare.Mapping {
	m := compare.Mapping{ContextType: strings.ToUpper(or(s.ContextType, "AUTO")), Patterns: s.Subjects, RenameFormat: s.SubjectRenameFormat}
	if context := contextName(s.Context); context != "." {
		m.Context = context
	}
	return m
}

func sorted(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return list
}
