package normal

import (
	"cmp"
	"slices"
	"strings"

	"github.com/bufbuild/protocompile/ast"
)

// A numbers is a range as it is written, and where it begins.
type numbers struct {
	from int64
	text string
}

// reserved writes each range and each name by itself, in order.
func (p *protoText) reserved(all []*ast.ReservedNode) {
	var names []string
	var ranges []numbers
	for _, r := range all {
		ranges = append(ranges, rangesOf(r.Ranges, "")...)
		for _, n := range r.Names {
			names = append(names, quoted(n.AsString()))
		}
		for _, n := range r.Identifiers {
			names = append(names, n.Val)
		}
	}
	p.ranges("reserved ", ranges)
	slices.Sort(names)
	for _, n := range slices.Compact(names) {
		p.line("reserved ", n, ";")
	}
}

func (p *protoText) extensions(all []*ast.ExtensionRangeNode) {
	var ranges []numbers
	for _, e := range all {
		ranges = append(ranges, rangesOf(e.Ranges, p.compact(e.Options))...)
	}
	p.ranges("extensions ", ranges)
}

func (p *protoText) ranges(keyword string, all []numbers) {
	slices.SortFunc(all, func(a, b numbers) int { return cmp.Or(cmp.Compare(a.from, b.from), strings.Compare(a.text, b.text)) })
	for _, r := range slices.Compact(all) {
		p.line(keyword, r.text, ";")
	}
}

func rangesOf(all []*ast.RangeNode, options string) []numbers {
	var ranges []numbers
	for _, r := range all {
		text := integer(r.StartVal)
		switch {
		case r.Max != nil:
			text += " to max"
		case r.EndVal != nil && integer(r.EndVal) != text:
			text += " to " + integer(r.EndVal)
		}
		from, _ := r.StartVal.AsInt64() // one that does not fit is no number of a field
		ranges = append(ranges, numbers{from, text + options})
	}
	return ranges
}
