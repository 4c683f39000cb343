package normal

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/bufbuild/protocompile/ast"
)

// options are written by name. Where one is given several times the order is
// meant.
func (p *protoText) options(all []*ast.OptionNode) {
	for _, o := range p.sorted(all) {
		p.line("option ", o, ";")
	}
}

// compact is a list of options in brackets, or nothing.
func (p *protoText) compact(c *ast.CompactOptionsNode) string {
	if c == nil {
		return ""
	}
	return " [" + strings.Join(p.sorted(c.Options), ", ") + "]"
}

func (p *protoText) sorted(all []*ast.OptionNode) []string {
	type option struct{ name, text string }
	var options []option
	for _, o := range all {
		name := optionName(o.Name)
		text := name
		if o.Val != nil {
			text += " = " + p.value(o.Val)
		}
		options = append(options, option{name, text})
	}
	slices.SortStableFunc(options, func(a, b option) int { return strings.Compare(a.name, b.name) })
	var texts []string
	for _, o := range options {
		texts = append(texts, o.text)
	}
	return texts
}

func optionName(n *ast.OptionNameNode) string {
	var parts []string
	for _, part := range n.Parts {
		name := string(part.Name.AsIdentifier())
		if part.Open != nil {
			name = "(" + name + ")"
		}
		parts = append(parts, name)
	}
	return strings.Join(parts, ".")
}

func (p *protoText) value(v ast.ValueNode) (s string) {
	switch v := v.(type) {
	case ast.StringValueNode:
		return quoted(v.AsString())
	case ast.IdentValueNode:
		return string(v.AsIdentifier())
	case ast.IntValueNode:
		return integer(v)
	case *ast.FloatLiteralNode:
		return float(v.Val)
	case *ast.SpecialFloatLiteralNode:
		return float(v.Val)
	case *ast.SignedFloatLiteralNode:
		return float(v.Val)
	case *ast.ArrayLiteralNode:
		p.deeper(func() { s = p.list(v.Elements) })
	case *ast.MessageLiteralNode:
		p.deeper(func() { s = p.literal(v) })
	}
	return s
}

func (p *protoText) list(all []ast.ValueNode) string {
	var items []string
	for _, v := range all {
		items = append(items, p.value(v))
	}
	return "[" + strings.Join(items, ", ") + "]"
}

// literal is a message, written by field. Where one is given several times the
// order is meant.
func (p *protoText) literal(m *ast.MessageLiteralNode) string {
	type field struct{ name, text string }
	var fields []field
	for _, e := range m.Elements {
		name := string(e.Name.Name.AsIdentifier())
		if e.Name.URLPrefix != nil {
			name = string(e.Name.URLPrefix.AsIdentifier()) + "/" + name
		}
		if e.Name.Open != nil {
			name = "[" + name + "]"
		}
		fields = append(fields, field{name, name + ": " + p.value(e.Val)})
	}
	slices.SortStableFunc(fields, func(a, b field) int { return strings.Compare(a.name, b.name) })
	var texts []string
	for _, f := range fields {
		texts = append(texts, f.text)
	}
	return "{" + strings.Join(texts, ", ") + "}"
}

func integer(n ast.IntValueNode) string {
	if i, ok := n.AsInt64(); ok {
		return strconv.FormatInt(i, 10)
	}
	u, _ := n.AsUint64() // one of the two holds every such number
	return strconv.FormatUint(u, 10)
}

// float writes a number such that it is read as one that is not whole.
func float(f float64) string {
	switch {
	case math.IsInf(f, 0):
		return map[bool]string{true: "inf", false: "-inf"}[f > 0]
	case math.IsNaN(f):
		return "nan"
	}
	s := strconv.FormatFloat(f, 'g', -1, 64)
	if !strings.ContainsAny(s, ".e") {
		s += ".0"
	}
	return s
}
