package runbook

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"sync/atomic"
)

// Cell is one of the runs that a runbook with a matrix stands for, with the values that ${{ matrix.NAME }} has in it.
type Cell struct {
	Name   string         `json:"name"`   // a DNS label, and no other cell's; it follows from the cell's own row alone
	Values map[string]any `json:"values"` // string, json.Number or bool
	File   string         `json:"file"`   // where its row stands
	Line   int            `json:"line"`
	Col    int            `json:"column"`
	Loose  bool           `json:"loose,omitempty"` // its texts may stand for numbers and booleans, as in CSV
}

// where names the cell and its row.
func (c Cell) where() string { return fmt.Sprintf("cell %s, %s:%d:%d", c.Name, c.File, c.Line, c.Col) }

// Fleet is a runbook with a matrix, read once for all of its cells.
type Fleet struct {
	Name  string // metadata.name
	File  string // as the user named it
	Cells []Cell // in the order of their rows

	l *loader // prepared, without a cell
}

// OpenFleet reads a runbook with a matrix as far as it does not depend on a cell. It returns neither a fleet nor problems
// for a file without a matrix: Load reads that, and says what is wrong with it.
func OpenFleet(file string, src []byte, o Options) (*Fleet, []Problem) {
	return openFleet(file, src, o, installed)
}

func openFleet(file string, src []byte, o Options, set *typeSet) (f *Fleet, problems []Problem) {
	defer func() {
		if r := recover(); r != nil {
			f, problems = nil, bug(file, r)
		}
	}()
	if !bytes.Contains(src, []byte("matrix")) {
		return nil, nil
	}
	l := newLoader(file, src, o, set)
	if !l.read() {
		return nil, nil
	}
	spec := l.root.get("spec")
	if spec.field("matrix") == nil {
		return nil, nil
	}
	l.prepare()
	f = &Fleet{File: file, l: l}
	if o.Cell != nil {
		f.Cells = []Cell{*o.Cell}
	} else {
		f.Cells = l.cells(spec.get("matrix"))
	}
	f.Name, _ = l.root.get("metadata").get("name").str()
	if f.Cells == nil {
		return nil, l.problems()
	}
	spec.fields = slices.DeleteFunc(spec.fields, func(f *field) bool { return f.key == "matrix" }) // it has been looked at
	return f, nil
}

// Loosely is the fleet read as with Options.Lax.
func (f *Fleet) Loosely() *Fleet {
	l := *f.l
	l.o.Lax = true
	return &Fleet{Name: f.Name, File: f.File, Cells: f.Cells, l: &l}
}

// Names are those of the cells, in order.
func (f *Fleet) Names() []string {
	names := make([]string, len(f.Cells))
	for i, c := range f.Cells {
		names[i] = c.Name
	}
	return names
}

// Load reads the runbook as it is for one cell. It may be called from several goroutines at a time.
func (f *Fleet) Load(c Cell) (rb *Runbook, problems []Problem) {
	defer func() {
		if r := recover(); r != nil {
			rb, problems = nil, bug(f.File, r)
		}
	}()
	l := *f.l
	l.cell, l.vars, l.names, l.lines = &c, map[string]*variable{}, nil, nil
	l.split.number, l.split.runes = 0, nil
	l.found = slices.Clone(f.l.found)
	l.root = f.l.root.clone(nil)
	shared, err := document()
	if err != nil {
		panic(err) // a test compiles it
	}
	rb = l.finish(shared)
	if len(l.found) > 0 {
		return nil, l.problems()
	}
	rb.Cell = c.Name
	return rb, nil
}

// Check reads the runbook for each of these cells, and returns all problems: what is wrong with several of them is told
// once. Each is called with what could be read, in order.
func (f *Fleet) Check(cells []Cell, each func(Cell, *Runbook)) []Problem {
	type result struct {
		rb       *Runbook
		problems []Problem
	}
	seen := &gathered{all: len(cells), at: map[Problem]int{}}
	written := &written{by: map[string]string{}, told: map[string]bool{}}
	var stop atomic.Bool
	inOrder(len(cells), func(i int) result {
		if stop.Load() {
			return result{}
		}
		rb, problems := f.Load(cells[i])
		return result{rb, problems}
	}, func(i int, r result) {
		if r.rb != nil {
			each(cells[i], r.rb)
			r.problems = written.add(cells[i].Name, r.rb)
		}
		if seen.add(r.problems); len(seen.list) >= maxProblems {
			stop.Store(true) // more than anybody reads
		}
	})
	return seen.told()
}

// gathered are problems of cells.
type gathered struct {
	all  int
	list []Problem
	in   []int // how many cells have it
	at   map[Problem]int
}

func (g *gathered) add(problems []Problem) {
	if len(g.list) >= maxProblems {
		return
	}
	for _, p := range problems {
		key := p
		key.Cell = ""
		i, known := g.at[key]
		if !known {
			i = len(g.list)
			g.at[key], g.list, g.in = i, append(g.list, p), append(g.in, 0)
		}
		g.in[i]++
	}
}

// told are the problems in file order. One that every cell has is none of the matrix.
func (g *gathered) told() []Problem {
	for i, n := range g.in {
		switch {
		case n == g.all && g.all > 1:
			g.list[i].Cell = ""
		case n > 1:
			g.list[i].Cell += fmt.Sprintf(", and %d more", n-1)
		}
	}
	slices.SortStableFunc(g.list, func(a, b Problem) int { return inFile(a, b) })
	return g.list
}

// clone is the node with all below it, so that a stage may change it for one cell.
func (n *node) clone(parent *node) *node {
	if n == nil {
		return nil
	}
	own := *n
	own.parent = parent
	if n.items != nil {
		own.items = make([]*node, len(n.items))
		for i, item := range n.items {
			own.items[i] = item.clone(&own)
		}
	}
	if n.fields != nil {
		own.fields = make([]*field, len(n.fields))
		for i, f := range n.fields {
			copied := *f
			copied.value = f.value.clone(&own)
			own.fields[i] = &copied
		}
	}
	if n.step != nil {
		step := *n.step
		step.params = n.step.params.clone(&own)
		own.step = &step
	}
	return &own
}

// valueNames are those that ${{ matrix.NAME }} may have in the cell.
func (c *Cell) valueNames() []string {
	return append(slices.Sorted(maps.Keys(c.Values)), cellName)
}
