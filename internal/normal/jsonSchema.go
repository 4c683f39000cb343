package normal

import "slices"

// jsonSchemaForm is JSON whose lists are in order, but for those of which JSON
// Schema says that they are sets of names.
func jsonSchemaForm(text string) ([]byte, error) {
	v, err := parseJSON(text)
	if err != nil {
		return nil, err
	}
	schemaOf(v)
	return v.append(nil), nil
}

// What stands behind a keyword: a schema, a list of schemas, schemas by name,
// a set of names, or sets of names by name. Behind all others, such as enum,
// const, default and examples, stand values, of which each order may be meant.
const (
	oneSchema = 1 << iota
	listOfSchemas
	namedSchemas
	nameSet
	namedSets
)

// behind returns what may stand behind a keyword, of any draft.
func behind(keyword string) int {
	switch keyword {
	case "items":
		return oneSchema | listOfSchemas
	case "additionalItems", "additionalProperties", "contains", "contentSchema", "else", "if", "not", "propertyNames", "then",
		"unevaluatedItems", "unevaluatedProperties":
		return oneSchema
	case "allOf", "anyOf", "oneOf", "prefixItems":
		return listOfSchemas
	case "$defs", "definitions", "dependentSchemas", "patternProperties", "properties":
		return namedSchemas
	case "required":
		return nameSet
	case "type":
		return nameSet
	case "dependentRequired":
		return namedSets
	case "dependencies":
		return namedSchemas | namedSets
	}
	return 0
}

// schemaOf sorts the sets in a schema and in those within it.
func schemaOf(v *value) {
	for _, m := range v.members {
		kind := behind(m.key)
		switch {
		case kind&oneSchema != 0 && m.value.kind == '{':
			schemaOf(m.value)
		case kind&listOfSchemas != 0 && m.value.kind == '[':
			for _, i := range m.value.items {
				schemaOf(i)
			}
		case kind&nameSet != 0:
			setOf(m.value)
		case kind&(namedSchemas|namedSets) != 0 && m.value.kind == '{':
			namedOf(m.value, kind)
		}
	}
}

func namedOf(v *value, kind int) {
	for _, m := range v.members {
		switch {
		case kind&namedSchemas != 0 && m.value.kind == '{':
			schemaOf(m.value)
		case kind&namedSets != 0:
			setOf(m.value)
		}
	}
}

// setOf sorts names; a list of other things, or one that has a name twice, is
// no set and stays as it is.
func setOf(v *value) {
	if !v.isTexts() {
		return
	}
	sorted := &value{items: slices.Clone(v.items)}
	if sorted.asSet(); len(sorted.items) == len(v.items) {
		v.items = sorted.items
	}
}
