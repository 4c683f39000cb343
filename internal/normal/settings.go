package normal

import (
	"encoding/json"
	"slices"
	"strings"
)

// Settings returns what two spellings of metadata, rules or a configuration
// have in common, and nothing where all that is said is empty. Members that are
// empty do not count, nor does the order of a list of nothing but strings,
// which are sets: tags, and names of what is sensitive.
func Settings(raw json.RawMessage) []byte { return settings(raw, prune) }

// Metadata is Settings of a version's metadata, without the version that
// servers write among the properties by themselves.
func Metadata(raw json.RawMessage) []byte {
	return settings(raw, func(v *value) {
		if properties := v.get("properties"); properties != nil {
			properties.members = slices.DeleteFunc(properties.members, func(m member) bool { return m.key == "confluent:version" })
		}
		prune(v)
	})
}

func settings(raw json.RawMessage, edit func(*value)) []byte {
	if len(raw) == 0 {
		return nil
	}
	v, err := parseJSON(string(raw))
	if err != nil {
		return raw
	}
	if edit(v); v.empty() {
		return nil
	}
	return v.append(nil)
}

// prune drops empty members and sorts lists of strings, from the inside out.
func prune(v *value) {
	for _, i := range v.items {
		prune(i)
	}
	for _, m := range v.members {
		prune(m.value)
	}
	v.members = slices.DeleteFunc(v.members, func(m member) bool { return m.value.empty() })
	if v.isTexts() {
		slices.SortFunc(v.items, func(a, b *value) int { return strings.Compare(a.text, b.text) })
	}
}

func (v *value) empty() bool {
	switch v.kind {
	case '{':
		return len(v.members) == 0
	case '[':
		return len(v.items) == 0
	}
	return v.kind == 't' && v.text == "null"
}
