package state

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
)

// JournalName is the side file with the history of the runs of a state.
const JournalName = "events.jsonl"

// Journal is a file that only grows: one JSON object a line, each with the digest of the line before it. It is evidence
// and nothing more: no run reads it to go on, so it may be lost, and writing it waits for no disk but in Close.
type Journal struct {
	log  Log
	n    int
	head string
}

// Line is one line of a journal.
type Line struct {
	N    int
	Prev string // the digest of the line before, "" for the first
	Raw  []byte // the line as it stands, without white space between values
}

// Sum is the digest of the line, as the next one has it.
func (l Line) Sum() string { return sum(l.Raw) }

// JournalPath is where the history of this state lies.
func (s *Store) JournalPath() string { return s.sidePath(JournalName) }

// ReadJournal reads the history; nil without error when there is none.
func (s *Store) ReadJournal() ([]Line, error) {
	raw, err := s.at.ReadLog(s.JournalPath())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, &Error{s.JournalPath(), "cannot be read", bare(err)}
	}
	lines, _ := JournalLines(raw)
	return lines, nil
}

// JournalLines are the lines of a journal, and how many bytes they take. What stands behind them was cut off in the
// middle, by a kill or a full disk. A line that somebody has made unreadable counts as one: the digests tell of it.
func JournalLines(raw []byte) (lines []Line, whole int) {
	var all []Line
	for at := 0; ; {
		i := bytes.IndexByte(raw[at:], '\n')
		if i < 0 {
			return lines, whole
		}
		line, ok := LineOf(raw[at : at+i])
		at += i + 1
		all = append(all, line)
		if ok {
			lines, whole = all, at
		}
	}
}

// LineOf reads a line; false when it is no JSON object.
func LineOf(raw []byte) (Line, bool) {
	var head struct {
		N    int
		Prev string
	}
	err := json.Unmarshal(raw, &head)
	return Line{N: head.N, Prev: head.Prev, Raw: bytes.Clone(raw)}, err == nil
}

// OpenJournal opens the history to go on with it, for whoever holds the lock. What a kill has cut off at its end is taken
// away, and how many bytes that were is returned.
func (s *Store) OpenJournal() (j *Journal, cut int, err error) {
	path := s.JournalPath()
	log, raw, err := s.at.OpenLog(path)
	if err != nil {
		return nil, 0, &Error{path, "cannot be written", bare(err)}
	}
	lines, whole := JournalLines(raw)
	j = &Journal{log: log}
	if len(lines) > 0 {
		last := lines[len(lines)-1]
		j.n, j.head = last.N, last.Sum()
	}
	if cut = len(raw) - whole; cut > 0 {
		err = log.Cut(whole)
	}
	if err != nil {
		return nil, 0, &Error{path, "cannot be written", bare(both(err, log.Close()))}
	}
	s.journal = j
	return j, cut, nil
}

// Append adds a line with these members, which are a JSON object that is not empty.
func (j *Journal) Append(members []byte) error {
	line, err := Chained(j.n+1, j.head, members)
	if err != nil {
		return err
	}
	if err := j.log.Append(append(bytes.Clone(line.Raw), '\n')); err != nil {
		return bare(err)
	}
	j.n, j.head = line.N, line.Sum()
	return nil
}

// Chained is the n-th line, behind one with the digest prev.
func Chained(n int, prev string, members []byte) (Line, error) {
	var rest bytes.Buffer
	if err := json.Compact(&rest, members); err != nil {
		return Line{}, err
	}
	raw := fmt.Appendf(nil, `{"n":%d,"prev":%q,`, n, prev)
	return Line{N: n, Prev: prev, Raw: append(raw, rest.Bytes()[1:]...)}, nil
}

// Head is the digest of the last line, "" before the first.
func (j *Journal) Head() string { return j.head }

// Close makes what was written durable.
func (j *Journal) Close() error { return bare(j.log.Close()) }
