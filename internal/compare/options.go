// Package compare proves that the schemas of one registry are in another.
//
// It reads both sides completely, in bulk where the servers can do so, and is
// strict about what it has not seen: whatever could not be read makes the
// verdict unknown. A side that is written to meanwhile can be compared, but
// what was not seen at one moment is never called identical.
package compare

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A Level says what a difference means for the verdict.
type Level string

// A difference fails the comparison, is reported only, or is not looked for.
const (
	Fail   Level = "fail"
	Report Level = "report"
	Off    Level = "off"
)

// Options says what is compared and how.
type Options struct {
	Mapping  *Mapping // nil: all contexts, names unchanged
	Subjects []string // only what these patterns match, as the source names it
	Contexts []string // only these source contexts
	// Check holds levels for subjects, versions, ids, schemas, references,
	// metadata and rules (default fail), format (report), deleted, compatibility and modes (off).
	Check map[string]Level
	// Extra holds levels for what only the target has: subjects (default
	// report) and versions (default fail).
	Extra map[string]Level
	// Outside is for source subjects that no pattern of the mapping covers.
	// They are counted in any case; with fail each is a difference.
	Outside Level
	// FreshContexts are target contexts that were empty when the exporter was
	// created: extra subjects fail there.
	FreshContexts []string
	// Moving says that the registries are expected to change: each side is then
	// read once, where otherwise one that changed is read again.
	Moving bool
	Show   int // differences kept in the result, default 20

	// OnDifference gets every difference as it is found; its error ends the run.
	OnDifference func(Difference) error
	// OnPair gets every version that both sides have.
	OnPair func(Pair) error
	// Progress is told how far it has come, often and in no order of its own.
	Progress func(Progress)
}

// A Pair is a version on both sides.
type Pair struct {
	Subject, TargetSubject string
	Version                int
	SourceID, TargetID     int
}

func defaultChecks() map[string]Level {
	return map[string]Level{
		"subjects": Fail, "versions": Fail, "ids": Fail, "schemas": Fail, "references": Fail, "metadata": Fail, "rules": Fail,
		"format":  Report,
		"deleted": Off, "compatibility": Off, "modes": Off,
	}
}

func defaultExtras() map[string]Level { return map[string]Level{"subjects": Report, "versions": Fail} }

// Usable returns why Run would refuse the options.
func (o Options) Usable() error {
	_, err := o.complete()
	return err
}

// complete returns the options with every default filled in.
func (o Options) complete() (Options, error) {
	var err error
	if o.Check, err = levels("check", o.Check, defaultChecks()); err != nil {
		return o, err
	}
	if o.Extra, err = levels("extra", o.Extra, defaultExtras()); err != nil {
		return o, err
	}
	if o.Outside == "" {
		o.Outside = Report
	}
	if o.Outside != Report && o.Outside != Fail {
		return o, fmt.Errorf("outside: %q is neither fail nor report", o.Outside)
	}
	if o.Show <= 0 {
		o.Show = 20
	}
	if o.OnDifference == nil {
		o.OnDifference = func(Difference) error { return nil }
	}
	if o.Progress == nil {
		o.Progress = func(Progress) {}
	}
	o.Contexts, o.FreshContexts = normalContexts(o.Contexts), normalContexts(o.FreshContexts)
	if o.Mapping == nil {
		return o, nil
	}
	return o, o.Mapping.check()
}

func levels(name string, given, defaults map[string]Level) (map[string]Level, error) {
	for k, l := range given {
		if _, ok := defaults[k]; !ok {
			return nil, fmt.Errorf("%s: %q is none of %s", name, k, strings.Join(slices.Sorted(maps.Keys(defaults)), ", "))
		}
		if l != Fail && l != Report && l != Off {
			return nil, fmt.Errorf("%s: %s: %q is none of fail, report, off", name, k, l)
		}
		defaults[k] = l
	}
	return defaults, nil
}

func normalContexts(in []string) []string {
	var out []string
	for _, c := range in {
		out = append(out, NormalContext(c))
	}
	return out
}

// mapping returns the mapping in force.
func (o Options) mapping() Mapping {
	if o.Mapping == nil {
		return Mapping{ContextType: "NONE", Patterns: []string{":*:"}}
	}
	return *o.Mapping
}

// selected reports whether a source subject was asked for.
func (o Options) selected(subject string) bool {
	context, name := SplitSubject(subject)
	return (len(o.Contexts) == 0 || slices.Contains(o.Contexts, context)) &&
		(len(o.Subjects) == 0 || matchAny(o.Subjects, context, name))
}
