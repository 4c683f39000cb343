package steps

import "testing"

// What somebody else has set before a step sent anything is not put back, though it is what the step was to set.
func TestAModeSetInBetweenStays(t *testing.T) {
	for name, c := range map[string]struct{ before, params, between, want string }{
		"set":       {"", `{"registry":"source","mode":"READONLY","subject":"x"}`, `PUT /mode/x {"mode":"READONLY"}`, readOnly},
		"taken":     {`PUT /mode/x {"mode":"READWRITE"}`, `{"registry":"source","inherit":true,"subject":"x"}`, `DELETE /mode/x`, ""},
		"recursive": {`PUT /mode/x {"mode":"READWRITE"}`, `{"registry":"source","mode":"READONLY","recursive":true}`, `PUT /mode/x {"mode":"READONLY"}`, readOnly},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.source.has(t, "x", ":.a:x")
			if c.before != "" {
				r.source.tell(t, c.before)
			}
			s := r.begin("m", "setMode", c.params)
			r.source.tell(t, c.between)
			if _, err := r.do(t.Context(), "m", s); err != nil {
				t.Fatal(err)
			}
			r.isDone("m", s)
			r.undo("m", s)
			for place, want := range map[string]string{"x": c.want, "": readWrite, ":.a:": ""} {
				if mode, _, err := r.source.client.Mode(t.Context(), place); mode != want || err != nil {
					t.Errorf("mode of %q: got %q, %v, want %q", place, mode, err, want)
				}
			}
		})
	}
}

// Once the step has set the place itself, it is the run's again.
func TestAModeSetInBetweenIsTakenOver(t *testing.T) {
	r := newRig(t)
	r.source.has(t, "x")
	s := r.begin("m", "setMode", `{"registry":"source","mode":"READONLY","subject":"x"}`)
	for _, q := range []string{`PUT /mode/x {"mode":"READONLY"}`, `DELETE /mode/x`} {
		r.source.tell(t, q)
		if _, err := r.do(t.Context(), "m", s); err != nil {
			t.Fatal(err)
		}
	}
	r.undo("m", s)
	if mode, set, err := r.source.client.Mode(t.Context(), "x"); set || err != nil {
		t.Errorf("got mode %q, %v", mode, err)
	}
}
