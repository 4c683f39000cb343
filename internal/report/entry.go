package report

import (
	"encoding/json"
	"time"

	"github.com/srmigrate/srmigrate/internal/state"
)

// entry is a line of the journal as it is read. Each kind has some of the fields.
type entry struct {
	At    time.Time
	Event string
	Seen  time.Time // of a sample that was held back; else zero

	// of calls
	Verb, Tool, Command, Run, Runbook string
	Cut                               int
	File, SHA256, Source              string
	Redacted                          bool
	Plan                              json.RawMessage
	Saved                             *state.Run
	Held                              bool

	// of events
	Step, Type, Text, Undoes, Error, State, Trace string
	Registry, Channel, URL, ID                    string
	Code, Severity, About, Remedy, Allowed, Else  string
	Because, Result, Reason, Proof, Moved, Backup string
	Next                                          string
	Attempt, Versions, Of, LeftOut                int
	Offset                                        int64
	Wait, Took, Most                              float64
	ExitCode                                      int
	Commands                                      []string

	// of requests
	Method, Path, Route, Kind string
	Status, Count             int

	// of modes
	Place, Was, Mode string
	ByRun, First     bool

	// of comparisons
	Verdict, Target                                         string
	Missing, Extra, Changed, Other, ExtraSubjects, Reported int
	Subjects, AllSubjects                                   int
	Contexts, Hints                                         []string
	Differences                                             []DifferenceFact
}

// when is when what the entry says was so.
func (e entry) when() time.Time {
	if !e.Seen.IsZero() {
		return e.Seen
	}
	return e.At
}

// turnOf is the part of the journal that one call wrote.
type turnOf struct {
	run     string
	entries []entry
	first   int // index of its first line
	last    int
}

// turns reads a journal call by call. A line that cannot be read is one that somebody has altered: Verify tells of it.
func turns(lines []state.Line) []turnOf {
	var all []turnOf
	for i, l := range lines {
		var e entry
		if json.Unmarshal(l.Raw, &e) != nil {
			continue
		}
		if e.Event == "call" || e.Event == standing || len(all) == 0 {
			all = append(all, turnOf{run: e.Run, first: i})
		}
		t := &all[len(all)-1]
		t.entries, t.last = append(t.entries, e), i
		switch {
		case e.Event == "run started":
			t.run = e.Run
		case e.Saved != nil:
			t.run = e.Saved.ID
		}
	}
	return all
}

// standing is the event of a state as somebody found it who made a report; it is of no call.
const standing = "standing"

// Runs are the runs that a journal knows of, in the order in which they began.
func Runs(lines []state.Line) []string {
	var ids []string
	seen := map[string]bool{}
	for _, t := range turns(lines) {
		if t.run != "" && !seen[t.run] {
			seen[t.run] = true
			ids = append(ids, t.run)
		}
	}
	return ids
}

// stretch are the lines from the first call that worked on a run to the last; without a run those of the last call that
// did not get as far as to begin one.
func stretch(lines []state.Line, run string) []state.Line {
	first, last := -1, -1
	for _, t := range turns(lines) {
		if t.run == run {
			if first < 0 || run == "" {
				first = t.first
			}
			last = t.last
		}
	}
	if first < 0 {
		return nil
	}
	return lines[first : last+1]
}
