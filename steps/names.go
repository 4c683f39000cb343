package steps

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/agnivade/levenshtein"
)

// settleTime is how long another node of a registry may show what was there before a write.
const settleTime = 10 * time.Second

// registry reports a name that no declared registry has.
func (s Scope) registry(path, name string) []Problem {
	if slices.Contains(s.Registries, name) {
		return nil
	}
	return []Problem{{Path: path, Message: fmt.Sprintf("registry %q is not declared%s", name, didYouMean(name, s.Registries))}}
}

// earlier reports a step reference unless it names an earlier step that fits. What says what such a step does.
func (s Scope) earlier(path, id, what string, fits func(Step) bool) []Problem {
	var ids []string
	for _, d := range s.Before {
		if !fits(d.Step) {
			continue
		}
		if d.ID == id {
			return nil
		}
		ids = append(ids, d.ID)
	}
	return []Problem{{Path: path, Message: fmt.Sprintf("%q is no earlier step that %s%s", id, what, didYouMean(id, ids))}}
}

// didYouMean ends a message with the name that was probably meant, or with those there are.
func didYouMean(name string, names []string) string {
	switch best := closest(name, names, 1+len(name)/3); {
	case best != "":
		return fmt.Sprintf("; did you mean %q?", best)
	case len(names) == 0:
		return "; there is none"
	}
	return "; there is " + some(names, 5)
}

// closest is the name that is least far from the one given, "" when none is within the distance.
func closest(name string, names []string, distance int) (best string) {
	for _, n := range names {
		if d := levenshtein.ComputeDistance(name, n); d <= distance {
			best, distance = n, d-1
		}
	}
	return best
}

// some lists the first names, and says how many more there are.
func some(names []string, most int) string {
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %s more", strings.Join(names[:most], ", "), thousands(len(names)-most))
}

// count is a number with its noun, in the plural where that is right.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return thousands(n) + " " + noun + "s"
}

// thousands writes 12345 as 12,345.
func thousands(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// poll looks, at once and then every so often, until the look is done or goes wrong, or ctx ends.
func poll(ctx context.Context, every time.Duration, look func(context.Context) (done bool, err error)) error {
	return pollSlower(ctx, every, every, look)
}

// pollSlower is poll with a pause that doubles from first up to most.
func pollSlower(ctx context.Context, first, most time.Duration, look func(context.Context) (done bool, err error)) error {
	for pause := first; ; pause = min(2*pause, most) {
		if done, err := look(ctx); done || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
}

// settles polls until the look is done, for no longer than a registry's nodes may differ. It returns false when the
// time was not enough.
func settles(ctx context.Context, look func(context.Context) (done bool, err error)) (bool, error) {
	end := time.Now().Add(settleTime)
	done := false
	err := pollSlower(ctx, 50*time.Millisecond, time.Second, func(ctx context.Context) (bool, error) {
		var err error
		done, err = look(ctx)
		return done || time.Now().After(end), err
	})
	return done, err
}
