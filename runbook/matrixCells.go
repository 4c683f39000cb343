package runbook

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// maxCells is how many runs a runbook may stand for.
const maxCells = 10_000

// row is a cell in the making.
type row struct {
	file   string
	at     place
	keys   []string // of the values, in their order
	values map[string]any
	lists  []string // those of the keys whose values come from lists; nil for a row that was written out
	loose  bool
}

func (r *row) set(key string, value any) {
	if _, there := r.values[key]; !there {
		r.keys = append(r.keys, key)
	}
	r.values[key] = value
}

// cells reads the matrix; nil after a report.
func (l *loader) cells(m *node) []Cell {
	before := len(l.found)
	rows := l.rows(m)
	if len(l.found) == before && len(rows) == 0 {
		l.report(m, "the matrix has no cells: give it lists, a file, or rows under include")
	}
	if len(l.found) > before {
		return nil
	}
	cells := make([]Cell, 0, len(rows))
	first := map[string]*row{}
	for _, r := range rows {
		name := l.nameOf(r)
		if other, taken := first[name]; taken {
			l.addTo(r.file, r.at, "a second cell %s: the one of %s:%d:%d has that name; give each row a name of its own", quote(name), other.file, other.at.line, other.at.col)
		}
		first[name] = r
		cells = append(cells, Cell{Name: name, Values: r.values, File: r.file, Line: r.at.line, Col: r.at.col, Loose: r.loose})
	}
	if len(l.found) > before {
		return nil
	}
	return cells
}

// addTo reports a problem of a file, which may be that of the matrix.
func (l *loader) addTo(file string, at place, format string, args ...any) {
	before := len(l.found)
	if l.add(nil, at, format, args...); len(l.found) > before && file != l.file {
		l.found[before].file = file
	}
}

// rows are what the matrix has before names are given.
func (l *loader) rows(m *node) []*row {
	if m.kind != mapping {
		l.report(m, "matrix must be a mapping with lists, file, include or exclude; got %s", m.show())
		return nil
	}
	file, lists := m.field("file"), m.field("lists")
	var rows []*row
	switch {
	case file != nil && lists != nil:
		l.add(m, lists.at, "file and lists: write one of them; a file has a row for each cell")
		return nil
	case file != nil:
		rows = l.fileRows(file.value)
	case lists != nil:
		rows = l.product(lists.value)
	}
	rows = l.excluded(rows, l.listed(m.get("exclude"), "exclude"))
	rows = l.included(rows, l.listed(m.get("include"), "include"))
	if len(rows) > maxCells {
		l.report(m, "the matrix has %d cells, more than the %d a runbook may have: split it", len(rows), maxCells)
		return nil
	}
	return rows
}

// product is every combination of the lists' values; the last list goes round first.
func (l *loader) product(n *node) []*row {
	if n.kind != mapping || len(n.fields) == 0 {
		l.report(n, "lists must be a mapping of names to lists, such as {region: [eu, us]}")
		return nil
	}
	rows := []*row{{file: l.file, at: n.at, values: map[string]any{}, lists: []string{}}}
	for _, f := range n.fields {
		if f.value.kind != list || len(f.value.items) == 0 {
			l.report(f.value, "%s must be a list with at least one value", f.key)
			return nil
		}
		if !l.usableKey(l.file, f.key, f.at) {
			return nil
		}
		if len(rows)*len(f.value.items) > maxCells {
			l.report(n, "the lists have more than %d combinations, which is how many cells a runbook may have: split it", maxCells)
			return nil
		}
		var next []*row
		for _, r := range rows {
			for _, item := range f.value.items {
				if !l.usableValue(l.file, f.key, item) {
					return nil
				}
				more := &row{file: l.file, at: item.at, keys: slices.Clone(r.keys), values: maps.Clone(r.values), lists: append(slices.Clone(r.lists), f.key)}
				more.set(f.key, item.value)
				next = append(next, more)
			}
		}
		rows = next
	}
	return rows
}

// listed are the rows of include or exclude.
func (l *loader) listed(n *node, what string) []*row {
	if n == nil {
		return nil
	}
	if n.kind != list || len(n.items) == 0 {
		l.report(n, "%s must be a list of rows, such as [{name: eu}]; got %s", what, n.show())
		return nil
	}
	return l.readRows(l.file, n.items)
}

