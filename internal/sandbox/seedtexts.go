package sandbox

import (
	"encoding/json"
	"fmt"
	"strings"
)

// avro writes a record; full is its name with namespace.
func avro(full string, fields ...seedField) submission {
	dot := strings.LastIndex(full, ".")
	record := struct {
		Type      string      `json:"type"`
		Name      string      `json:"name"`
		Namespace string      `json:"namespace"`
		Fields    []seedField `json:"fields"`
	}{"record", full[dot+1:], full[:dot], fields}
	return submission{Schema: encoded(record), SchemaType: "AVRO"}
}

// encoded is for values of this package, none of which can fail.
func encoded(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return "null"
	}
	return string(b)
}

// proto writes a message with string fields, numbered in order.
func proto(pkg, message string, imports []string, fields ...string) submission {
	var b strings.Builder
	fmt.Fprintf(&b, "syntax = \"proto3\";\npackage %s;\n\n", pkg)
	for _, i := range imports {
		fmt.Fprintf(&b, "import %q;\n\n", i)
	}
	fmt.Fprintf(&b, "message %s {\n", message)
	for i, f := range fields {
		kind, name, ok := strings.Cut(f, " ")
		if !ok {
			kind, name = "string", f
		}
		fmt.Fprintf(&b, "  %s %s = %d;\n", kind, name, i+1)
	}
	b.WriteString("}\n")
	return submission{Schema: b.String(), SchemaType: "PROTOBUF"}
}

// jsonSchema writes an object; a property is "name type" or "name #ref".
func jsonSchema(title string, properties ...string) submission {
	type schema struct {
		Type string `json:"type,omitempty"`
		Ref  string `json:"$ref,omitempty"`
	}
	of := map[string]schema{}
	for _, p := range properties {
		name, kind, _ := strings.Cut(p, " ")
		if ref, ok := strings.CutPrefix(kind, "#"); ok {
			of[name] = schema{Ref: ref}
			continue
		}
		of[name] = schema{Type: kind}
	}
	return submission{SchemaType: "JSON", Schema: encoded(map[string]any{
		"$schema": "http://json-schema.org/draft-07/schema#", "title": title,
		"type": "object", "additionalProperties": false, "properties": of,
	})}
}

// described adds metadata and, if there are any, domain rules.
func (s submission) described(metadata, ruleSet string) submission {
	s.Metadata = json.RawMessage(metadata)
	if ruleSet != "" {
		s.RuleSet = json.RawMessage(ruleSet)
	}
	return s
}
