package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/state"
	"github.com/srmigrate/srmigrate/steps"
)

// ending is how a call ends.
type ending struct {
	exit                       Exit
	result                     string // of a call that leaves the run as it was, if there is one; "" for the status of the run
	reason, proof, moved, next string
}

// end closes the call with the one event that everybody reads. err is of the last save.
func (s *session) end(e ending, err error) Result {
	if err != nil {
		return s.unsaved(err)
	}
	ended := event.RunEnded{
		Result: e.result, ExitCode: int(e.exit), Reason: e.reason, Proof: e.proof, Moved: e.moved,
		Next: e.next, Took: time.Since(s.started),
	}
	if run := s.state.Run; run != nil && !run.Updated.IsZero() { // one that was never saved left nothing
		s.fill(&ended)
	}
	s.Emit(ended)
	return Result{Exit: e.exit}
}

// fill says in which run that was, how it stands, which step failed or waits, and what was put back.
func (s *session) fill(ended *event.RunEnded) {
	run := s.state.Run
	ended.Result, ended.State = cmp.Or(ended.Result, string(run.Status)), s.Store.Path()
	ended.Runbook, ended.RunID = s.Runbook.Name, run.ID
	if run.Failure != nil {
		ended.Step, ended.Error = run.Failure.Step, run.Failure.Error
	}
	if e := run.Waiting(); e != nil {
		ended.Step, ended.Error = e.ID, ""
	}
	ended.Backup = s.backup(run.ID)
	for _, e := range run.Undo {
		if e.Status == state.StepSucceeded {
			ended.Undone = append(ended.Undone, e.ID)
		}
	}
}

// backup says what the run has saved before it was lost, and where; "" when there is nothing.
func (s *session) backup(run string) string {
	f, err := s.Store.Open(steps.BackupFile)
	if errors.Is(err, fs.ErrNotExist) {
		return ""
	}
	path := s.Store.SidePath(steps.BackupFile)
	n := 0
	if err == nil {
		defer func() { _ = f.Close() }() // it was only read from
		n, err = steps.Backups(f, run)
	}
	switch {
	case err != nil:
		return fmt.Sprintf("backup that cannot be read: %s: %v", path, err)
	case n == 0:
		return "" // it is of earlier runs
	}
	return fmt.Sprintf("backup of %s: %s", number(n, "overwritten, purged or deleted version"), path)
}

// unsaved ends the call before the next effect: what happens without a record cannot be explained afterwards.
func (s *session) unsaved(err error) Result {
	s.Emit(event.RunEnded{
		Result: "stopped", ExitCode: int(BadState), State: s.Store.Path(), Next: s.retype(), Took: time.Since(s.started),
		Reason: "the state cannot be saved, so nothing more is sent; what the file says is how far it got",
	})
	return Result{BadState, err}
}

// conclude finds what a run that has succeeded moved, and the verdict of the last compare since. A run that moved
// nothing needs no proof.
func (s *session) conclude(ctx context.Context) (proof, moved string) {
	ctx, cancel := glance(ctx)
	defer cancel()
	var lines []string
	moves := false
	for _, e := range s.state.Run.Steps {
		if !e.Intent {
			continue // skipped
		}
		if v, ok := e.Outputs["verdict"].(string); ok {
			proof = v
		}
		st, err := s.begunStep(e)
		if err != nil {
			continue // frozen has seen to it that none is missing
		}
		if l, ok := st.Step.(steps.Leaver); ok {
			proof, moves = "", true
			for _, added := range s.added(ctx, l, st, e) {
				lines = append(lines, added.What)
			}
		}
	}
	if moves && !strings.HasPrefix(proof, "identical") {
		proof = strings.TrimSuffix("not proven: "+proof, ": ")
	}
	return proof, strings.Join(lines, "; ")
}
