package cli

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A file is no plan, a plan that comes back as it was written, or a damaged one that says what to do.
func FuzzOpenPlan(f *testing.F) {
	for _, s := range []string{
		`{"kind":"srmigrate plan","version":1,"tool":"v1","runbook":{"file":"x","source":"y"},"fingerprint":{},"plan":{}}`,
		`{"kind":"srmigrate plan","version":2,"tool":"v1","made":"2026-03-01T12:00:00Z","runbook":{"file":"x","source":"y"},"fingerprint":{"a":"b"},"plan":{"steps":[{"id":"a"}]}}`,
		`{"kind":"srmigrate plan","version":99}`, `{"kind":"Runbook"}`, "", "{", `{"kind":"srmigrate plan","version":1,"plan":null}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		p, err := openPlan(src)
		if err != nil {
			if p != nil || !strings.Contains(err.Error(), "make it again") {
				t.Fatalf("got %v, %v", p, err)
			}
			return
		}
		if p == nil {
			return
		}
		raw, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		again, err := openPlan(raw)
		if err != nil {
			t.Fatalf("a plan that was read cannot be read when it is written: %v\n%s", err, raw)
		}
		twice, err := json.Marshal(again)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(string(raw), string(twice)); d != "" {
			t.Errorf("-read +written and read: %s", d)
		}
	})
}
