package engine

import (
	"fmt"
	"strings"

	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/state"
	"github.com/srmigrate/srmigrate/steps"
)

// siblings are the runs of other states in the same place that may have left something; unread says of which nothing is
// known. It is asked only where something was found that this run has not made.
func (s *session) siblings() (list []steps.Sibling, unread string) {
	if s.Elsewhere == nil {
		return nil, ""
	}
	others, err := s.Store.Others()
	if err != nil {
		return nil, s.Redact(err.Error())
	}
	var dark []string
	for _, o := range others {
		if o.Err != nil {
			dark = append(dark, o.Path)
			continue
		}
		if run := o.State.Run; run.Status != state.RolledBack && run.Status != state.Abandoned {
			list = append(list, s.sibling(o))
		}
	}
	if len(dark) > 0 {
		unread = "of a run beside this one nothing is known, for its state cannot be read: " + strings.Join(dark, ", ")
	}
	return list, unread
}

func (s *session) sibling(o state.Other) steps.Sibling {
	run := o.State.Run
	standing := "which is " + event.Words(string(run.Status))
	switch {
	case o.AtWork:
		standing = "which is at work"
	case run.Status == state.Running:
		standing = "which was killed"
	case run.Status == state.Succeeded:
		standing = "which has succeeded"
	case run.Status == state.Failed:
		standing = "which has failed"
	}
	of := steps.Sibling{
		Name:     fmt.Sprintf("run %s of %s (state %s), %s", run.ID, o.State.Runbook, o.Path, standing),
		URLs:     map[string]string{},
		Over:     run.Status == state.Succeeded,
		Steps:    Pasts(run),
		Rollback: s.Elsewhere(o, "rollback"),
	}
	for name, id := range run.Registries {
		of.URLs[name] = id.URL
	}
	if run.Status != state.RollingBack && run.Status != state.RollbackIncomplete {
		of.Run = s.Elsewhere(o, "run")
	}
	return of
}
