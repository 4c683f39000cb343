package compare

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/srmigrate/srmigrate/internal/registry"
)

// The verdicts. That nothing differs in a look which did not read everything is
// only Unconfirmed; Run never says so.
const (
	Identical   = "identical"
	Different   = "different"
	Unknown     = "unknown"
	Unconfirmed = "unconfirmed"
)

// A Result is what a comparison found, with its scope.
type Result struct {
	Verdict string `json:"verdict"`
	Source  string `json:"source"`
	Target  string `json:"target"`
	Scope   Scope  `json:"scope"`

	// Failing differences, in versions but for the last two.
	Missing       int `json:"missing"` // those of missing subjects among them
	Extra         int `json:"extra"`   // those of extra subjects among them
	Changed       int `json:"changed"` // other id, schema, references, metadata or rules
	Other         int `json:"other"`   // collisions, subjects outside, soft-deleted versions, configs, modes
	ExtraSubjects int `json:"extraSubjects"`
	Differing     int `json:"differingSubjects"` // of those compared

	Reported    int          `json:"reported"`    // differences that do not fail
	Differences []Difference `json:"differences"` // the first, failing ones before others
	Unread      []string     `json:"unread,omitempty"`
	// Moved names the sides that changed while they were read: every version
	// that was there all the time was compared, but not all as of one moment.
	// Without a failing difference the verdict is then unknown.
	Moved []string `json:"moved,omitempty"`
	// Hints say what may have made differences; see Explain.
	Hints []string `json:"hints,omitempty"`

	alone    int  // subjects on the target only, of the reported differences
	look     bool // only some subjects were read for it
	again    int  // how many
	show     int
	failing  []Difference
	reported []Difference
	differ   map[string]bool // subjects with a failing difference
}

// A Scope says what a verdict is about.
type Scope struct {
	Subjects int      `json:"subjects"`    // compared
	All      int      `json:"allSubjects"` // that the source has
	Outside  int      `json:"outside"`     // that the exporter's patterns leave out
	Filtered int      `json:"filtered"`    // that the comparison was told to leave out
	Versions int      `json:"versions"`    // of the source, compared
	Contexts []string `json:"contexts"`    // such as ". → .c", or "." where the name stays
}

func newResult(source, target *registry.Client, show int) *Result {
	return &Result{Source: source.URL(), Target: target.URL(), Differences: []Difference{}, show: show, differ: map[string]bool{}}
}

// Total returns the number of failing differences.
func (r *Result) Total() int { return r.Missing + r.Extra + r.Changed + r.Other }

// Complete reports whether everything was read. The differences are then all
// that there are, also where the verdict is unknown because a side moved.
func (r *Result) Complete() bool { return len(r.Unread) == 0 }

// Whole reports whether all of both sides was read for it, and not only what
// had differed before.
func (r *Result) Whole() bool { return !r.look }

// Summary says the verdict with its scope in one line.
func (r *Result) Summary() string {
	s := r.Verdict + ": "
	switch r.Verdict {
	case Unknown:
		s += r.unread() + "; "
		if r.Scope.Subjects == 0 {
			return s + "nothing was compared"
		}
		s += "but for that " + r.findings() + r.Scope.String()
	case Different:
		s += r.findings() + r.Scope.String()
	case Unconfirmed:
		s += "no difference seen in " + r.Scope.String()
	default:
		s += r.Scope.String()
	}
	if r.look {
		s += "; " + count(r.again, "subject") + " read again, the rest as of the last full pass"
	}
	if r.Verdict == Different && len(r.Moved) > 0 {
		s += "; " + r.moved()
	}
	if r.Reported > 0 {
		s += "; " + count(r.Reported, "difference") + " reported only"
	}
	switch own := count(r.alone, "subject") + " on the target alone"; r.alone {
	case 0:
	case r.Reported:
		s += ": " + own
	default:
		s += ", among them " + own
	}
	return s
}

func (r *Result) moved() string {
	return strings.Join(r.Moved, " and ") + " changed meanwhile"
}

func (r *Result) unread() string {
	const most = 3
	if r.Complete() {
		return r.moved()
	}
	if len(r.Unread) <= most {
		return strings.Join(r.Unread, "; ")
	}
	return strings.Join(r.Unread[:most], "; ") + fmt.Sprintf("; and %d more", len(r.Unread)-most)
}

// findings says what differs, and is empty if nothing does.
func (r *Result) findings() string {
	var parts []string
	add := func(n int, text string) {
		if n > 0 {
			parts = append(parts, text)
		}
	}
	add(r.Missing, count(r.Missing, "version")+" missing")
	add(r.Changed, commas(r.Changed)+" changed")
	add(r.Extra, count(r.Extra, "version")+" too many")
	add(r.ExtraSubjects, count(r.ExtraSubjects, "subject")+" on the target only")
	add(r.Other, count(r.Other, "other difference"))
	if len(parts) == 0 {
		return ""
	}
	return fmt.Sprintf("%s of %s differ: %s; compared ",
		commas(r.Differing), count(r.Scope.Subjects, "subject"), strings.Join(parts, ", "))
}

// String says how much was compared, of how much, and which way.
func (s Scope) String() string {
	var out []string
	if s.Outside > 0 {
		out = append(out, commas(s.Outside)+" outside the exporter's patterns")
	}
	if s.Filtered > 0 {
		out = append(out, commas(s.Filtered)+" not asked for")
	}
	left := ""
	if len(out) > 0 {
		left = " (" + strings.Join(out, ", ") + ")"
	}
	return fmt.Sprintf("%s of %s%s, %s%s", commas(s.Subjects), count(s.All, "subject"), left, count(s.Versions, "version"), s.contexts())
}

func (s Scope) contexts() string {
	const most = 3
	if len(s.Contexts) == 0 {
		return ""
	}
	shown := strings.Join(s.Contexts[:min(most, len(s.Contexts))], ", ")
	if more := len(s.Contexts) - most; more > 0 {
		shown += " and " + count(more, "context") + " more"
	}
	if !strings.Contains(shown, "→") {
		return ", " + plural(len(s.Contexts), "context") + " " + shown
	}
	return ", " + shown
}

func count(n int, what string) string { return commas(n) + " " + plural(n, what) }

func plural(n int, what string) string {
	if n == 1 {
		return what
	}
	return what + "s"
}

// commas writes 1234567 as 1,234,567.
func commas(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
