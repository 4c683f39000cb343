package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/srmigrate/srmigrate/internal/state"
)

// Verified is what a look at a report found.
type Verified struct {
	Run, Runbook string
	Lines        int
	Head         string
	Problems     []string // none when nothing was altered, as far as the report itself can tell
}

// ReadEvidence reads a report.json.
func ReadEvidence(raw []byte) (*Evidence, error) {
	const none = "it is no report of srmigrate: report -o json makes one"
	if !json.Valid(raw) {
		return nil, errors.New("it is no JSON document; " + none)
	}
	var e Evidence
	if err := json.Unmarshal(raw, &e); err != nil {
		return nil, errors.New(none)
	}
	switch {
	case e.Kind != evidenceKind:
		return nil, errors.New(none)
	case e.Version != EvidenceVersion:
		return nil, fmt.Errorf("it has format %d, and this program knows format %d", e.Version, EvidenceVersion)
	}
	return &e, nil
}

// Verify looks whether a report is as it was made: whether each line of its journal is the one that the next line has the
// digest of, and the last the one that seals it, and whether everything else follows from the journal. Head is the digest
// that was kept elsewhere, "" where none was; tool is the version of this program.
func Verify(raw []byte, head, tool string) (*Verified, error) {
	e, err := ReadEvidence(raw)
	if err != nil {
		return nil, err
	}
	lines := make([]state.Line, len(e.Journal))
	for i, l := range e.Journal {
		lines[i] = lineOf(l)
	}
	v := &Verified{Run: e.Run.ID, Runbook: e.Run.Runbook, Lines: len(lines), Head: e.Head, Problems: []string{}}
	v.chain(lines, e.Head)
	v.parts(raw, NewEvidence(lines, e.Run.ID, tool), e.Tool, tool)
	if head != "" && head != e.Head {
		v.note("it is sealed by %s, not by the digest that was kept, %s: it is another report, or has been made anew", e.Head, head)
	}
	return v, nil
}

// lineOf is a line as it stood in the journal, however the report is indented.
func lineOf(raw json.RawMessage) state.Line {
	var compact bytes.Buffer
	if json.Compact(&compact, raw) != nil {
		return state.Line{Raw: raw} // it was part of valid JSON
	}
	line, _ := state.LineOf(compact.Bytes()) // what is no object has no digest of anything, which is found out
	return line
}

func (v *Verified) note(format string, args ...any) {
	v.Problems = append(v.Problems, fmt.Sprintf(format, args...))
}

// chain follows the digests.
func (v *Verified) chain(lines []state.Line, head string) {
	if len(lines) == 0 {
		v.note("it has no journal")
		return
	}
	for i := 1; i < len(lines); i++ {
		was, is := lines[i-1], lines[i]
		if is.N != was.N+1 {
			v.note("between line %d (%s) and line %d lines are missing, or are too many", was.N, about(was), is.N)
		}
		if is.Prev != was.Sum() {
			v.note("line %d (%s) is not what line %d has the digest of", was.N, about(was), is.N)
		}
	}
	if last := lines[len(lines)-1]; last.Sum() != head {
		v.note("line %d (%s), the last, is not what the report is sealed by, %s", last.N, about(last), head)
	}
}

// about says what a line is, as far as it can be read.
func about(l state.Line) string {
	var e entry
	if json.Unmarshal(l.Raw, &e) != nil {
		return "unreadable"
	}
	text := or(e.Event, "something")
	for _, part := range []struct{ before, text string }{
		{"of ", or(e.Step, e.Registry)}, {"", e.Method}, {"", e.Path}, {"at ", stamp(e)},
	} {
		if part.text != "" {
			text += " " + part.before + part.text
		}
	}
	return text
}

func stamp(e entry) string {
	if e.At.IsZero() {
		return ""
	}
	return e.At.UTC().Format("2006-01-02T15:04:05Z")
}
