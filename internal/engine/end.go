package engine

import (
	"context"
	"strings"
	"time"

	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/steps"
)

// ending is how a call ends.
type ending struct {
	exit                       Exit
	result                     string // "" for the status of the run
	reason, proof, moved, next string
}

const notBegun = "not begun"

// end closes the call with the one event that everybody reads.
func (s *session) end(e ending, err error) Result {
	if err != nil && e.exit != BadState {
		// The registries are as told, but the next call will not know it.
		e.exit, e.reason = BadState, e.reason+", and the state cannot be saved"
	}
	ended := event.RunEnded{
		Result: e.result, ExitCode: int(e.exit), Reason: e.reason, Proof: e.proof, Moved: e.moved,
		Next: e.next, Took: time.Since(s.started),
	}
	if ended.Result == "" {
		ended.Result, ended.State = string(s.state.Run.Status), s.Store.Path()
	}
	s.Emit(ended)
	return Result{e.exit, err}
}

// proof is the verdict of the last compare since schemas were moved, and what was moved. A run that moved nothing
// needs no proof.
func (s *session) proof(ctx context.Context) (proof, moved string) {
	ctx, cancel := glance(ctx)
	defer cancel()
	var lines []string
	moves := false
	for _, e := range s.state.Run.Steps {
		if v, ok := e.Outputs["verdict"].(string); ok {
			proof = v
		}
		st, err := s.begunStep(e)
		if err != nil {
			continue // appended steps changed nothing in what was done
		}
		if m, ok := st.Step.(steps.Leaver); ok {
			proof, moves = "", true
			for _, added := range s.added(ctx, m, st, e) {
				lines = append(lines, added.What)
			}
		}
	}
	if moves && !strings.HasPrefix(proof, "identical") {
		proof = strings.TrimSuffix("not proven: "+proof, ": ")
	}
	return proof, strings.Join(lines, "; ")
}
