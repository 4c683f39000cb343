package steps

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/srmigrate/srmigrate/internal/compare"
	"github.com/srmigrate/srmigrate/internal/registry"
)

// registryWide is where newer servers keep the mode that stands behind every context.
const registryWide = ":.__GLOBAL:"

// modeReach says where a setMode step sets modes.
type modeReach struct {
	Place     string `json:"place,omitempty"`  // the one that is named
	Recursive bool   `json:"recursive"`        // what lies below it, too: for the default context that is everything,
	Within    bool   `json:"within,omitempty"` // unless the context was named
	Whole     bool   `json:"whole,omitempty"`  // the named place is /mode and stands behind every context
}

func (r modeReach) covers(place string) bool {
	if place == r.Place || !r.Recursive {
		return place == r.Place
	}
	here, _ := splitPlace(r.Place)
	there, _ := splitPlace(place)
	return !r.Within || there == here
}

// places lists all that the step covers, and the contexts that are under the mode it sets.
func (r modeReach) places(ctx context.Context, c *registry.Client) ([]string, error) {
	switch {
	case !r.Recursive && r.Whole:
		return contextPlaces(ctx, c)
	case !r.Recursive:
		return []string{r.Place}, nil
	}
	all, err := allPlaces(ctx, c, r.Place)
	return slices.DeleteFunc(all, func(p string) bool { return !r.covers(p) }), err
}

// needs reports whether the step has to set the mode of a place whose own mode is this one; mode "" stands for none.
// READWRITE and none lift IMPORT below the named place and nothing else; READONLY and IMPORT go on every context that is
// not under the named place's mode already, and on a subject only if its own mode lets more writes through.
func (r modeReach) needs(mode, place, own string) bool {
	switch {
	case own == mode || !r.covers(place):
		return false
	case place == "" && mode == "": // the server does not tell whether it is set
		return own != readWrite
	case place == r.Place:
		return true
	case mode == readWrite || mode == "":
		return own == imports
	case isContext(place):
		return own != "" || !r.Whole
	case mode == readOnly:
		return own != "" && !isReadOnly(own)
	}
	return own == readWrite
}

func (s *SetMode) reach() modeReach {
	r := modeReach{Place: contextPlace(s.Context), Recursive: s.Recursive, Within: s.Context != ""}
	r.Whole = s.whole && s.Context == "" && s.Subject == ""
	switch {
	case s.Subject == "":
	case isQualified(s.Subject):
		r.Place = joinPlace(splitPlace(s.Subject))
	default:
		r.Place += s.Subject
	}
	return r
}

// isQualified reports whether a subject's name says its context.
func isQualified(subject string) bool {
	rest, ok := strings.CutPrefix(subject, ":")
	return ok && strings.Contains(rest, ":")
}

// where is the named place for people.
func (s *SetMode) where() string {
	context, name := splitPlace(s.reach().Place)
	place := modePlace(contextPlace(context), s.reach().Whole) + " of " + s.Registry
	if name != "" {
		place = "subject " + name + " of " + place
	}
	return place
}

// Describe names the mode and the places that it covers.
func (s *SetMode) Describe() string {
	r := s.reach()
	text := fmt.Sprintf("set mode %s on %s", s.Mode, s.where())
	if s.Inherit {
		text = fmt.Sprintf("take its own mode from %s, which inherits then", s.where())
	}
	lifts := s.Inherit || s.Mode == readWrite
	switch whole := r.Recursive && !r.Within; {
	case whole && lifts:
		text += ", and lift IMPORT from every other context and subject"
	case whole:
		text = fmt.Sprintf("set mode %s on every context and subject of %s", s.Mode, s.Registry)
	case r.Recursive && lifts:
		text += ", and lift IMPORT from its subjects"
	case r.Recursive:
		text += " and on its subjects"
	case r.Whole:
		text += "; contexts and subjects with a mode of their own keep it"
	case r.Place == "":
		text += "; other contexts keep theirs"
	case isContext(r.Place):
		text += "; subjects with a mode of their own keep it"
	}
	if s.Force {
		text += "; by force, over the subjects there"
	}
	return text
}

// Check reports a registry that is not declared, and fields that contradict each other or name no place. Describe knows
// from here what /mode means on the registry.
func (s *SetMode) Check(scope Scope) []Problem {
	s.whole = scope.Dialects[s.Registry] == compare.GuideDialect
	problems := scope.registry("/registry", s.Registry)
	add := func(path, text string, args ...any) {
		problems = append(problems, Problem{Path: path, Message: fmt.Sprintf(text, args...)})
	}
	switch {
	case s.Mode == "" && !s.Inherit:
		add("", `missing key "mode": write the mode to set, or inherit: true to take the own mode away`)
	case s.Mode != "" && s.Inherit:
		add("/inherit", "mode and inherit exclude each other; keep mode to set one, or inherit to take the own mode away")
	}
	switch {
	case s.Force && s.Mode != imports && s.Mode != "":
		add("/mode", "force goes with mode IMPORT only, since nothing else needs it; leave force out")
	case s.Force && s.Inherit:
		add("/force", "force goes with mode IMPORT only, since nothing else needs it; leave it out")
	}
	if text := s.contextProblem(); text != "" {
		add("/context", "%s", text)
	}
	if text := s.subjectProblem(); text != "" {
		add("/subject", "%s", text)
	}
	if s.Recursive && s.Subject != "" {
		add("/recursive", "nothing lies below a subject; leave recursive out, or leave subject out to cover a whole context")
	}
	return problems
}

func (s *SetMode) contextProblem() string {
	if s.Context == "" {
		return ""
	}
	switch name := compare.NormalContext(s.Context); {
	case strings.Contains(name, "*"):
		return "a context is one name; recursive: true without context covers all of them"
	case strings.Contains(name, ":"):
		return fmt.Sprintf("%q is not a context; write it as .a, a or :.a:, and a subject in the field subject", s.Context)
	case contextPlace(name) == registryWide:
		return noRegistryWide
	case s.whole && contextPlace(name) == "" && s.Subject == "":
		return fmt.Sprintf("%s has dialect guide, where the default context has no mode but that of every context; leave context out to set that one", s.Registry)
	}
	return ""
}

func (s *SetMode) subjectProblem() string {
	if s.Subject == "" {
		return ""
	}
	switch context, name := splitPlace(s.Subject); {
	case isQualified(s.Subject) && s.Context != "":
		return fmt.Sprintf("%q says its context already; leave the field context out, or write the name alone", s.Subject)
	case name == "":
		return fmt.Sprintf("%q is a context; write it in the field context", s.Subject)
	case strings.HasSuffix(name, "*"):
		return "a mode goes on one subject, not on a pattern; name a step for each, or cover their context with context and recursive"
	case contextPlace(context) == registryWide:
		return noRegistryWide
	}
	return ""
}

const noRegistryWide = "the mode of the registry as a whole (:.__GLOBAL:) is not for this step; " +
	"recursive: true without context covers every context instead"
