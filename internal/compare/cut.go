package compare

import (
	"slices"
	"sort"
	"strings"
	"unicode/utf8"
)

// A pageful is what one answer of the server brought.
type pageful struct {
	rows, subjects int
	asking         int // how many rows a server sorts in the time that a request takes
}

// askingCosts is what one more request costs beside the rows, about.
const askingCosts = 500

// cost of reading so many subjects in one part: each of its pages, and the one
// that shows the end, makes the server go through all of its rows.
func (p pageful) cost(subjects int) int {
	rows := subjects * p.rows / p.subjects
	pages := 1 + (rows+p.rows-1)/p.rows
	return pages * (p.asking + rows)
}

// cutUp cuts the listing of subjects, which are in order, into the parts that
// cost the server least. Each subject is in one of them.
func cutUp(names []string, p pageful) []part {
	byContext := map[string][]string{}
	var contexts []string
	for _, n := range names {
		context, name := SplitSubject(n)
		if byContext[context] == nil {
			contexts = append(contexts, context)
		}
		byContext[context] = append(byContext[context], name)
	}
	var parts []part
	for _, context := range contexts {
		all := byContext[context]
		slices.Sort(all)
		_, cuts := p.cut(all, "")
		for _, c := range cuts {
			c.context = context
			parts = append(parts, c)
		}
	}
	return parts
}

// cut returns the cheapest parts for names that all begin with prefix, and what
// they cost.
func (p pageful) cut(names []string, prefix string) (int, []part) {
	cost, one := p.cost(len(names)), []part{{prefix: prefix, subjects: len(names)}}
	if len(names)*p.rows <= p.rows*p.subjects {
		return cost, one
	}
	sum, parts := 0, []part(nil)
	prefix = common(names[0], names[len(names)-1])
	if names[0] == prefix { // the others cannot be had without it, nor it with them
		sum, parts, names = p.cost(1), []part{{prefix: prefix, subjects: 1, alone: true}}, names[1:]
	}
	for len(names) > 0 {
		_, size := utf8.DecodeRuneInString(names[0][len(prefix):])
		next := names[0][:len(prefix)+size]
		n := sort.Search(len(names), func(i int) bool { return !strings.HasPrefix(names[i], next) })
		c, more := p.cut(names[:n], next)
		sum, parts, names = sum+c, append(parts, more...), names[n:]
	}
	if sum < cost {
		return sum, parts
	}
	return cost, one
}

// common is how both begin, in whole characters.
func common(a, b string) string {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	for n > 0 && n < len(a) && !utf8.RuneStart(a[n]) {
		n--
	}
	return a[:n]
}
