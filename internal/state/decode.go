package state

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// head is what every format has, and tells which one it is.
type head struct {
	Version  int
	Checksum string
	Tool     string
	Runbook  string
}

// decode reads a state of any format, or says why nobody can go on with it. The error is an *Error with a *Damage in
// it, unless the file is of a newer program.
func (s *Store) decode(raw []byte) (*State, error) {
	raw = content(raw)
	if st, ok := asSaved(raw); ok {
		return st, nil
	}
	h, damage := sniff(raw)
	if damage != nil {
		return nil, s.damaged(damage)
	}
	if h.Version > Version {
		return nil, &Error{Path: s.path, Text: fmt.Sprintf("has format %d, this program knows formats up to %d; use a newer srmigrate",
			h.Version, Version)}
	}
	st, err := read(h, raw)
	if field, ok := unknownField(err); ok && h.Tool != "" && intact(h, raw) {
		return nil, &Error{Path: s.path, Text: fmt.Sprintf("has a field that this program does not know (%s): it was written by srmigrate %s; use that version",
			field, h.Tool)}
	}
	if err == nil {
		err = st.check()
	}
	switch {
	case !intact(h, raw):
		return nil, s.damaged(&Damage{Kind: Altered, Why: "its checksum is not that of its content", Content: err})
	case err != nil:
		return nil, s.damaged(&Damage{Kind: Invalid, Why: err.Error(), Content: err})
	}
	return st, nil
}

// read has one reader for each format that was ever written; what an older one gives is brought up step by step.
func read(h head, raw []byte) (*State, error) {
	st, _, err := strict(raw)
	if err == nil && h.Version == 1 {
		upgrade1(st)
	}
	if err == nil && st.Version == 2 {
		upgrade2(st)
	}
	return st, err
}

// upgrade1 makes format 2 of format 1, which is the same without a checksum.
func upgrade1(st *State) { st.Version = 2 }

// upgrade2 makes format 3 of format 2, which does not know who worked on a run, and with which vars.
func upgrade2(st *State) { st.Version = 3 }

// intact says whether the content is what was saved. Format 1 cannot tell, and has no checksum to lose.
func intact(h head, raw []byte) bool {
	if h.Version == 1 {
		return h.Checksum == ""
	}
	return h.Checksum == checksumOf(raw, h.Checksum)
}

// asSaved reads what this format has and nothing has happened to. Whatever else it is, there is more to say about it.
func asSaved(raw []byte) (*State, bool) {
	st, end, err := strict(raw)
	whole := err == nil && end == len(raw) && st.Version == Version && st.Checksum == checksumOf(raw, st.Checksum)
	return st, whole && st.check() == nil
}

// strict also tells where the state ends.
func strict(raw []byte) (st *State, end int, err error) {
	st = new(State)
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	err = dec.Decode(st)
	return st, int(dec.InputOffset()), err
}

// unknownField is the field that a strict decoder refused, as encoding/json words it.
func unknownField(err error) (string, bool) {
	if err == nil {
		return "", false
	}
	return strings.CutPrefix(err.Error(), "json: unknown field ")
}
