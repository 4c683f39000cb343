package render

import (
	"fmt"
)

// github is one workflow, or with a matrix one that calls another for each cell: so each cell has approvals of its own.
func (j Job) github() ([]File, error) {
	if !j.Fleet() {
		text, err := j.write("github.yml.tmpl")
		return []File{{j.Name + ".yml", text}}, err
	}
	cell, err := j.write("github.yml.tmpl")
	if err != nil {
		return nil, err
	}
	fleet, err := j.write("githubFleet.yml.tmpl")
	return []File{{j.Name + ".yml", fleet}, {j.Name + "-cell.yml", cell}}, err
}

// A Batch is as many cells as a job of GitHub bears.
type Batch struct {
	Name  string
	After string // the one before, where only so many cells may be at work
	Cells []string
}

// Batches are the cells in jobs.
func (j *Job) Batches() (list []Batch) {
	for i := 0; i*matrixJobs < len(j.Cells); i++ {
		name := "cells"
		if len(j.Cells) > matrixJobs {
			name = fmt.Sprintf("cells-%d", i+1)
		}
		after := ""
		if i > 0 && j.Parallel > 0 {
			after = list[i-1].Name
		}
		list = append(list, Batch{name, after, j.Cells[i*matrixJobs : min((i+1)*matrixJobs, len(j.Cells))]})
	}
	return list
}
