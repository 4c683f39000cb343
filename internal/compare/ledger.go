package compare

import (
	"maps"
	"slices"
	"sort"
	"strings"
	"unicode/utf8"
)

// A ledger says how many rows a registry lists of each subject, by context.
type ledger map[string]map[string]int

// ledger counts what is known of a side.
func (h half) ledger() ledger {
	l := ledger{}
	for e := range h.all() {
		if e.seen[h.side] != h.now() {
			continue
		}
		name := e.target
		if h.side == atSource {
			name = e.source
		}
		rows := int(e.live + e.gone)
		if e.kept != nil {
			rows = len(e.kept[h.side].list)
		}
		l.set(name, rows)
	}
	return l
}

func (l ledger) set(subject string, rows int) {
	context, name := SplitSubject(subject)
	if l[context] == nil {
		l[context] = map[string]int{}
	}
	l[context][name] = max(rows, 1)
}

// with adds subjects of which no more than the name is known.
func (l ledger) with(names []string) ledger {
	for _, n := range names {
		if context, name := SplitSubject(n); l[context][name] == 0 {
			l.set(n, 1)
		}
	}
	return l
}

// cover returns the parts that cost the server least, together, of those that
// have all the subjects that are needed.
func (l ledger) cover(page pageful, need map[string]bool) []part {
	var parts []part
	for context, rows := range l {
		c := cover{page: page, names: slices.Sorted(maps.Keys(rows))}
		c.rows, c.needed = []int{0}, []int{0}
		for i, name := range c.names {
			c.rows = append(c.rows, c.rows[i]+rows[name])
			c.needed = append(c.needed, c.needed[i]+one(need[qualify(context, name)]))
		}
		_, cuts := c.cut(0, len(c.names), "")
		for _, p := range cuts {
			p.context = context
			parts = append(parts, p)
		}
	}
	return parts
}

// A cover cuts the subjects of one context. The sums are of those before each.
type cover struct {
	page         pageful
	names        []string
	rows, needed []int
}

// cost of reading rows in one part.
func (c *cover) cost(rows int) int {
	pages := 1
	if c.page.rows > 0 {
		pages += rows / c.page.rows
	}
	return pages * (askingCosts + rows)
}

// cut returns the cheapest parts for the names from one to before another, which
// all begin with prefix, and what they cost.
func (c *cover) cut(from, to int, prefix string) (int, []part) {
	if c.needed[from] == c.needed[to] {
		return 0, nil
	}
	cost, one := c.cost(c.rows[to]-c.rows[from]), []part{{prefix: prefix, subjects: to - from}}
	if to-from == 1 {
		one[0].prefix = c.names[from]
		return cost, one
	}
	sum, parts := 0, []part(nil)
	prefix = common(c.names[from], c.names[to-1])
	if c.names[from] == prefix { // the others cannot be had without it, but it can without them
		if c.needed[from] < c.needed[from+1] {
			sum = (1 + c.rows[from+1] - c.rows[from]) * askingCosts
			parts = []part{{prefix: prefix, subjects: 1, alone: true}}
		}
		from++
	}
	for from < to && sum < cost {
		_, size := utf8.DecodeRuneInString(c.names[from][len(prefix):])
		next := c.names[from][:len(prefix)+size]
		n := from + sort.Search(to-from, func(i int) bool { return !strings.HasPrefix(c.names[from+i], next) })
		more, cuts := c.cut(from, n, next)
		sum, parts, from = sum+more, append(parts, cuts...), n
	}
	if sum < cost {
		return sum, parts
	}
	return cost, one
}
