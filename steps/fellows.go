package steps

import (
	"fmt"
	"slices"
	"strings"

	"github.com/srmigrate/srmigrate/internal/registry"
)

// Fellow is what a step of another cell of the same fleet does where this run may meet it. It says what the runbook of that
// cell says; whether the step was run, nobody has looked.
type Fellow struct {
	Cell string // that it is a step of

	source, exporter string // where it makes an exporter, by its plain URL, and under which name
	target           string // the registry that it changes, likewise
	context          string // all that it writes comes to stand in it or below, "" for anywhere
	covers           func(place string) bool
	sure             bool // nobody else is expected at those places
}

// FellowOf is what other cells have to know of a step; false for one that cannot come into their way. Both functions are
// asked for names of registries in the runbook.
func FellowOf(cell string, s Step, url, dialect func(registry string) string) (Fellow, bool) {
	switch s := s.(type) {
	case *CreateExporter:
		m := s.means(dialect(s.source()))
		r := reach{mapping: m, unknown: m.ContextType == "AUTO"}
		return Fellow{
			Cell: cell, source: plainURL(url(s.source())), exporter: s.Exporter, target: plainURL(url(s.target())),
			context: r.own(), covers: r.covers, sure: r.own() != "",
		}, true
	case *Copy:
		r := reach{mapping: s.means(dialect(s.source()))}
		return Fellow{Cell: cell, target: plainURL(url(s.target())), context: r.own(), covers: r.covers, sure: r.own() != ""}, true
	case *SetMode:
		r := s.reach()
		return Fellow{Cell: cell, target: plainURL(url(s.Registry)), covers: r.covers, sure: true}, s.Context != ""
	}
	return Fellow{}, false
}

// own is the context that the runbook has everything copied into, "" where that depends on the source.
func (r reach) own() string {
	if r.unknown || r.mapping.Context == "." {
		return ""
	}
	return r.mapping.Context
}

// writes reports whether the step may change something at a place.
func (f Fellow) writes(place string) bool {
	if f.context != "" { // which is cheaper to tell: a fleet may have many cells, and a target many places
		context, _ := splitPlace(place)
		if rest, below := strings.CutPrefix(context, f.context); !below || rest != "" && rest[0] != '.' {
			return false
		}
	}
	return f.covers(place)
}

// byFellows are the cells that may have made a change.
type byFellows struct {
	cells []string
	sure  bool // one of them is expected there, and nobody else
}

// fellowsAt are the other cells that may write at a place of a registry. Those that are expected there leave out the rest.
func (e *Env) fellowsAt(c *registry.Client, place string) (by byFellows) {
	if e.Fellows == nil {
		return by
	}
	const enough = 4 // for people
	target := plainURL(c.URL())
	for _, f := range e.Fellows() {
		if !f.sure && (by.sure || len(by.cells) == enough) || f.target != target || !f.writes(place) {
			continue
		}
		if f.sure && !by.sure {
			by = byFellows{sure: true}
		}
		if !slices.Contains(by.cells, f.Cell) {
			by.cells = append(by.cells, f.Cell)
		}
	}
	return by
}

// fellowsAmong are the other cells that may write at one of the places.
func (e *Env) fellowsAmong(c *registry.Client, places []string) (cells []string) {
	for _, p := range places {
		for _, cell := range e.fellowsAt(c, p).cells {
			if !slices.Contains(cells, cell) {
				cells = append(cells, cell)
			}
		}
	}
	return cells
}

// fellowsWith are the other cells that make an exporter of that name on the registry.
func (e *Env) fellowsWith(c *registry.Client, exporter string) (cells []string) {
	if e.Fellows == nil {
		return nil
	}
	source := plainURL(c.URL())
	for _, f := range e.Fellows() {
		if f.exporter == exporter && f.source == source && !slices.Contains(cells, f.Cell) {
			cells = append(cells, f.Cell)
		}
	}
	return cells
}

// cellsNamed are cells for people.
func cellsNamed(cells []string) string {
	if len(cells) == 1 {
		return "cell " + cells[0]
	}
	return "cells " + some(cells, 3)
}

// perhaps says who may have made a change that this run did not make.
func (by byFellows) perhaps() string {
	if len(by.cells) == 0 {
		return ""
	}
	return ", perhaps by " + cellsNamed(by.cells)
}

// leftTo says how many changes are those of other cells, "" for none.
func leftTo(list []byFellows) string {
	var cells []string
	n := 0
	for _, by := range list {
		if !by.sure {
			continue
		}
		n++
		for _, c := range by.cells {
			if !slices.Contains(cells, c) {
				cells = append(cells, c)
			}
		}
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("; %s left to %s", thousands(n), cellsNamed(cells))
}
