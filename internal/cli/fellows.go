package cli

import (
	"slices"
	"sync"

	"github.com/srmigrate/srmigrate/internal/engine"
	"github.com/srmigrate/srmigrate/runbook"
	"github.com/srmigrate/srmigrate/steps"
)

// among makes the call one about cells of a fleet. What those do is worked out once somebody asks.
func (a *app) among(fleet *runbook.Fleet) {
	a.fellows = sync.OnceValue(func() (all []steps.Fellow) {
		lax := fleet.Loosely() // credentials of other cells need not be here
		for _, c := range fleet.Cells {
			if rb, _ := lax.Load(c); rb != nil { // its own run says what is wrong with it
				all = append(all, fellowsIn(c.Name, rb)...)
			}
		}
		return all
	})
}

// fellowsIn are the steps of a cell by which it may come into another one's way.
func fellowsIn(cell string, rb *runbook.Runbook) (list []steps.Fellow) {
	of := func(what func(runbook.Registry) string) func(string) string {
		return func(name string) string {
			i := slices.IndexFunc(rb.Registries, func(r runbook.Registry) bool { return r.Name == name })
			if i < 0 {
				return ""
			}
			return what(rb.Registries[i])
		}
	}
	url := of(func(r runbook.Registry) string { return r.URL })
	dialect := of(func(r runbook.Registry) string { return r.Dialect })
	for _, s := range rb.Steps {
		if s.Step == nil {
			continue // what it will be shows when the run comes to it
		}
		if f, ok := steps.FellowOf(cell, s.Step, url, dialect); ok {
			list = append(list, f)
		}
	}
	return list
}

// befriend tells the engine of one cell what the others do.
func (a *app) befriend(x *engine.Engine, in *input) {
	if a.fellows == nil || in.cell == nil {
		return
	}
	x.Fellows = sync.OnceValue(func() []steps.Fellow {
		return slices.DeleteFunc(slices.Clone(a.fellows()), func(f steps.Fellow) bool { return f.Cell == in.cell.Name })
	})
}
