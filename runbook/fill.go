package runbook

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/srmigrate/srmigrate/steps"
)

// unfilled is what a step is made of again once its references have values.
type unfilled struct {
	set    *typeSet
	params json.RawMessage
	scope  *steps.Scope // nil for a step of an older runbook, which was checked when it was armed
}

// keepLate notes which texts of the step have references left.
func (a *assembler) keepLate(s *Step, params *node) {
	params.eachLate("", func(pointer string, n *node) {
		if s.Late == nil {
			s.Late = map[string][]string{}
		}
		s.Late[pointer] = n.late.parts
	})
	if s.Late != nil {
		scope := a.scopeOf(s.ID)
		s.rest = &unfilled{a.set, params.raw(), &scope}
	}
}

// Rearmed is a step that was kept in a state, with the references that its texts had.
func Rearmed(s Step, params json.RawMessage, late map[string][]string) *Step {
	if len(late) > 0 {
		s.Late, s.rest = late, &unfilled{set: installed, params: params}
	}
	return &s
}

// Filled is the step with the values of its references put in, checked again. Value gives what a reference stands for,
// by its path.
func (s Step) Filled(value func(path string) (string, error)) (Step, error) {
	if len(s.Late) == 0 {
		return s, nil
	}
	params, err := decode(s.rest.params)
	if err != nil {
		return s, err
	}
	for _, pointer := range slices.Sorted(maps.Keys(s.Late)) {
		text, err := filledText(s.Late[pointer], value)
		if err != nil {
			return s, fmt.Errorf("%s: %w", dotted(pointer), err)
		}
		params = set(params, strings.Split(pointer, "/")[1:], text)
	}
	s.Step, err = s.rest.remade(s, params)
	return s, err
}

func decode(raw json.RawMessage) (v any, err error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	err = dec.Decode(&v)
	return v, err
}

func filledText(parts []string, value func(path string) (string, error)) (string, error) {
	var b strings.Builder
	for i, part := range parts {
		if i%2 == 1 {
			text, err := value(part)
			if err != nil {
				return "", err
			}
			part = text
		}
		b.WriteString(part)
	}
	return b.String(), nil
}

// set puts a text where a pointer leads to.
func set(v any, path []string, text string) any {
	if len(path) == 0 {
		return text
	}
	switch here := v.(type) {
	case map[string]any:
		key := unescape.Replace(path[0])
		here[key] = set(here[key], path[1:], text)
	case []any:
		if i, err := strconv.Atoi(path[0]); err == nil && i < len(here) {
			here[i] = set(here[i], path[1:], text)
		}
	}
	return v
}

// remade judges the parameters as on load, and makes the step of them.
func (u *unfilled) remade(s Step, params any) (steps.Step, error) {
	c, err := u.set.contract(s.Type)
	if err != nil {
		return s.Step, err
	}
	if err := c.schema.Validate(params); err != nil {
		return s.Step, refusedBy(c, err)
	}
	raw, err := json.Marshal(params)
	if err != nil {
		return s.Step, err
	}
	made, err := u.set.make(s.Type, raw)
	if err != nil {
		return s.Step, err
	}
	if checker, ok := made.(steps.Checker); ok && u.scope != nil {
		for _, p := range checker.Check(*u.scope) {
			return s.Step, fmt.Errorf("%s: %s", dotted(p.Path), p.Message)
		}
	}
	return made, nil
}

// refusedBy says which value its schema refuses, and why.
func refusedBy(c *contract, err error) error {
	failed, ok := errors.AsType[*jsonschema.ValidationError](err)
	if !ok {
		return err
	}
	for len(failed.Causes) > 0 {
		failed = failed.Causes[0]
	}
	say := c.at(failed.AbsoluteKeywordLocation).text("x-say")
	if say == "" {
		say = failed.Message
	}
	return fmt.Errorf("%s: with what was put in: %s", dotted(failed.InstanceLocation), say)
}

// dotted is a JSON pointer as people write it.
func dotted(pointer string) string {
	return unescape.Replace(strings.ReplaceAll(strings.TrimPrefix(pointer, "/"), "/", "."))
}
