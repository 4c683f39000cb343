package compare_test

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/srmigrate/srmigrate/internal/compare"
)

// many has three versions of each subject, in three contexts.
func many(subjects int) []row {
	var rows []row
	for i := range subjects {
		name := []string{"", ":.eu:", ":.us:"}[i%3] + fmt.Sprintf("team-%d.topic-%05d", i%7, i)
		for v := range 3 {
			rows = append(rows, schema(name, v+1, 3*i+v, nil))
		}
	}
	slices.SortFunc(rows, func(a, b row) int { return cmp.Or(strings.Compare(a.Subject, b.Subject), a.Version-b.Version) })
	return rows
}

// A server that sends a page at a time must not go through everything for each.
func TestCostOfAComparison(t *testing.T) {
	const subjects = 6000
	rows := many(subjects)
	for name, tc := range map[string]struct {
		cap, requests, touched int
	}{
		"no cap":  {0, 5, 3 * subjects},         // the fifth because the number of subjects is a round one
		"a cap":   {1000, 90, 6 * 3 * subjects}, // page by page it would be 19 times everything
		"a lower": {250, 280, 8 * 3 * subjects},
	} {
		t.Run(name, func(t *testing.T) {
			source, target := &fake{rows: rows, cap: tc.cap}, &fake{rows: rows, cap: tc.cap}
			r := run(t, source, target, compare.Options{})
			if r.Verdict != compare.Identical || r.Scope.Versions != 3*subjects {
				t.Fatalf("got %s", r.Summary())
			}
			for _, f := range []*fake{source, target} {
				if f.requests() > tc.requests || f.touched > tc.touched {
					t.Errorf("got %d requests that went through %d rows, want up to %d and %d", f.requests(), f.touched, tc.requests, tc.touched)
				}
			}
		})
	}
}

// What comes or goes between two parts, or in one that was read, is noticed.
func TestChangesBetweenParts(t *testing.T) {
	change := map[string]func([]row) []row{
		"a subject that is in no part": func(rows []row) []row { return append(rows, schema("zzz", 1, 99_999, nil)) },
		"a subject in front":           func(rows []row) []row { return append(rows, schema("team-0.a", 1, 99_999, nil)) },
		"a version":                    func(rows []row) []row { return append(rows, schema(":.eu:team-1.topic-00001", 4, 99_999, nil)) },
		"a subject goes":               func(rows []row) []row { return rows[3:] },
		"a version goes":               func(rows []row) []row { return slices.Delete(slices.Clone(rows), 1, 2) },
	}
	for name, change := range change {
		for at := range 6 {
			t.Run(fmt.Sprint(name, " after ", at), func(t *testing.T) {
				before := many(150)
				after := change(slices.Clone(before))
				n := 0
				source := &fake{rows: before, cap: 100}
				source.before = func(_ http.ResponseWriter, r *http.Request) bool {
					if r.URL.Path == "/schemas" {
						if n++; n == at+2 {
							source.rows = after
						}
					}
					return false
				}
				r := run(t, source, &fake{rows: after}, compare.Options{Extra: map[string]compare.Level{"subjects": compare.Fail}})
				if n < at+2 {
					t.Fatalf("there were %d requests, too few to change in between", n)
				}
				if r.Verdict != compare.Identical && !slices.Equal(r.Moved, []string{"source"}) {
					t.Errorf("got %s\n%s", r.Summary(), lines(r.Differences))
				}
			})
		}
	}
}
