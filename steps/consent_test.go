package steps

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/srmigrate/srmigrate/internal/event"
)

// Every code that a step finds something under is in the table, which runbooks are checked against.
func TestCodesAreKnown(t *testing.T) {
	var known []string
	for _, c := range event.Codes() {
		known = append(known, c.Code)
	}
	if !slices.IsSorted(known) || len(slices.Compact(slices.Clone(known))) != len(known) {
		t.Errorf("codes are not in order, or not unique: %q", known)
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	used := 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`Code: *"(SRM[0-9]+)"`).FindAllStringSubmatch(string(src), -1) {
			if used++; !slices.Contains(known, m[1]) {
				t.Errorf("%s: %s is not in the table", file, m[1])
			}
		}
	}
	if used == 0 {
		t.Error("no step uses any code: is the pattern still right?")
	}
}

func TestConsents(t *testing.T) {
	env := &Env{Allow: []Consent{{Code: "SRM012", AtMost: 2}, {Code: "SRM013", AtMost: -1}, {Code: "SRM014", AtMost: 0}}}
	cases := []struct {
		code  string
		count int
		want  bool
	}{
		{"SRM012", 2, true}, {"SRM012", 3, false}, {"SRM012", 0, true}, {"SRM013", 999, true}, {"SRM014", 0, false}, {"SRM015", 1, false},
	}
	for _, c := range cases {
		if got := env.Consents(event.Finding{Code: c.code, Count: c.count}); got != c.want {
			t.Errorf("%d of %s: got %v, want %v", c.count, c.code, got, c.want)
		}
	}
}
