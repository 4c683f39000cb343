package steps

import (
	"context"
	"slices"
	"strings"

	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/registry"
)

// The modes this program sets. Servers know others, and it leaves those alone.
const (
	readWrite = "READWRITE"
	readOnly  = "READONLY"
	imports   = "IMPORT"
)

func isReadOnly(mode string) bool { return strings.HasPrefix(mode, readOnly) }

// orNotSet is an own mode for people.
func orNotSet(mode string) string {
	if mode == "" {
		return "not set"
	}
	return mode
}

// modeRecord is what a setMode step found before its first request. A place that it covers and does not name had no
// mode of its own.
type modeRecord struct {
	Registry string `json:"registry"`
	modeReach
	Mode   string            `json:"mode"` // "" takes the own mode away
	Places map[string]string `json:"places"`

	cleared clearing
	theirs  []string // what the step was to set there, somebody else had set already
}

// inForce reports whether an effective mode below the named place is as good as the one that was asked for.
func inForce(mode, effective string) bool {
	switch mode {
	case readOnly:
		return isReadOnly(effective)
	case imports:
		return effective != readWrite
	}
	return effective != imports
}

// modeChange is what one step of this run did to the modes of a registry.
type modeChange interface {
	all() bool                          // it knows places that the registry has to be asked for
	places() []string                   // to look at, whether the registry lists them or not
	knows(place string) bool            // it was looked at before the change
	before(place string) (mode string)  // "" when there was none; only of a place it knows
	made(place string) (modes []string) // what the run may have put there, "" for none; empty when it did not touch the place
}

func (r modeRecord) all() bool                  { return r.Recursive }
func (r modeRecord) places() []string           { return union(r.Places) }
func (r modeRecord) knows(place string) bool    { return r.covers(place) }
func (r modeRecord) before(place string) string { return r.Places[place] }

func (r modeRecord) made(place string) []string {
	switch {
	case !r.needs(r.Mode, place, r.Places[place]), slices.Contains(r.theirs, place):
		return nil
	case r.Mode != "":
		return []string{r.Mode}
	case place == "": // it shows when nothing is set there, too
		return []string{readWrite}
	case r.cleared.mayBeOurs(place):
		return []string{"", readWrite}
	}
	return []string{""}
}

// modeChanger is a step that changes what a registry has set; it returns the registry's name.
type modeChanger interface{ changesModes() string }

// changesModesOf is a test for Scope.earlier.
func changesModesOf(name string) func(Step) bool {
	return func(s Step) bool {
		m, ok := s.(modeChanger)
		return ok && m.changesModes() == name
	}
}

// noRoomRemedy is what to do when there is no room.
func (s *SetMode) noRoomRemedy() string {
	const other = "delete those subjects permanently if nobody needs them, or write force: true, which leaves them as they are"
	if s.whole {
		return other
	}
	return "leave this step out, since an exporter sets IMPORT by itself where it writes, " + other
}

// subjectsBelow lists what a server looks at before it lets a place enter IMPORT. For the default context that is
// every subject of every context.
func subjectsBelow(ctx context.Context, c *registry.Client, place string, deleted bool) ([]string, error) {
	if place == "" {
		return allSubjects(ctx, c, deleted)
	}
	found, err := c.Subjects(ctx, place, deleted)
	if err != nil || isContext(place) {
		return found, err
	}
	return slices.DeleteFunc(found, func(s string) bool { return s != place }), nil
}

// earlierRun is the finding for what this run did not do and does not remember.
func earlierRun(env *Env, what, otherwise string) event.Finding {
	return event.Finding{
		Code: "SRM001", Severity: "error", Step: env.StepID,
		Text:   "an earlier run's state may be missing: " + what,
		Remedy: "continue that run where its state file lies, with --state PATH; if there was none, " + otherwise,
	}
}
