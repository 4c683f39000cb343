package state

import (
	"errors"
	"os"
	"strings"
	"testing"
)

const good = `{"version":1,"serial":1,"tool":"v9.9","runbook":"x","run":{"id":"r","status":"failed","digest":"d",` +
	`"started":"2026-03-01T12:00:00Z","updated":"2026-03-01T12:00:00Z","registries":{},"steps":[` +
	`{"id":"a","type":"setMode","status":"succeeded","intent":true}]}}`

// Of format 1, which has no checksum.
func TestAStateThatCannotBeHandledIsRefused(t *testing.T) {
	for _, c := range []struct {
		name, old, new string
		kind           Kind // "" for one that is not damaged
		want           string
	}{
		{"empty", good, ``, Truncated, "is cut off: it is empty"},
		{"zeros", good, "\x00\x00", Truncated, "is cut off: it is empty"},
		{"cut", `"intent":true}]}}`, `"int`, Truncated, "is cut off: it ends in the middle, after 242 bytes"},
		{"cut, with zeros", `"intent":true}]}}`, "\"int\x00\x00", Truncated, "is cut off: it ends in the middle, after 242 bytes"},
		{"trailing", `}]}}`, `}]}} x`, Altered, `is altered: it goes on after its end with " x"`},
		{"no JSON in the middle", `"run"`, `run`, Altered, "is altered: it is no JSON any more"},
		{"text where a number was", `"serial":1`, `"serial":"1"`, Invalid, "is damaged: json: cannot unmarshal"},
		{"text for the version", `"version":1`, `"version":"1"`, Foreign, `is not a state file: it has no "version"`},
		{"newer", `"version":1`, `"version":99`, "", "has format 99, this program knows formats up to 3; use a newer srmigrate"},
		{"newer, of something else", `"version":1,"serial":1,"tool":"v9.9","runbook":"x",`, `"version":99,`, Foreign, `is not a state file: it has no "runbook"`},
		{"another file", `"version":1,`, ``, Foreign, `is not a state file: it has no "version"`},
		{"a list", good, `[]`, Foreign, "is not a state file: it does not begin like one"},
		{"white space of another kind", good, "\v", Foreign, "is not a state file: it does not begin like one"},
		{"a text", good, `name: x`, Foreign, "is not a state file: it does not begin like one"},
		{"unknown field", `"intent"`, `"mood":"good","intent"`, "", `has a field that this program does not know ("mood"): it was written by srmigrate v9.9; use that version`},
		{"unknown field of nobody", `"tool":"v9.9"`, `"mood":"good"`, Invalid, `is damaged: json: unknown field "mood"`},
		{"a checksum in a format without", `"serial":1`, `"serial":1,"checksum":"x"`, Altered, "is altered: its checksum is not that of its content"},
		{"unknown run status", `"failed"`, `"pausing"`, Invalid, `is damaged: unknown status "pausing" of the run`},
		{"no run status", `"failed"`, `""`, Invalid, `is damaged: unknown status "" of the run`},
		{"unknown step status", `"succeeded"`, `"pausing"`, Invalid, `is damaged: unknown status "pausing" of step a`},
		{"null step", `[{`, `[null,{`, Invalid, `is damaged: step 1 is null`},
		{"null undo step", `"steps"`, `"undo":[null],"steps"`, Invalid, `is damaged: undo step 1 is null`},
		{"nameless step", `"id":"a"`, `"id":""`, Invalid, `is damaged: step 1 lacks its id or type`},
		{"null steps", `"steps":[{"id":"a","type":"setMode","status":"succeeded","intent":true}]`, `"steps":null`, Invalid, `is damaged: the run has no list of steps`},
		{"null registries", `"registries":{}`, `"registries":null`, Invalid, `is damaged: the run has no registries`},
		{"keeps more than there is", `"registries"`, `"keeps":2,"registries"`, Invalid, `is damaged: the rollback keeps 2 steps, and 1 were begun`},
		{"keeps less than nothing", `"registries"`, `"keeps":-1,"registries"`, Invalid, `is damaged: the rollback keeps -1 steps`},
		{"null run", good[strings.Index(good, `{"id":"r"`) : len(good)-1], `null`, Invalid, `is damaged: the run is missing`},
		{"no runbook", `"runbook":"x"`, `"runbook":""`, Invalid, `is damaged: it does not name its runbook`},
	} {
		t.Run(c.name, func(t *testing.T) {
			raw := strings.Replace(good, c.old, c.new, 1)
			if raw == good {
				t.Fatalf("%q is not in the state", c.old)
			}
			refused(t, raw, c.kind, c.want)
		})
	}
	if _, err := holding(t, good).Load(); err != nil {
		t.Errorf("the one they are made from: %v", err)
	}
}

// Of the present format, whatever is changed by hand is found, also where what it says makes sense.
func TestAnAlteredStateIsRecognised(t *testing.T) {
	st, err := holding(t, good).Load()
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := Encode(st)
	if err != nil {
		t.Fatal(err)
	}
	const altered = "is altered: its checksum is not that of its content; `srmigrate state repair --state "
	for _, c := range []struct {
		name, old, new string
		kind           Kind
		want           string
		sense          bool // what it says makes sense
	}{
		{"a value", `"failed"`, `"succeeded"`, Altered, altered, true},
		{"the checksum", `"sha256:`, `"sha256:0`, Altered, altered, true},
		{"no checksum", st.Checksum, ``, Altered, altered, true},
		{"the format", `"version": 3`, `"version": 1`, Altered, altered, true},
		{"a status that does not exist", `"failed"`, `"pausing"`, Altered, altered, false},
		{"an unknown field", `"intent"`, `"mood": "good", "intent"`, Altered, altered, false},
		{"a line less", "    \"digest\": \"d\",\n", "", Altered, altered, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.old == "" {
				c.old = checksumIn(sealed)
			}
			raw := strings.Replace(string(sealed), c.old, c.new, 1)
			err := refused(t, raw, c.kind, c.want)
			if d, ok := errors.AsType[*Damage](err); ok && (d.Content == nil) != c.sense {
				t.Errorf("what it says: got %v, want sense: %v", d.Content, c.sense)
			}
		})
	}
}

// checksumIn is the checksum that a file says it has.
func checksumIn(raw []byte) string {
	_, rest, _ := strings.Cut(string(raw), `"checksum": "`)
	sum, _, _ := strings.Cut(rest, `"`)
	return sum
}

// holding is a store with this file in it.
func holding(t *testing.T, raw string) *Store {
	t.Helper()
	s := storeAt(t, OS{})
	if err := os.WriteFile(s.Path(), []byte(raw), 0o600); err != nil {
		t.Fatal(err)
	}
	return s
}

// refused demands that the file is refused, as damaged in the way of kind where there is one.
func refused(t *testing.T, raw string, kind Kind, want string) error {
	t.Helper()
	st, err := holding(t, raw).Load()
	if _, ok := errors.AsType[*Error](err); !ok || st != nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, %v; want an *Error that says %q", st, err, want)
	}
	d, damaged := errors.AsType[*Damage](err)
	if damaged != (kind != "") || damaged && d.Kind != kind {
		t.Errorf("got %v of %v, want kind %q", d, err, kind)
	}
	return err
}

func TestAStateOfAnotherRunbookIsRefused(t *testing.T) {
	s := storeAt(t, OS{})
	if err := s.Match(full(), "payments"); err != nil {
		t.Error(err)
	}
	err := s.Match(full(), "orders")
	if want := `is of runbook "payments", not of "orders"; name another file with --state`; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %q", err, want)
	}
}
