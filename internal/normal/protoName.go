package normal

import (
	"slices"
	"strings"

	"github.com/bufbuild/protocompile/ast"
)

// define notes the full names of all types, before any is referred to.
func (p *protoText) define(decls []ast.FileElement) {
	for _, m := range of[*ast.MessageNode](decls) {
		p.defineIn(p.scope, m.Name.Val, m.Decls)
	}
	for _, e := range of[*ast.EnumNode](decls) {
		p.known(p.scope, e.Name.Val)
	}
	for _, e := range of[*ast.ExtendNode](decls) {
		p.defineGroups(p.scope, of[*ast.GroupNode](e.Decls))
	}
}

func (p *protoText) defineIn(scope, name string, decls []ast.MessageElement) {
	full := p.known(scope, name)
	for _, m := range of[*ast.MessageNode](decls) {
		p.defineIn(full, m.Name.Val, m.Decls)
	}
	for _, e := range of[*ast.EnumNode](decls) {
		p.known(full, e.Name.Val)
	}
	p.defineGroups(full, of[*ast.GroupNode](decls))
	for _, o := range of[*ast.OneofNode](decls) {
		p.defineGroups(full, of[*ast.GroupNode](o.Decls))
	}
	for _, e := range of[*ast.ExtendNode](decls) {
		p.defineGroups(full, of[*ast.GroupNode](e.Decls))
	}
}

func (p *protoText) defineGroups(scope string, groups []*ast.GroupNode) {
	for _, g := range groups {
		p.defineIn(scope, g.Name.Val, g.Decls)
	}
}

func (p *protoText) known(scope, name string) string {
	if !p.left.take(len(scope)) {
		return name
	}
	full := joined(scope, name)
	p.types[full] = true
	return full
}

// resolve writes the name of a type in full, with a dot in front, where the
// text defines it, as seen from the scope under way: from the inside out. Well
// known types have one name only. All others stay as they are: only the texts
// that are imported could tell.
func (p *protoText) resolve(name string) string {
	if isScalar(name) {
		return name
	}
	if absolute, ok := strings.CutPrefix(name, "."); ok {
		if p.types[absolute] || strings.HasPrefix(absolute, "google.protobuf.") {
			return name
		}
		return p.elsewhere(name)
	}
	for scope := p.scope; ; scope = spaceOf(scope) {
		if !p.left.take(len(scope) / 8) { // looking is cheap, but not for ever
			return name
		}
		if full := joined(scope, name); p.types[full] {
			p.left.take(len(scope))
			return "." + full
		}
		if scope == "" {
			break
		}
	}
	if strings.HasPrefix(name, "google.protobuf.") && !strings.Contains("."+p.scope+".", ".google.") {
		return "." + name
	}
	return p.elsewhere(name)
}

// elsewhere is a type that another text defines.
func (p *protoText) elsewhere(name string) string {
	if !p.nameless {
		return name
	}
	p.foreign = append(p.foreign, foreignName{p.scope, name})
	return "?"
}

func isScalar(name string) bool {
	return slices.Contains([]string{
		"double", "float", "int32", "int64", "uint32", "uint64", "sint32", "sint64", "fixed32", "fixed64", "sfixed32", "sfixed64",
		"bool", "string", "bytes",
	}, name)
}
