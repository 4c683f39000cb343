package condition

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// View is one observation. Its functions are called at most once for each registry, and only when an expression needs
// the answer; several expressions that are evaluated on the same View share the answers.
type View struct {
	Status  Status
	Diff    Diff
	Elapsed time.Duration
	Attempt int
	Vars    map[string]any
	Steps   map[string]map[string]any // outputs by the step's id

	ChangedAgo func(field string) time.Duration
	CaughtUp   func(d time.Duration) bool
	Count      func(registry string) (subjects, versions int, err error) // live ones
	Mode       func(registry string) (string, error)                     // of the default context

	counts map[string]count
	modes  map[string]mode
	frozen bool  // ask no more registries
	err    error // the first one that a registry gave
}

type count struct{ subjects, versions int }

type mode string

func (v *View) env() map[string]any {
	status := v.Status
	status.State = strings.ToUpper(status.State)
	return map[string]any{
		"status":  status,
		"diff":    v.Diff,
		"elapsed": v.Elapsed,
		"attempt": v.Attempt,
		"vars":    v.Vars,
		"steps":   v.steps(),

		"changedAgo": func(field string) time.Duration { return v.ChangedAgo(field) },
		"caughtUp":   v.caughtUp,
		"subjects":   func(reg string) (int, error) { c, err := v.count(reg); return c.subjects, err },
		"versions":   func(reg string) (int, error) { c, err := v.count(reg); return c.versions, err },
		"mode":       v.mode,
	}
}

func (v *View) caughtUp(text string) (bool, error) {
	d, err := time.ParseDuration(text)
	if err != nil {
		return false, err
	}
	return v.CaughtUp(d), nil
}

func (v *View) count(reg string) (count, error) {
	return ask(v, &v.counts, reg, func() (count, error) {
		subjects, versions, err := v.Count(reg)
		return count{subjects, versions}, err
	})
}

func (v *View) mode(reg string) (string, error) {
	m, err := ask(v, &v.modes, reg, func() (mode, error) {
		m, err := v.Mode(reg)
		return mode(m), err
	})
	return string(m), err
}

func ask[T any](v *View, known *map[string]T, reg string, question func() (T, error)) (T, error) {
	if answer, ok := (*known)[reg]; ok {
		return answer, nil
	}
	if v.frozen {
		v.err = errors.New("not asked")
		return *new(T), v.err
	}
	answer, err := question()
	if err != nil {
		v.err = fmt.Errorf("asking registry %q: %w", reg, err)
		return answer, v.err
	}
	if *known == nil {
		*known = map[string]T{}
	}
	(*known)[reg] = answer
	return answer, nil
}

func sorted(m map[string]any) []string { return slices.Sorted(maps.Keys(m)) }
