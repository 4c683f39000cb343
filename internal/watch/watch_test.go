package watch

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReadIDs(t *testing.T) {
	for text, want := range map[string][]ID{
		"7\n3\n7\n":                         {{".", 3}, {".", 7}},
		"\ufeffid,context\n3,\n4,.\n5,a\n":  {{".", 3}, {".", 4}, {".a", 5}},
		" 3 # seen in orders\n\n# none\n4 ": {{".", 3}, {".", 4}},
		"3,.a,orders,yesterday\r\n":         {{".a", 3}},
	} {
		got, err := ReadIDs(strings.NewReader(text))
		if d := cmp.Diff(want, got); err != nil || d != "" {
			t.Errorf("%q: %v %s", text, err, d)
		}
	}
	for text, want := range map[string]string{
		"":                       "has no ids",
		"id\n":                   "has no ids",
		"3\nx\n":                 `line 2: "x" is no id`,
		"0\n":                    `line 1: "0" is no id`,
		"-1\n":                   `line 1: "-1" is no id`,
		"3.5\n":                  `line 1: "3.5" is no id`,
		"3\n,.a\n":               `line 2: "" is no id`,
		"9999999999999999999999": "is no id",
	} {
		if _, err := ReadIDs(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func TestReadRefusesWhatIsNoBaseline(t *testing.T) {
	for text, want := range map[string]string{
		"": "is damaged", "[]": "is damaged", "{}": "is damaged",
		`{"version":1,"taken":"2026-01-02T03:04:05Z"}`:               "is damaged",
		`{"version":2,"taken":"2026-01-02T03:04:05Z","subjects":{}}`: "is of a newer srmigrate",
	} {
		if _, err := Read(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}
