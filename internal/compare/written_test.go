package compare_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/srmigrate/srmigrate/internal/registry"
)

// fake is the server of a world. Of what can be said in two ways it says one by
// the salt, which is another on the other side: that is no difference.
func (w *world) fake(salt int) *fake {
	f := &fake{configs: map[string]string{}, modes: map[string]string{}}
	for i, v := range w.versions {
		f.rows = append(f.rows, row{v.written(salt + i), v.gone})
	}
	for place, level := range w.configs {
		f.configs[place] = fmt.Sprintf(`{"compatibilityLevel":%q}`, level)
	}
	for place, mode := range w.modes {
		f.modes[place] = fmt.Sprintf(`{"mode":%q}`, mode)
	}
	return f
}

func (v *version) written(salt int) registry.Schema {
	s := registry.Schema{
		Subject: v.subject(), Version: v.number, ID: v.id, SchemaType: v.schema.kind, Schema: v.text(),
		Metadata: v.metadata(salt), RuleSet: v.ruleSet(salt), GUID: "00000000-0000-0000-0000-000000000000",
	}
	if s.SchemaType == "AVRO" && salt%2 == 0 {
		s.SchemaType = "" // as servers before 8.0
	}
	for _, to := range v.refs {
		subject := qualified(to.context, to.subject)
		if to.context == v.context && salt%3 > 0 {
			subject = to.subject // in the context of what refers to it
		}
		if strings.HasPrefix(subject, ":") || to.context == v.context {
			s.References = append(s.References, registry.Reference{Name: to.name, Subject: subject, Version: to.version})
			continue
		}
		s.References = append(s.References, registry.Reference{Name: to.name, Subject: ":.:" + subject, Version: to.version})
	}
	if salt%5 == 0 {
		slices.Reverse(s.References)
	}
	return s
}

func (v *version) metadata(salt int) json.RawMessage {
	properties := map[string]string{}
	if v.owner != "" {
		properties["owner"] = v.owner
	}
	if salt%3 == 0 {
		properties["confluent:version"] = strconv.Itoa(v.number)
	}
	tags := slices.Clone(v.tags)
	if salt%2 == 0 {
		slices.Reverse(tags)
	}
	return encoded(map[string]any{"properties": properties, "tags": map[string]any{"**.x": tags}})
}

func (v *version) ruleSet(salt int) json.RawMessage {
	if len(v.rules) == 0 && salt%2 == 0 {
		return nil
	}
	rules := []map[string]any{}
	for _, name := range v.rules {
		rules = append(rules, map[string]any{"name": name, "kind": "CONDITION", "mode": "WRITE"})
	}
	return encoded(map[string]any{"domainRules": rules, "migrationRules": nil})
}

func encoded(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

// text is the schema in the version's spelling.
func (v *version) text() string {
	doc := v.schema.doc + strings.Repeat("x", v.schema.bulk)
	switch v.schema.kind {
	case "AVRO":
		return v.avro(doc) + v.brokenBy
	case "JSON":
		return v.jsonSchema(doc) + v.brokenBy
	}
	return v.protobuf(doc) + v.brokenBy
}

func (v *version) avro(doc string) string {
	var fields []string
	for _, f := range v.schema.fields {
		kind := strconv.Quote(map[string]string{"int": "int", "string": "string", "bool": "boolean"}[f.kind])
		if v.spelling > 0 {
			kind = fmt.Sprintf(`{ "type":%s}`, kind)
		}
		fields = append(fields, fmt.Sprintf(`{"name":%q,"type":%s}`, f.name, kind))
	}
	list := strings.Join(fields, ",")
	if v.spelling > 0 {
		return fmt.Sprintf(`{"doc":%s,"fields":[%s],"name":"p.%s","type":"record"}`, encoded(doc), list, v.schema.name)
	}
	return fmt.Sprintf(`{"type":"record","name":%q,"namespace":"p","doc":%s,"fields":[%s]}`, v.schema.name, encoded(doc), list)
}

func (v *version) jsonSchema(doc string) string {
	var fields, required []string
	for _, f := range v.schema.fields {
		kind := map[string]string{"int": "integer", "string": "string", "bool": "boolean"}[f.kind]
		fields = append(fields, fmt.Sprintf(`%q:{"type":%q}`, f.name, kind))
		required = append(required, strconv.Quote(f.name))
	}
	if v.spelling > 0 {
		slices.Reverse(fields)
		slices.Reverse(required)
		return fmt.Sprintf(`{"properties":{%s},"required":[%s],"description":%s,"title":%q}`,
			strings.Join(fields, ","), strings.Join(required, ","), encoded(doc), v.schema.name)
	}
	return fmt.Sprintf(`{"title":%q,"description":%s,"required":[%s], "properties":{%s}}`,
		v.schema.name, encoded(doc), strings.Join(required, ","), strings.Join(fields, ","))
}

func (v *version) protobuf(doc string) string {
	var fields []string
	for i, f := range v.schema.fields {
		kind := map[string]string{"int": "int32", "string": "string", "bool": "bool"}[f.kind]
		fields = append(fields, fmt.Sprintf("%s %s = %d;", kind, f.name, i+1))
	}
	if v.spelling > 0 {
		slices.Reverse(fields)
		return fmt.Sprintf("syntax='proto3';message %s{%s option (doc) = %s;}", v.schema.name, strings.Join(fields, ""), encoded(doc))
	}
	return fmt.Sprintf("syntax = \"proto3\";\n// says\nmessage %s {\n  option (doc) = %s;\n  %s\n}\n",
		v.schema.name, encoded(doc), strings.Join(fields, "\n  "))
}
