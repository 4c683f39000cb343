package state

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"strconv"
	"time"
)

// Diagnosis is what there is to see of a state, and of the copy of its last save.
type Diagnosis struct {
	Err     error  // why nobody can go on with the state; nil: it is fine
	Kind    Kind   // of the damage
	Content error  // why what it says cannot be taken either; nil: State is what it says
	State   *State // what it says, where that makes sense
	Serial  int    // of the state, as far as that can be read; 0: it cannot
	Copy    *State // nil: there is none that can be used
	CopyErr error  // why not; nil: there is none
}

// Diagnose looks at the state and at its copy. The error is for what no copy helps against: a state that is not there
// at all, cannot be read, or is of a newer program.
func (s *Store) Diagnose() (*Diagnosis, error) {
	d := new(Diagnosis)
	d.State, d.Err = s.Load()
	damage, damaged := errors.AsType[*Damage](d.Err)
	switch {
	case d.Err == nil && d.State == nil:
		return nil, &Error{Path: s.path, Text: "does not exist, nor does a copy of it"}
	case d.Err != nil && !damaged:
		return nil, d.Err
	case damaged:
		d.Kind, d.Content = damage.Kind, damage.Content
		s.salvage(d)
	}
	d.Copy, d.CopyErr = s.copied()
	return d, nil
}

// salvage reads what can be read in a damaged state.
func (s *Store) salvage(d *Diagnosis) {
	raw, _, err := s.at.Read(s.path)
	if err != nil {
		return // it is gone
	}
	raw = content(raw)
	if m := regexp.MustCompile(`^\s*\{[^{}]*"serial":\s*(\d+)`).FindSubmatch(raw); m != nil {
		d.Serial, _ = strconv.Atoi(string(m[1])) // too large a number is none
	}
	if d.Content != nil {
		return
	}
	h, _ := sniff(raw)
	d.State, d.Content = read(h, raw)
	if d.Content == nil {
		d.Content = d.State.check()
	}
}

// copied reads the copy.
func (s *Store) copied() (*State, error) {
	beside := &Store{path: s.CopyPath(), at: s.at}
	raw, _, err := s.at.Read(beside.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, &Error{beside.path, "cannot be read", bare(err)}
	}
	st, err := beside.decode(raw)
	if damage, ok := errors.AsType[*Damage](err); ok {
		err = &Error{beside.path, "is " + string(damage.Kind), damage} // to which no repair helps
	}
	return st, err
}

// AsidePath is where Repair keeps the file that it replaces.
func (s *Store) AsidePath(at time.Time) string {
	return s.sidePath(fmt.Sprintf("damaged.%s.json", at.UTC().Format("20060102-150405.000000")))
}

// Repair makes st the state of a store that has been diagnosed. The file that was there, if any, is kept aside first.
func (s *Store) Repair(d *Diagnosis, st *State, at time.Time) error {
	if d.Kind != Missing {
		if err := s.at.Copy(s.path, s.AsidePath(at)); err != nil {
			return &Error{s.AsidePath(at), "cannot be written", bare(err)}
		}
	}
	st.Serial = max(st.Serial, d.Serial)
	return s.Save(st)
}
