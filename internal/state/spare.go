package state

import (
	"errors"
	"fmt"
	"io/fs"
)

// copyName is the side file that holds what was saved last once more, for when the state itself is damaged.
//
// It is the last save and not the one before: the intent of a step is in it before the step's first request leaves.
// From an older one the step would look as if it had not begun, and would take its own effect for what was there
// before.
const copyName = "copy.json"

// CopyPath is where the copy of the last save lies.
func (s *Store) CopyPath() string { return s.sidePath(copyName) }

// Unkept says why the last save has no copy beside it; nil when it has one.
func (s *Store) Unkept() error { return s.unkept }

// keep writes the copy once the state is saved. That it fails is no reason to stop a run whose state is on the disk;
// then no copy is better than an older one.
func (s *Store) keep(raw []byte) {
	s.unkept = nil
	_, err := s.replaceBy(s.CopyPath(), Latest, raw)
	if err == nil {
		return
	}
	if _, lost := errors.AsType[*LostRace](err); lost { // then it is somebody else's, who has the state
		s.unkept = &Error{s.CopyPath(), "was written by somebody else", bare(err)}
		return
	}
	text := "cannot be written; the run goes on without it"
	if rerr := s.at.Remove(s.CopyPath()); rerr != nil && !errors.Is(rerr, fs.ErrNotExist) {
		text = "cannot be written, and the older one cannot be removed; do not repair a state with it"
		err = both(err, rerr)
	}
	s.unkept = &Error{s.CopyPath(), text, bare(err)}
}

// gone is the error of a state that is not there while the copy of its last save is; nil where there is no copy either.
func (s *Store) gone() error {
	_, _, err := s.at.Read(s.CopyPath())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return s.damaged(&Damage{
		Kind: Missing, Content: fs.ErrNotExist,
		Why: fmt.Sprintf("the copy of its last save, %s, is there; whoever wants to begin anew moves that away too", s.CopyPath()),
	})
}
