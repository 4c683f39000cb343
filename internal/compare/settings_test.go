package compare_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/srmigrate/srmigrate/internal/compare"
	"github.com/srmigrate/srmigrate/internal/registry"
)

func TestDeleted(t *testing.T) {
	gone := func(subject string, version, id int, change func(*registry.Schema)) row {
		s := schema(subject, version, id, change)
		s.gone = true
		return s
	}
	base := []row{schema("a", 2, 2, nil), schema("b", 1, 3, nil)}
	with := func(more ...row) []row { return append(append([]row{}, base...), more...) }
	other := func(s *registry.Schema) { s.Schema = `"string"` }
	for name, tc := range map[string]struct {
		source, target []row
		want           string
	}{
		"the same":           {with(gone("a", 1, 1, nil)), with(gone("a", 1, 1, nil)), ""},
		"not there":          {with(gone("a", 1, 1, nil)), with(), "a version 1: soft-deleted versions differ, not on the target at all"},
		"there only":         {with(), with(gone("a", 1, 1, nil)), "a version 1: soft-deleted versions differ, on the target only"},
		"another":            {with(gone("a", 1, 1, nil)), with(gone("a", 1, 1, other)), "a version 1: soft-deleted versions differ, another one on the target: [schema]"},
		"subject not there":  {with(gone("z", 1, 1, nil)), with(), "z version 1: soft-deleted versions differ, not on the target at all"},
		"subject there only": {with(), with(gone("z", 1, 1, nil)), "z version 1: soft-deleted versions differ, on the target only"},
		"subject live there": {with(gone("z", 1, 1, nil)), with(schema("z", 1, 1, nil)), "z: on the target only, 1 version (reported only)\nz version 1: soft-deleted versions differ, live on the target"},
		"version live there": {with(gone("a", 1, 1, nil)), with(schema("a", 1, 1, nil)), "a version 1: on the target only"},
		"version live here":  {with(schema("a", 1, 1, nil)), with(gone("a", 1, 1, nil)), "a version 1: missing on the target"},
	} {
		for _, marks := range []bool{true, false} {
			for _, noSchemas := range []int{0, 404} {
				t.Run(fmt.Sprint(name, marks, noSchemas), func(t *testing.T) {
					var got []string
					run(t, &fake{rows: tc.source, marks: marks, cap: 1, noSchemas: noSchemas}, &fake{rows: tc.target, marks: marks, noSchemas: noSchemas}, compare.Options{
						Check:        map[string]compare.Level{"deleted": compare.Fail},
						OnDifference: func(d compare.Difference) error { got = append(got, d.String()); return nil },
					})
					if s := strings.Join(got, "\n"); s != tc.want {
						t.Errorf("got %s\nwant %s", s, tc.want)
					}
				})
			}
		}
	}
}

func TestSettings(t *testing.T) {
	m := compare.Mapping{ContextType: "CUSTOM", Context: "C", Patterns: []string{":*:"}}
	full := map[string]compare.Level{"compatibility": compare.Fail, "modes": compare.Report}
	source := &fake{
		rows:    sample(),
		configs: map[string]string{"": `{"compatibilityLevel":"FULL"}`, "orders": `{"compatibilityLevel":"NONE","normalize":true}`, ":.eu:": `{"compatibilityLevel":"NONE"}`},
		modes:   map[string]string{"": `{"mode":"READWRITE"}`, "address": `{"mode":"READONLY"}`},
	}
	target := &fake{
		rows:    copied(m),
		configs: map[string]string{":.C:": `{"compatibilityLevel":"FULL"}`, ":.C:orders": `{"normalize":true,"compatibility":"NONE"}`, ":.C.eu:": `{"compatibilityLevel":"NONE"}`},
		modes:   map[string]string{":.C:": `{"mode":"READWRITE"}`, ":.C:address": `{"mode":"READONLY"}`},
	}
	r := run(t, source, target, compare.Options{Mapping: &m, Check: full})
	if r.Verdict != compare.Identical || len(r.Differences) > 0 {
		t.Errorf("got %s\n%s", r.Summary(), lines(r.Differences))
	}
	target.configs[":.C:orders"] = `{"compatibilityLevel":"NONE"}`
	target.modes[":.C.eu:"] = `{"mode":"IMPORT"}`
	delete(target.modes, ":.C:address")
	delete(target.configs, ":.C:")
	r = run(t, source, target, compare.Options{Mapping: &m, Check: full})
	want := strings.Join([]string{
		"default context → context .C: compatibility FULL, on the target no own config",
		"orders → :.C:orders: compatibility NONE and 1 other field, on the target compatibility NONE",
		"context .eu → context .C.eu: no own mode, on the target mode IMPORT (reported only)",
		"address → :.C:address: mode READONLY, on the target no own mode (reported only)",
	}, "\n")
	if lines(r.Differences) != want || r.Verdict != compare.Different || r.Other != 2 {
		t.Errorf("got %s\n%s\nwant\n%s", r.Summary(), lines(r.Differences), want)
	}
}

func TestSettingsThatCannotBeRead(t *testing.T) {
	f := &fake{rows: sample(), before: func(w http.ResponseWriter, r *http.Request) bool {
		if strings.HasPrefix(r.URL.Path, "/config") {
			w.WriteHeader(403)
		}
		return strings.HasPrefix(r.URL.Path, "/config")
	}}
	r := run(t, &fake{rows: sample(), configs: map[string]string{"": `{}`}}, f, compare.Options{Check: map[string]compare.Level{"compatibility": compare.Report}})
	if r.Verdict != compare.Unknown || len(r.Unread) != 1 || !strings.Contains(r.Unread[0], ": 403 Forbidden") || !strings.HasSuffix(r.Unread[0], " (and 5 like it)") ||
		!strings.Contains(r.Summary(), "; but for that 4 of 4 subjects") {
		t.Errorf("got %s", r.Summary())
	}
}

func TestCountsAndKeys(t *testing.T) {
	rows := sample()
	rows[1].gone = true
	c := client(t, &fake{rows: rows, cap: 2})
	for contexts, want := range map[string]compare.Count{"": {Subjects: 4, Versions: 4}, "eu": {Subjects: 1, Versions: 1}, "none": {}} {
		var cs []string
		if contexts != "" {
			cs = []string{contexts}
		}
		if got, err := compare.Counts(t.Context(), c, cs); err != nil || got != want {
			t.Errorf("%q: got %+v, %v", contexts, got, err)
		}
	}
	for deleted, want := range map[bool]string{
		true:  "{:.eu:orders 1} {address 1} {orders 1}! {orders 3} {user/events 1}",
		false: "{:.eu:orders 1} {address 1} {orders 3} {user/events 1}",
	} {
		var got []string
		err := compare.Keys(t.Context(), c, deleted, func(k compare.Key, gone bool) error {
			got = append(got, fmt.Sprint(k)+map[bool]string{true: "!"}[gone])
			return nil
		})
		if s := strings.Join(got, " "); err != nil || s != want {
			t.Errorf("got %s, %v, want %s", s, err, want)
		}
	}
	stop := errors.New("stop")
	if err := compare.Keys(t.Context(), c, false, func(compare.Key, bool) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("got %v", err)
	}
}
