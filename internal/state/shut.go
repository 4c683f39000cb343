package state

import (
	"errors"
	"fmt"

	"github.com/srmigrate/srmigrate/internal/objects"
)

// unread says why the state cannot be read, and of one that its key does not open what that means: the cipher does not tell
// another key from an object that was altered, but a key that opens what lies beside the state is the right one.
func (s *Store) unread(err error) error {
	shut, is := errors.AsType[*objects.ShutError](err)
	switch {
	case !is || shut.Shut == objects.NoKey:
		return &Error{s.path, "cannot be read", bare(err)}
	case shut.Shut == objects.TooShort:
		return s.damaged(&Damage{Kind: Truncated, Why: shut.Error(), Content: shut})
	}
	if beside := s.opens(); beside != "" {
		why := fmt.Sprintf("the key given does not open it, and is the right one: it opens %s", beside)
		if shut.Shut == objects.NotSealed {
			why = fmt.Sprintf("it is not encrypted, and what lies beside it is: %s", beside)
		}
		return s.damaged(&Damage{Kind: Altered, Why: why, Content: shut})
	}
	return &Error{s.path, "cannot be read", fmt.Errorf("%w; nothing that the key opens lies beside it, which would say that the key is right: "+
		"look first whether the last run had another key; if it had this one, put the object back from an older version of it", err)}
}

// opens names what lies beside the state and opens with the key given; "" for nothing.
func (s *Store) opens() string {
	if _, _, err := s.at.Read(s.CopyPath()); err == nil {
		return s.CopyPath()
	}
	if _, err := s.at.ReadLog(s.JournalPath()); err == nil {
		return s.JournalPath()
	}
	return ""
}
