package normal

import (
	"cmp"
	"slices"

	"github.com/bufbuild/protocompile/ast"
)

func (p *protoText) message(m *ast.MessageNode) {
	p.block("message "+m.Name.Val, func() { p.body(m.Name.Val, m.Decls) })
}

// within writes names as they are resolved inside a message.
func (p *protoText) within(name string, write func()) {
	outer := p.scope
	p.scope = joined(outer, name)
	write()
	p.scope = outer
}

// joined is the full name of what is in a scope.
func joined(scope, name string) string {
	if scope == "" {
		return name
	}
	return scope + "." + name
}

func (p *protoText) body(name string, decls []ast.MessageElement) {
	p.within(name, func() {
		p.options(of[*ast.OptionNode](decls))
		p.reserved(of[*ast.ReservedNode](decls))
		p.extensions(of[*ast.ExtensionRangeNode](decls))
		p.fields(fieldsOf(decls))
		for _, m := range of[*ast.MessageNode](decls) {
			p.message(m)
		}
		for _, e := range of[*ast.EnumNode](decls) {
			p.enum(e)
		}
		for _, e := range of[*ast.ExtendNode](decls) {
			p.extend(e)
		}
	})
}

// fieldsOf are the fields, groups and oneofs by number; a oneof goes by its
// lowest.
func fieldsOf[E ast.Node](decls []E) []ast.Node {
	var fields []ast.Node
	for _, d := range decls {
		switch any(d).(type) {
		case *ast.FieldNode, *ast.MapFieldNode, *ast.GroupNode, *ast.OneofNode:
			fields = append(fields, d)
		}
	}
	slices.SortStableFunc(fields, func(a, b ast.Node) int { return cmp.Compare(numberOf(a), numberOf(b)) })
	return fields
}

func numberOf(n ast.Node) uint64 {
	var t *ast.UintLiteralNode
	switch n := n.(type) {
	case *ast.FieldNode:
		t = n.Tag
	case *ast.MapFieldNode:
		t = n.Tag
	case *ast.GroupNode:
		t = n.Tag
	case *ast.OneofNode:
		if inner := fieldsOf(n.Decls); len(inner) > 0 {
			return numberOf(inner[0])
		}
	}
	if t == nil {
		return 0
	}
	return t.Val
}

func (p *protoText) fields(all []ast.Node) {
	for _, n := range all {
		switch n := n.(type) {
		case *ast.FieldNode:
			p.line(label(n.Label), p.resolve(string(n.FldType.AsIdentifier())), " ", n.Name.Val, " = ", tag(n.Tag), p.compact(n.Options), ";")
		case *ast.MapFieldNode:
			p.line("map<", n.MapType.KeyType.Val, ", ", p.resolve(string(n.MapType.ValueType.AsIdentifier())), "> ",
				n.Name.Val, " = ", tag(n.Tag), p.compact(n.Options), ";")
		case *ast.GroupNode:
			head := label(n.Label) + "group " + n.Name.Val + " = " + tag(n.Tag) + p.compact(n.Options)
			p.block(head, func() { p.body(n.Name.Val, n.Decls) })
		case *ast.OneofNode:
			p.block("oneof "+n.Name.Val, func() {
				p.options(of[*ast.OptionNode](n.Decls))
				p.fields(fieldsOf(n.Decls))
			})
		}
	}
}

func label(l ast.FieldLabel) string {
	if !l.IsPresent() {
		return ""
	}
	return l.Val + " "
}

func (p *protoText) extend(e *ast.ExtendNode) {
	p.block("extend "+p.resolve(string(e.Extendee.AsIdentifier())), func() { p.fields(fieldsOf(e.Decls)) })
}
