package state

import (
	"errors"
	"os"
	"strings"
	"testing"
)

func TestAStateThatCannotBeHandledIsRefused(t *testing.T) {
	good := `{"version":1,"serial":1,"tool":"v9.9","runbook":"x","run":{"id":"r","status":"failed","digest":"d",` +
		`"started":"2026-03-01T12:00:00Z","updated":"2026-03-01T12:00:00Z","registries":{},"steps":[` +
		`{"id":"a","type":"setMode","status":"succeeded","intent":true}]}}`
	for _, c := range []struct{ name, old, new, want string }{
		{"empty", good, ``, "is damaged"},
		{"cut", `"intent":true}]}}`, `"int`, "is damaged"},
		{"trailing", `}]}}`, `}]}} x`, "is damaged"},
		{"newer", `"version":1`, `"version":99`, "has format 99, this program knows formats up to 1; use a newer srmigrate"},
		{"another file", `"version":1,`, ``, `is not a state file (it has no "version")`},
		{"unknown field", `"intent"`, `"mood":"good","intent"`, `has a field that this program does not know ("mood"): it was written by srmigrate v9.9; use that version`},
		{"unknown field of nobody", `"tool":"v9.9"`, `"mood":"good"`, `is damaged: json: unknown field "mood"`},
		{"unknown run status", `"failed"`, `"pausing"`, `is damaged: unknown status "pausing" of the run`},
		{"no run status", `"failed"`, `""`, `is damaged: unknown status "" of the run`},
		{"unknown step status", `"succeeded"`, `"pausing"`, `is damaged: unknown status "pausing" of step a`},
		{"null step", `[{`, `[null,{`, `is damaged: step 1 is null`},
		{"null undo step", `"steps"`, `"undo":[null],"steps"`, `is damaged: undo step 1 is null`},
		{"nameless step", `"id":"a"`, `"id":""`, `is damaged: step 1 lacks its id or type`},
		{"null steps", `"steps":[{"id":"a","type":"setMode","status":"succeeded","intent":true}]`, `"steps":null`, `is damaged: the run has no list of steps`},
		{"null registries", `"registries":{}`, `"registries":null`, `is damaged: the run has no registries`},
		{"keeps more than there is", `"registries"`, `"keeps":2,"registries"`, `is damaged: the rollback keeps 2 steps, and 1 were begun`},
		{"keeps less than nothing", `"registries"`, `"keeps":-1,"registries"`, `is damaged: the rollback keeps -1 steps`},
		{"null run", good[strings.Index(good, `{"id":"r"`) : len(good)-1], `null`, `is damaged: the run is missing`},
		{"no runbook", `"runbook":"x"`, `"runbook":""`, `is damaged: it does not name its runbook`},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := storeAt(t, OS{})
			raw := strings.Replace(good, c.old, c.new, 1)
			if raw == good {
				t.Fatalf("%q is not in the state", c.old)
			}
			if err := os.WriteFile(s.Path(), []byte(raw), 0o600); err != nil {
				t.Fatal(err)
			}
			st, err := s.Load()
			if _, ok := errors.AsType[*Error](err); !ok || st != nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, %v; want an *Error that says %q", st, err, c.want)
			}
		})
	}
	s := storeAt(t, OS{})
	if err := os.WriteFile(s.Path(), []byte(good), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Load(); err != nil {
		t.Errorf("the one they are made from: %v", err)
	}
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
