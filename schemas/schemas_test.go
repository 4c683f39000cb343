package schemas_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/srmigrate/srmigrate/schemas"
	"github.com/srmigrate/srmigrate/steps"
)

func parse(t *testing.T, src []byte) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal(src, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

func stepSchema(t *testing.T, typ string) map[string]any {
	t.Helper()
	src, ok := schemas.Step(typ)
	if !ok {
		t.Fatalf("step type %s has no schema: write schemas/steps/%s.schema.json", typ, typ)
	}
	return parse(t, src)
}

// A misspelt key must never pass, and an editor must be able to explain every key.
func TestSchemasAreClosedAndDescribed(t *testing.T) {
	describe(t, "document", parse(t, schemas.Document()))
	describe(t, "state", parse(t, schemas.State()))
	describe(t, "result", parse(t, schemas.Result()))
	describe(t, "plan", parse(t, schemas.Plan()))
	describe(t, "fleet", parse(t, schemas.Fleet()))
	describe(t, "fleetPlan", parse(t, schemas.FleetPlan()))
	describe(t, "compare", parse(t, schemas.Compare()))
	describe(t, "snapshot", parse(t, schemas.Snapshot()))
	describe(t, "rehearsal", parse(t, schemas.Rehearsal()))
	for _, typ := range schemas.Types() {
		t.Run(typ, func(t *testing.T) { describe(t, typ, stepSchema(t, typ)) })
	}
}

func describe(t *testing.T, at string, v any) {
	t.Helper()
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			describe(t, at, item)
		}
	case map[string]any:
		if _, set := v["additionalProperties"]; v["type"] == "object" && !set {
			t.Errorf("%s: the object is not closed", at)
		}
		properties, _ := v["properties"].(map[string]any)
		if open := v["additionalProperties"]; properties != nil && open != false {
			t.Errorf("%s: additionalProperties is %v, want false", at, open)
		}
		for key, p := range properties {
			if text, _ := p.(map[string]any)["description"].(string); strings.TrimSpace(text) == "" {
				t.Errorf("%s.%s has no description", at, key)
			}
		}
		for key, part := range v {
			if key != "default" && key != "examples" && key != "const" && key != "enum" {
				describe(t, at+"."+key, part)
			}
		}
	}
}

// Struct and schema of a step type say the same.
func TestStructsMatchSchemas(t *testing.T) {
	for _, typ := range schemas.Types() {
		if !slices.Contains(steps.Types(), typ) {
			t.Errorf("schemas/steps/%s.schema.json has no step type", typ)
		}
	}
	for _, typ := range steps.Types() {
		t.Run(typ, func(t *testing.T) {
			step, err := steps.New(typ, json.RawMessage("{}"))
			if err != nil {
				t.Fatal(err)
			}
			match(t, typ, reflect.TypeOf(step), stepSchema(t, typ))
		})
	}
}

func match(t *testing.T, at string, typ reflect.Type, schema map[string]any) {
	t.Helper()
	for typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	properties, closed := schema["properties"].(map[string]any)
	if typ.Kind() == reflect.Slice && schema["items"] != nil {
		match(t, at+"[]", typ.Elem(), schema["items"].(map[string]any))
		return
	}
	if typ.Kind() != reflect.Struct || !closed {
		return
	}
	fields := jsonFields(typ)
	for name := range fields {
		if _, ok := properties[name]; !ok {
			t.Errorf("%s: the struct has %q, the schema does not", at, name)
		}
	}
	for name, property := range properties {
		field, ok := fields[name]
		if !ok {
			t.Errorf("%s: the schema has %q, the struct does not", at, name)
			continue
		}
		match(t, at+"."+name, field, property.(map[string]any))
	}
}

func jsonFields(typ reflect.Type) map[string]reflect.Type {
	fields := map[string]reflect.Type{}
	for i := range typ.NumField() {
		f := typ.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case name == "-":
		case f.Anonymous && name == "" && f.Type.Kind() == reflect.Struct:
			for inner, t := range jsonFields(f.Type) {
				fields[inner] = t
			}
		case !f.IsExported():
		case name != "":
			fields[name] = f.Type
		default:
			fields[f.Name] = f.Type
		}
	}
	return fields
}
