package cli

import (
	"fmt"

	"github.com/srmigrate/srmigrate/runbook"
)

// validateFleet checks every cell of a matrix. What several cells have in common is told once.
func (a *app) validateFleet(f *runbook.Fleet, strict bool) (says string, problems int, err error) {
	found, steps := &common{at: map[runbook.Finding]int{}}, 0
	list := f.Check(f.Cells, func(_ runbook.Cell, rb *runbook.Runbook) {
		steps = len(rb.Steps)
		found.add(rb)
	})
	a.tellProblems(list)
	findings := found.told(len(f.Cells))
	problems = len(list) + a.tellFindings(findings, strict)
	return fmt.Sprintf("%s of %s%s", count(len(f.Cells), "cell"), count(steps, "step"), warningsOf(findings)), problems, nil
}

// common are the findings of the cells of a matrix, each once.
type common struct {
	list []runbook.Finding
	in   []int    // how many cells have it
	one  []string // a cell that has it
	at   map[runbook.Finding]int
}

// mostFindings is more than anybody reads.
const mostFindings = 1000

func (c *common) add(rb *runbook.Runbook) {
	for _, f := range rb.Findings {
		i, known := c.at[f]
		if !known && len(c.list) >= mostFindings {
			continue
		}
		if !known {
			i = len(c.list)
			c.at[f], c.list, c.in, c.one = i, append(c.list, f), append(c.in, 0), append(c.one, rb.Cell)
		}
		c.in[i]++
	}
}

// told are the findings; those that not every cell has say which does.
func (c *common) told(cells int) []runbook.Finding {
	for i := range c.list {
		switch {
		case c.in[i] == cells:
		case c.in[i] == 1:
			c.list[i].Text += " (cell " + c.one[i] + ")"
		default:
			c.list[i].Text += fmt.Sprintf(" (cell %s and %d more)", c.one[i], c.in[i]-1)
		}
	}
	return c.list
}
