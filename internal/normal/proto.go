package normal

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/bufbuild/protocompile/ast"
	"github.com/bufbuild/protocompile/parser"
	"github.com/bufbuild/protocompile/reporter"
)

// protoForm is the source in one layout without comments. Imports, options,
// fields, reserved and extension ranges are sorted, names of types that the
// text defines are written in full. The order of messages stays, because it is
// part of what serializers write, that of enums and services as well, and the
// first value of an enum, which is its default.
func protoForm(text string) ([]byte, error) {
	p, err := protoWrite(text, false)
	if err != nil {
		return nil, err
	}
	return p.out.Bytes(), nil
}

// protoWrite writes the form; with foreign, types of other texts have no name
// in it.
func protoWrite(text string, foreign bool) (p *protoText, err error) {
	if isAbyss(text) {
		return nil, errSwells
	}
	// The parser is made for sources that people write; what it makes of others
	// must not end the program.
	defer func() {
		if r := recover(); r != nil {
			p, err = nil, fmt.Errorf("cannot be parsed: %v", r)
		}
	}()
	file, err := parser.Parse("schema.proto", strings.NewReader(text), reporter.NewHandler(nil))
	if err != nil {
		return nil, err
	}
	if file.Syntax == nil && file.Edition == nil && len(of[*ast.EmptyDeclNode](file.Decls)) == len(file.Decls) {
		return nil, errors.New("declares nothing") // such as a descriptor in base64 that begins with a comment
	}
	p = &protoText{types: map[string]bool{}, left: newBudget(text), nameless: foreign}
	if p.file(file); p.left < 0 {
		return nil, errSwells
	}
	return p, nil
}

// isAbyss reports whether braces are open to a depth of which the parser, that
// copies what is open when it has to make room, would take too long. Those in
// strings and comments count as well, and come to far less.
func isAbyss(text string) bool {
	const most = 10_000
	depth := 0
	for i := range len(text) {
		switch text[i] {
		case '{', '[', '<':
			depth++
		case '}', ']', '>':
			depth--
		}
		if depth > most {
			return true
		}
	}
	return false
}

// A protoText is a form under way.
type protoText struct {
	out   bytes.Buffer
	depth int
	types map[string]bool // full names of all types that the text defines
	scope string          // full name of what is written just now
	left  budget

	nameless bool          // types of other texts are gathered here instead
	foreign  []foreignName // in the order in which they are referred to
}

// A foreignName is the name of a type of another text, and from where it is seen.
type foreignName struct{ scope, name string }

// deepest is further in than compilers go.
const deepest = 100

// line writes one line at the depth reached.
func (p *protoText) line(parts ...string) {
	p.out.WriteString(strings.Repeat("  ", p.depth))
	for _, s := range parts {
		p.out.WriteString(s)
	}
	p.out.WriteByte('\n')
}

// block writes what is between braces.
func (p *protoText) block(head string, body func()) {
	p.line(head, " {")
	p.deeper(body)
	p.line("}")
}

// deeper writes what is one further in.
func (p *protoText) deeper(write func()) {
	if p.depth++; p.depth > deepest {
		p.left = -1
		return
	}
	write()
	p.depth--
}

func (p *protoText) file(f *ast.FileNode) {
	p.syntax(f)
	for _, d := range of[*ast.PackageNode](f.Decls) {
		p.scope = string(d.Name.AsIdentifier())
		p.line("package ", p.scope, ";")
	}
	p.define(f.Decls)
	p.imports(of[*ast.ImportNode](f.Decls))
	p.options(of[*ast.OptionNode](f.Decls))
	for _, m := range of[*ast.MessageNode](f.Decls) {
		p.message(m)
	}
	for _, e := range of[*ast.EnumNode](f.Decls) {
		p.enum(e)
	}
	for _, e := range of[*ast.ExtendNode](f.Decls) {
		p.extend(e)
	}
	for _, s := range of[*ast.ServiceNode](f.Decls) {
		p.service(s)
	}
}

// of picks the elements of one kind.
func of[T, E any](all []E) []T {
	var some []T
	for _, e := range all {
		if t, ok := any(e).(T); ok {
			some = append(some, t)
		}
	}
	return some
}

// syntax is proto2 where nothing is said.
func (p *protoText) syntax(f *ast.FileNode) {
	switch {
	case f.Edition != nil:
		p.line("edition = ", quoted(f.Edition.Edition.AsString()), ";")
	case f.Syntax != nil:
		p.line("syntax = ", quoted(f.Syntax.Syntax.AsString()), ";")
	default:
		p.line(`syntax = "proto2";`)
	}
}

func (p *protoText) imports(all []*ast.ImportNode) {
	var lines []string
	for _, i := range all {
		kind := ""
		switch {
		case i.Public != nil:
			kind = "public "
		case i.Weak != nil:
			kind = "weak "
		}
		lines = append(lines, "import "+kind+quoted(i.Name.AsString())+";")
	}
	slices.Sort(lines)
	for _, l := range slices.Compact(lines) {
		p.line(l)
	}
}

// quoted writes a string that may hold any bytes.
func quoted(s string) string {
	b := []byte{'"'}
	for i, r := range s {
		switch c := s[i]; {
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], string(utf8.RuneError)), c < ' ' || c == 0x7f:
			b = fmt.Appendf(b, `\%03o`, c)
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	return string(append(b, '"'))
}

// tag is the number of a field.
func tag(n *ast.UintLiteralNode) string {
	if n == nil {
		return "0"
	}
	return strconv.FormatUint(n.Val, 10)
}
