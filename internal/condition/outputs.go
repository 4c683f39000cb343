package condition

import (
	"fmt"
	"maps"
	"slices"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/types"
)

// stepTypes are the outputs of the steps that may be named, as steps["id"].outputs.name.
func (s Scope) stepTypes() types.Map {
	all := types.Map{}
	for id, outputs := range s.Steps {
		list := types.Map{}
		for name, v := range outputs {
			list[name] = typeOf(widened(v))
		}
		all[id] = types.Map{"outputs": list}
	}
	return all
}

// steps are the outputs as an expression finds them.
func (v *View) steps() map[string]any {
	all := map[string]any{}
	for id, outputs := range v.Steps {
		list := map[string]any{}
		for name, value := range outputs {
			list[name] = widened(value)
		}
		all[id] = map[string]any{"outputs": list}
	}
	return all
}

// widened makes one type of all whole numbers: what was an int64 comes back from a state file as an int.
func widened(v any) any {
	if i, ok := v.(int64); ok {
		return int(i)
	}
	return v
}

// belowSteps says how far below the name steps a node stands, 0 for any other node: steps["id"] is 1, its outputs 2.
func belowSteps(n ast.Node) (depth int, id string) {
	m, ok := n.(*ast.MemberNode)
	if !ok {
		return 0, ""
	}
	property, _ := m.Property.(*ast.StringNode)
	if of, ok := m.Node.(*ast.IdentifierNode); ok && of.Value == "steps" {
		if property != nil {
			id = property.Value
		}
		return 1, id
	}
	depth, id = belowSteps(m.Node)
	if depth == 0 {
		return 0, ""
	}
	return depth + 1, id
}

// output checks a node below steps; false when it is none. It comes by from the inside: the step, the word outputs,
// the name of one.
func (v *visitor) output(n *ast.MemberNode) bool {
	depth, id := belowSteps(n)
	_, declared := v.scope.Steps[id]
	property, written := n.Property.(*ast.StringNode)
	switch {
	case depth == 0:
		return false
	case depth < 4 && !written:
		v.add(n, `write the output of a step as it is: steps["id"].outputs.name`)
	case depth == 1:
		v.add(property, v.scope.noStep(id))
	case !declared:
		// that has been said
	case depth == 2 && property.Value != "outputs":
		v.add(property, fmt.Sprintf("of a step only its outputs can be asked for: steps[%q].outputs.%s", id, property.Value))
	case depth == 3 && v.scope.NoOutput(id, property.Value) != "":
		v.add(property, v.scope.NoOutput(id, property.Value))
	case depth == 3:
		v.steps = append(v.steps, id)
		v.note(n)
	}
	return true
}

// NoOutput says why an output of a step may not be named; "" when it may.
func (s Scope) NoOutput(id, name string) string {
	if why := s.noStep(id); why != "" {
		return why
	}
	if known := sorted(s.Steps[id]); !slices.Contains(known, name) {
		return unknown("output of step "+id, name, known)
	}
	return ""
}

// noStep says why no outputs of a step are known; "" when they are.
func (s Scope) noStep(id string) string {
	if _, ok := s.Steps[id]; ok {
		return ""
	}
	if why := s.Absent[id]; why != "" {
		return why
	}
	if len(s.Steps) == 0 {
		return fmt.Sprintf("unknown step %q: no step with outputs stands before this one", id)
	}
	return unknown("step", id, slices.Sorted(maps.Keys(s.Steps)))
}