// readRows reads mappings of names to values.
func (l *loader) readRows(file string, items []*node) (rows []*row) {
	for _, item := range items {
		if item.kind != mapping || len(item.fields) == 0 {
			l.addTo(file, item.at, "a row of the matrix must be a mapping with at least one value, such as {name: eu}")
			continue
		}
		r := &row{file: file, at: item.at, values: map[string]any{}}
		for _, f := range item.fields {
			if l.usableKey(file, f.key, f.at) && l.usableValue(file, f.key, f.value) {
				r.set(f.key, f.value.value)
			}
		}
		rows = append(rows, r)
	}
	return rows
}

var matrixKey = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,63}$`)

func (l *loader) usableKey(file, key string, at place) bool {
	switch {
	case key == cellName:
		l.addTo(file, at, "%s is the name of the cell itself: call this value otherwise, and the cell by name", quote(key))
	case !matrixKey.MatchString(key) && file != l.file: // of the runbook's own keys the walk has told
		l.addTo(file, at, "%s must be a name of at most 64 letters, digits and _, such as passwordEnv", quote(key))
	default:
		return true
	}
	return false
}

func (l *loader) usableValue(file, key string, n *node) bool {
	if n.kind == scalar && n.value != nil && !n.bad {
		if text, ok := n.value.(string); ok && len(text) > 4096 {
			l.addTo(file, n.at, "%s has %d bytes, more than the 4096 a value of the matrix may have", key, len(text))
			return false
		}
		return true
	}
	if !n.bad {
		l.addTo(file, n.at, "%s must be text, a number, true or false; got %s", key, n.show())
	}
	return false
}

// excluded leaves out the rows that agree with every value of one of these.
func (l *loader) excluded(rows, without []*row) []*row {
	known := map[string]bool{}
	for _, r := range rows {
		for _, key := range r.keys {
			known[key] = true
		}
	}
	for _, x := range without {
		for _, key := range x.keys {
			if !known[key] {
				l.addTo(x.file, x.at, "exclude: no cell has %s%s", quote(key), orOneOf(key, "they have", slices.Sorted(maps.Keys(known))))
			}
		}
	}
	return slices.DeleteFunc(rows, func(r *row) bool {
		return slices.ContainsFunc(without, func(x *row) bool { return r.agrees(x, x.keys) })
	})
}

// agrees says whether the row has the same values under these keys.
func (r *row) agrees(x *row, keys []string) bool {
	return !slices.ContainsFunc(keys, func(key string) bool {
		value, there := r.values[key]
		return !there || fmt.Sprint(value) != fmt.Sprint(x.values[key])
	})
}

// included adds rows as GitHub does: one that contradicts no value of a row that was there adds its own to it; one that
// adds to none is a cell by itself.
func (l *loader) included(rows, more []*row) []*row {
	original := map[*row][]string{}
	for _, r := range rows {
		original[r] = slices.Clone(r.keys)
	}
	base := rows
	for _, x := range more {
		adds := false
		for _, r := range base {
			shared := slices.DeleteFunc(slices.Clone(x.keys), func(key string) bool { return !slices.Contains(original[r], key) })
			if !r.agrees(x, shared) {
				continue
			}
			adds = true
			for _, key := range x.keys {
				r.set(key, x.values[key])
			}
		}
		if !adds {
			rows = append(rows, x)
		}
	}
	return rows
}

var (
	cellLabel = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)
	unlabel   = regexp.MustCompile(`[^a-z0-9]+`)
)

// nameOf is the name or the id that the row has, else its values joined. It depends on no other row, so that a cell finds
// its state again when others come and go.
func (l *loader) nameOf(r *row) string {
	for _, key := range []string{"name", "id"} {
		value, there := r.values[key]
		if !there || slices.Contains(r.lists, key) {
			continue
		}
		name := fmt.Sprint(value)
		if !cellLabel.MatchString(name) {
			l.addTo(r.file, r.at, "%s %s: the name of a cell becomes part of file names: at most 63 lower-case letters, digits and dashes, such as eu-payments", key, quote(name))
		}
		return name
	}
	keys := r.lists
	if len(keys) == 0 {
		keys = r.keys
	}
	var parts []string
	for _, key := range keys {
		parts = append(parts, fmt.Sprint(r.values[key]))
	}
	name := strings.Trim(unlabel.ReplaceAllString(strings.ToLower(strings.Join(parts, "-")), "-"), "-")
	if !cellLabel.MatchString(name) {
		l.addTo(r.file, r.at, "the values of this cell make no name for it: give its row a name, such as {name: eu-payments, …}")
	}
	return name
}
