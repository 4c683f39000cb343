package cli

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/srmigrate/srmigrate/internal/engine"
	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/registry"
	"github.com/srmigrate/srmigrate/internal/report"
)

// blindSpot is a cell of which nobody can tell whether it meets others on its target.
type blindSpot struct {
	cell, text string
	kind       blindness
}

func (s blindSpot) String() string {
	return fmt.Sprintf("cell %s: it cannot be said whether it meets others on its target: %s", s.cell, s.text)
}

// blindness is what a blind spot keeps from being run, the least first.
type blindness int

const (
	later blindness = iota // nothing: the cell finds by itself what this was, or where it copies to
	alone                  // the cell: its registries could not be asked where it copies to
	amid                   // all: it copies to where others do, and what it brings could not be read
)

// kindOf is how far an error goes that came of a look.
func kindOf(err error, crowded bool) blindness {
	switch _, asked := errors.AsType[*registry.Error](err); {
	case crowded:
		return amid
	case asked:
		return alone
	}
	return later
}

// miss notes what is worst about a cell.
func (m *meeting) miss(i int, s blindSpot) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s.cell = m.cells[i].Name
	if was, known := m.unseen[i]; !known || s.kind > was.kind {
		m.unseen[i] = s
	}
}

// blindSpots are those of all cells, in order.
func (m *meeting) blindSpots() (list []blindSpot) {
	for _, i := range slices.Sorted(maps.Keys(m.unseen)) {
		list = append(list, m.unseen[i])
	}
	return list
}

// untold are the blind spots that the plans of the cells do not tell of: there stands what their registries did not answer.
func untold(unseen []blindSpot, cells []report.CellPlan) (list []string) {
	for _, s := range unseen {
		i := slices.IndexFunc(cells, func(c report.CellPlan) bool { return c.Cell == s.cell })
		if p := cells[i].Plan; s.kind == amid || p != nil && len(p.Unseen) == 0 {
			list = append(list, s.String())
		}
	}
	return list
}

// unsure says what could not be looked at, and refuses what would be run blindly: a cell, or all where it is among others.
func (r *fleetRun) unsure(sink event.Sink, unseen []blindSpot) error {
	for i, s := range unseen {
		if s.kind == amid {
			return &exitError{engine.Refused, fmt.Errorf("cell %s copies to where other cells of %s do, and what it brings could not be read: %s; nothing was sent", s.cell, r.in.file, s.text)}
		}
		if s.kind == alone {
			r.barred[s.cell] = "it cannot be said whether it meets others on its target: " + s.text
			continue // its own line tells
		}
		text := s.String()
		switch {
		case i < mostMarks:
			sink(event.StepWarning{Text: text})
		case i == mostMarks:
			sink(event.StepWarning{Text: fmt.Sprintf("and %d more cells could not be looked at", len(unseen)-i)})
		}
	}
	return nil
}
