package runbook

import (
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
)

// closest is the name that was probably meant; "" when none is near.
func closest(got string, names []string) string {
	if len(got) > 64 {
		return ""
	}
	best, limit := "", min(3, 1+len(got)/4)
	for _, name := range names {
		d := distance(strings.ToLower(got), strings.ToLower(name))
		if d <= limit && d < max(len(got), len(name)) {
			best, limit = name, d-1
		}
	}
	return best
}

// distance counts letters to change; letters that changed places count as one.
func distance(a, b string) int {
	d := levenshtein.ComputeDistance(a, b)
	if d == 2 && sorted(a) == sorted(b) {
		return 1
	}
	return d
}

func sorted(s string) string {
	letters := []rune(s)
	slices.Sort(letters)
	return string(letters)
}

// didYouMean ends a message with the name that was probably meant, if there is one.
func didYouMean(got string, names []string) string {
	if best := closest(got, names); best != "" {
		return "; did you mean " + quote(best) + "?"
	}
	return ""
}

// orOneOf ends a message with the name that was probably meant, or with all of them.
func orOneOf(got string, what string, names []string) string {
	if hint := didYouMean(got, names); hint != "" || len(names) == 0 {
		return hint
	}
	return "; " + what + " " + strings.Join(names, ", ")
}

// except are the names without one.
func except(names []string, taken func(string) bool) []string {
	return slices.DeleteFunc(slices.Clone(names), taken)
}
