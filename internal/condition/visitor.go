package condition

import (
	"fmt"
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"
)

// visitor checks what types cannot say and notes the parts that explain a result. It sees children before parents.
type visitor struct {
	scope Scope
	wrong []Error // Offset counts characters here
	parts []string
	steps []string // whose outputs are named
	root  ast.Node // the last one seen
}

func (v *visitor) Visit(node *ast.Node) {
	v.root = *node
	switch n := (*node).(type) {
	case *ast.IdentifierNode:
		v.identifier(n)
	case *ast.MemberNode:
		v.member(n)
	case *ast.CallNode:
		v.call(n)
	case *ast.BuiltinNode:
		v.builtin(n)
	case *ast.BinaryNode:
		v.binary(n)
	case *ast.VariableDeclaratorNode, *ast.SequenceNode:
		v.add(n, "an expression is one condition: no let and no semicolon")
	}
}

func (v *visitor) add(n ast.Node, msg string) {
	if msg != "" {
		v.wrong = append(v.wrong, Error{n.Location().From, msg})
	}
}

// first is the problem that stands leftmost in the expression, nil when there is none.
func (v *visitor) first() *Error {
	if len(v.wrong) == 0 {
		return nil
	}
	e := slices.MinFunc(v.wrong, func(a, b Error) int { return a.Offset - b.Offset })
	return &e
}

func (v *visitor) identifier(n *ast.IdentifierNode) {
	known := sorted((&View{}).env())
	if !slices.Contains(known, n.Value) {
		v.add(n, unknown("name", n.Value, append(known, builtins()...)))
		return
	}
	v.add(n, v.scope.absent(n.Value))
	if n.Value == "elapsed" || n.Value == "attempt" {
		v.note(n)
	}
}

func (v *visitor) member(n *ast.MemberNode) {
	if v.output(n) {
		return
	}
	of, ok := n.Node.(*ast.IdentifierNode)
	if !ok || !slices.Contains([]string{"status", "diff", "vars"}, of.Value) || v.scope.absent(of.Value) != "" {
		return
	}
	field, ok := n.Property.(*ast.StringNode)
	if !ok {
		v.add(n, fmt.Sprintf("write the field of %s as it is: %s.name", of.Value, of.Value))
		return
	}
	if known := v.scope.fields(of.Value); !slices.Contains(known, field.Value) {
		v.add(field, unknown("field of "+of.Value, field.Value, known))
		return
	}
	v.note(n)
}

func (v *visitor) call(n *ast.CallNode) {
	callee, ok := n.Callee.(*ast.IdentifierNode)
	if !ok {
		return
	}
	if len(n.Arguments) != 1 { // the type check says so, or the name is wrong anyway
		return
	}
	v.argument(callee.Value, n.Arguments[0])
	v.note(n)
}

func (v *visitor) builtin(n *ast.BuiltinNode) {
	if !slices.Contains(builtins(), n.Name) {
		v.add(n, unknown("function", n.Name, builtins()))
		return
	}
	if n.Name == "duration" && len(n.Arguments) == 1 {
		v.argument(n.Name, n.Arguments[0])
	}
}

// argument checks the argument of a function: a misspelt name that is only looked up later would be false for ever.
func (v *visitor) argument(fn string, arg ast.Node) {
	text, ok := arg.(*ast.StringNode)
	switch fn {
	case "subjects", "versions", "mode":
		if ok && !slices.Contains(v.scope.Registries, text.Value) {
			v.add(arg, unknown("registry", text.Value, v.scope.Registries))
		}
	case "changedAgo":
		if known := v.scope.fields("status"); ok && !slices.Contains(known, text.Value) {
			v.add(arg, unknown("field of status", text.Value, known))
		}
	case "caughtUp", "duration":
		if ok {
			v.add(arg, checkDuration(text.Value))
		}
	default:
		return
	}
	if !ok {
		v.add(arg, fmt.Sprintf("the argument of %s must be written out, in quotes", fn))
	}
}

func (v *visitor) binary(n *ast.BinaryNode) {
	switch n.Operator {
	case "==", "!=", "in", "contains", "startsWith", "endsWith":
		fold(n.Left, n.Right)
		fold(n.Right, n.Left)
		v.note(n)
	case "<", ">", "<=", ">=", "matches":
		v.note(n)
	}
}

// fold turns literals that a state or a mode is compared with into capitals, which is how states are shown.
func fold(value, literal ast.Node) {
	if s := value.String(); s != "status.state" && !strings.HasPrefix(s, "mode(") {
		return
	}
	switch n := literal.(type) {
	case *ast.StringNode:
		n.Value = strings.ToUpper(n.Value)
	case *ast.ArrayNode:
		for _, e := range n.Nodes {
			fold(value, e)
		}
	}
}

// noted are the parts without the expression itself, whose value is known where they are shown.
func (v *visitor) noted() []string {
	if _, ok := v.root.(*ast.BinaryNode); !ok || len(v.parts) == 0 || v.parts[len(v.parts)-1] != v.root.String() {
		return v.parts
	}
	return v.parts[:len(v.parts)-1]
}

func (v *visitor) note(n ast.Node) {
	if text := n.String(); !slices.Contains(v.parts, text) {
		v.parts = append(v.parts, text)
	}
}
