package runbook

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"github.com/srmigrate/srmigrate/steps"
)

// written are the files that cells write: what two of them do at one path, one does in vain.
type written struct {
	by   map[string]string // the cell, by path
	told map[string]bool   // by step and field
}

// add notes the files of a cell, and reports those that another cell writes, each step and field once.
func (w *written) add(cell string, rb *Runbook) (problems []Problem) {
	for _, s := range rb.Steps {
		for _, s := range append([]Step{s}, s.Rollback...) {
			writer, ok := s.Step.(steps.FileWriter)
			if !ok {
				continue
			}
			files := writer.Writes()
			for _, field := range slices.Sorted(maps.Keys(files)) {
				path := files[field]
				if s.Late["/"+field] != nil {
					continue // nobody knows it yet
				}
				if !filepath.IsAbs(path) {
					path = filepath.Join(rb.Folder(), path)
				}
				other, taken := w.by[path]
				if w.by[path] = cell; !taken || other == cell || w.told[s.ID+" "+field] {
					continue
				}
				w.told[s.ID+" "+field] = true
				problems = append(problems, Problem{File: rb.File, Line: s.Line, Col: s.Col, Step: s.ID, Message: fmt.Sprintf(
					"cells %s and %s both write %q, their %s; give each cell a file of its own: put ${{ matrix.cell }} into its name", other, cell, files[field], field)})
			}
		}
	}
	return problems
}
