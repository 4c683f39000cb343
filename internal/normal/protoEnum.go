package normal

import (
	"cmp"
	"slices"

	"github.com/bufbuild/protocompile/ast"
)

// enum keeps the first value in front, which is the default, and the names of
// one number in their order, of which the first is printed.
func (p *protoText) enum(e *ast.EnumNode) {
	values := of[*ast.EnumValueNode](e.Decls)
	if len(values) > 1 {
		slices.SortStableFunc(values[1:], func(a, b *ast.EnumValueNode) int { return cmp.Compare(valueOf(a), valueOf(b)) })
	}
	p.block("enum "+e.Name.Val, func() {
		p.options(of[*ast.OptionNode](e.Decls))
		p.reserved(of[*ast.ReservedNode](e.Decls))
		for _, v := range values {
			p.line(v.Name.Val, " = ", integer(v.Number), p.compact(v.Options), ";")
		}
	})
}

func valueOf(v *ast.EnumValueNode) int64 {
	n, _ := v.Number.AsInt64() // one that does not fit is no number of an enum
	return n
}

func (p *protoText) service(s *ast.ServiceNode) {
	p.block("service "+s.Name.Val, func() {
		p.options(of[*ast.OptionNode](s.Decls))
		for _, r := range of[*ast.RPCNode](s.Decls) {
			p.rpc(r)
		}
	})
}

func (p *protoText) rpc(r *ast.RPCNode) {
	head := "rpc " + r.Name.Val + "(" + p.stream(r.Input) + ") returns (" + p.stream(r.Output) + ")"
	options := of[*ast.OptionNode](r.Decls)
	if len(options) == 0 {
		p.line(head, ";")
		return
	}
	p.block(head, func() { p.options(options) })
}

func (p *protoText) stream(t *ast.RPCTypeNode) string {
	name := p.resolve(string(t.MessageType.AsIdentifier()))
	if t.Stream != nil {
		return "stream " + name
	}
	return name
}
