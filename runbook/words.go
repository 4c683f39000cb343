package runbook

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

func alternatives(s shape) string {
	var all []string
	for _, b := range s.branches() {
		if words := wanted(b); !slices.Contains(all, words) {
			all = append(all, words)
		}
	}
	return strings.Join(all, ", or ")
}

// wanted says what a shape takes.
func wanted(s shape) string {
	if say := s.text("x-say"); strings.HasPrefix(say, "must be ") {
		return strings.TrimPrefix(say, "must be ")
	}
	if values := s.enum(); len(values) > 0 {
		return strings.Join(values, " or ")
	}
	if isDuration(s.text("pattern")) {
		return "a duration such as 30s, 10m or 1h30m"
	}
	var words []string
	for _, t := range s.admits() {
		words = append(words, typeWords[t])
	}
	if names, closed := s.names(); closed && len(names) > 0 {
		return mappingOf(s, names)
	}
	return strings.Join(words, " or ")
}

func mappingOf(s shape, names []string) string {
	switch strings.Join(names, " ") {
	case "env":
		return "{env: NAME}"
	case "file":
		return "{file: PATH}"
	}
	if s.mark("x-step") {
		return "a mapping with a step type"
	}
	return "a mapping of " + strings.Join(names, ", ")
}

var typeWords = map[string]string{
	"object": "a mapping", "array": "a list", "string": "text", "integer": "a whole number", "number": "a number",
	"boolean": "true or false", "null": "nothing",
}

// enum are the values a shape takes, as a person writes them.
func (s shape) enum() []string {
	values, _ := s.m["enum"].([]any)
	if c, ok := s.m["const"]; ok {
		values = []any{c}
	}
	words := make([]string, len(values))
	for i, v := range values {
		words[i] = fmt.Sprint(v)
	}
	return words
}

func missing(n *node, s shape) string {
	required, _ := s.m["required"].([]any)
	var keys []string
	for _, key := range required {
		if k := fmt.Sprint(key); n.get(k) == nil {
			keys = append(keys, quote(k))
		}
	}
	if len(keys) == 1 {
		return "missing key " + keys[0]
	}
	return "missing keys " + strings.Join(keys, ", ")
}

func oneOf(n *node, name string, values []string) string {
	got := n.show()
	if s, ok := n.str(); ok {
		got += didYouMean(s, values)
	}
	if len(values) == 1 {
		return fmt.Sprintf("%s must be %s; got %s", name, values[0], got)
	}
	return fmt.Sprintf("%s must be one of %s; got %s", name, strings.Join(values, ", "), got)
}

// howToType helps where quotes are missing or too many.
func howToType(n *node, s shape) string {
	if n.open && n.kind == scalar {
		return " (a var without a value here counts as text)"
	}
	if n.edited || n.kind != scalar {
		return ""
	}
	text, isText := n.value.(string)
	_, isNumber := n.value.(json.Number)
	switch {
	case slices.Contains(s.admits(), "string") && isNumber && isDuration(s.text("pattern")):
		return "; did you mean " + quote(n.text+"s") + "?"
	case slices.Contains(s.admits(), "string") && n.value != nil && !isText:
		return "; quote it"
	case isText && regexp.MustCompile(`^-?[0-9]+$|^true$|^false$`).MatchString(text) && !slices.Contains(s.admits(), "object"):
		return "; leave out the quotes"
	}
	return ""
}

func patternWords(s shape) string {
	switch {
	case s.text("x-say") != "":
		return s.text("x-say")
	case isDuration(s.text("pattern")):
		return "must be a duration such as 30s, 10m or 1h30m"
	case s.text("description") != "":
		return fmt.Sprintf("must match %s (%s)", s.text("pattern"), strings.TrimSuffix(s.text("description"), "."))
	}
	return "must match " + s.text("pattern")
}

// isDuration recognises the pattern of a duration by what it takes.
func isDuration(pattern string) bool {
	is, err := regexp.Compile(pattern)
	return err == nil && pattern != "" && is.MatchString("10m") && is.MatchString("1h30m") && !is.MatchString("x") && !is.MatchString("10")
}
