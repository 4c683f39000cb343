package condition

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/agnivade/levenshtein"
	"github.com/expr-lang/expr/types"
)

// Scope is what an expression may name.
type Scope struct {
	Status     bool           // status: the step names an exporter
	Diff       bool           // diff: the step compares
	Wait       bool           // elapsed, attempt, changedAgo, caughtUp: the step looks more than once
	Registries []string       // for subjects, versions and mode
	Vars       map[string]any // a value of each var's type; nil where the type is not known

	Steps  map[string]map[string]any // by id, the outputs that may be named: a value of each one's type
	Absent map[string]string         // by id: why a step's outputs may not be named

	When bool // the condition is looked at before its step begins
}

// Status is what an exporter says of itself. State is compared without regard to case.
type Status struct {
	Name       string `expr:"name"`
	State      string `expr:"state"`
	Offset     int64  `expr:"offset"`
	TS         int64  `expr:"ts"`
	Trace      string `expr:"trace"`
	DeksOffset int64  `expr:"deksOffset"`
	Retriable  bool   `expr:"retriable"`
}

// Diff is the outcome of a compare. The four numbers are zero where Identical is true.
type Diff struct {
	Identical bool `expr:"identical"`
	Unknown   bool `expr:"unknown"` // something could not be read
	Missing   int  `expr:"missing"`
	Extra     int  `expr:"extra"`
	Changed   int  `expr:"changed"`
	Total     int  `expr:"total"`
}

// fields names the fields of status, diff and vars that an expression may ask for.
func (s Scope) fields(of string) []string {
	switch of {
	case "status":
		return []string{"name", "state", "offset", "ts", "trace", "deksOffset", "retriable"}
	case "diff":
		return []string{"identical", "unknown", "missing", "extra", "changed", "total"}
	}
	return sorted(s.Vars)
}

// sample is an environment with the types of the one that expressions are evaluated in.
func (s Scope) sample() map[string]any {
	env := (&View{}).env()
	for name := range env {
		if s.absent(name) != "" {
			delete(env, name)
		}
	}
	vars := types.Map{}
	for name, v := range s.Vars {
		vars[name] = typeOf(v)
	}
	env["vars"], env["steps"] = vars, s.stepTypes()
	return env
}

func typeOf(v any) types.Type {
	if v == nil {
		return types.Any
	}
	return types.TypeOf(v)
}

// absent says why a name of this package cannot be used in this scope; "" when it can.
func (s Scope) absent(name string) string {
	switch {
	case s.When && slices.Contains([]string{"status", "diff", "elapsed", "attempt", "changedAgo", "caughtUp"}, name):
		return name + " is not there yet: when is looked at before the step begins; it can use vars, steps, subjects, versions and mode"
	case name == "status" && !s.Status:
		return "status is the exporter's: name it in the field exporter of this step"
	case name == "diff" && !s.Diff:
		return "diff is the outcome of a compare: add compare: {} to this step"
	case slices.Contains([]string{"elapsed", "attempt", "changedAgo", "caughtUp"}, name) && !s.Wait:
		return name + " needs a step that looks more than once: waitFor"
	case name == "changedAgo" && !s.Status:
		return "changedAgo looks at the exporter's status: name it in the field exporter of this step"
	case name == "caughtUp" && !s.Status && !s.Diff:
		return "caughtUp needs the field exporter, or compare, on this step"
	}
	return ""
}

func checkDuration(text string) string {
	if d, err := time.ParseDuration(text); err != nil || d < 0 {
		return fmt.Sprintf(`%q is no duration; write it like "30s", "5m" or "1h30m"`, text)
	}
	return ""
}

// unknown words a name that is none of the known ones, with the nearest of them or, where they are few, all.
func unknown(what, name string, known []string) string {
	msg, best := fmt.Sprintf("unknown %s %q", what, name), 1+max(1, len(name)/3)
	near := ""
	for _, k := range known {
		if d := levenshtein.ComputeDistance(name, k); d < best {
			best, near = d, k
		}
	}
	switch {
	case near != "":
		return fmt.Sprintf("%s; did you mean %q?", msg, near)
	case len(known) > 0 && len(known) <= 7:
		return msg + "; there is " + strings.Join(known, ", ")
	}
	return msg
}
