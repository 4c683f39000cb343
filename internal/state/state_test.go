package state

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v5"
	"github.com/srmigrate/srmigrate/schemas"
)

var update = flag.Bool("update", false, "write the sample of the present format; older samples stay for ever")

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// full is a state in which every field is set.
func full() *State {
	step := func(id string, status StepStatus) *Step {
		return &Step{
			ID: id, Type: "setMode", Status: status, Digest: "d1", Intent: true, NoReturn: true, Record: json.RawMessage(`{"mode":"READWRITE"}`),
			Outputs: map[string]any{"text": "done", "count": 3, "identical": true}, Freezes: "source", Touches: []string{"source"},
			Rollback: []Armed{{ID: id + ".undo-1", Type: "restoreMode", Params: json.RawMessage(`{"registry":"source"}`)}},
			Asked:    &Question{ID: "q1", Since: noon, Until: noon.Add(time.Hour), Digest: "d3", Message: "Go?"},
			Answer:   &Answer{Run: "r1", Step: id, Question: "q1", Digest: "d3", Decision: Approved, By: "jane", At: noon, Comment: "fine"},
			Error:    "it failed", Tolerated: true, Started: noon, Ended: noon,
		}
	}
	undo := step("freeze.undo-1", StepFailed)
	undo.Undoes, undo.Params, undo.ByHand = "freeze", json.RawMessage(`{"registry":"source"}`), []string{"curl -X PUT …"}
	word := &Word{By: "ann", Because: "done in the console", At: noon}
	undo.Accepted = word
	return &State{
		Version: Version, Serial: 7, Tool: "v1.0.0", Runbook: "payments",
		Run: &Run{
			ID: "20260301-120000-abcdef", Status: RollbackIncomplete, Digest: "d2", Started: noon, Updated: noon,
			Worker:     &Holder{Host: "runner-1", PID: 4711, Since: noon, Command: "srmigrate run payments.yaml --var name=x"},
			Registries: map[string]Identity{"source": {URL: "http://source", ID: "c1"}},
			Vars:       map[string]any{"polls": 1000000, "ratio": 0.5, "name": "x", "on": true},
			Given:      map[string]string{"name": "--var", "token": "env:TOKEN"}, VarsFile: "vars.yaml",
			Steps: []*Step{step("freeze", StepSucceeded)}, Failure: &Failure{Step: "copy", Error: "no"}, Undo: []*Step{undo}, Keeps: 1,
			Kept: []Leftover{{Step: "copy", Text: "12 versions"}}, Proof: "identical", Moved: "12 versions", Replacing: "freeze", Abandoned: word,
			Edited: []Word{*word},
		},
		History: []Summary{{ID: "r0", Status: Failed, Digest: "d0", Started: noon, Ended: noon, Failure: &Failure{Step: "a", Error: "b"}}},
	}
}

func storeAt(t *testing.T, disk Disk) *Store {
	t.Helper()
	return NewStore(filepath.Join(t.TempDir(), "x.state.json"), "v1.0.0", disk)
}

func TestAStateComesBackAsItWasSaved(t *testing.T) {
	s, st := storeAt(t, OS{}), full()
	if err := s.Save(st); err != nil {
		t.Fatal(err)
	}
	got, err := s.Load()
	if err != nil {
		t.Fatal(err)
	}
	compact(t, st)
	compact(t, got)
	st.Checksum = got.Checksum // which only the file has
	if diff := cmp.Diff(st, got); diff != "" {
		t.Errorf("saved and loaded differ (-saved +loaded):\n%s", diff)
	}
	if got.Serial != 8 {
		t.Errorf("serial is %d, want 8: one more with every save", got.Serial)
	}
}

// The checksum is of what a file says, not of how it is indented, and anybody can compute it.
func TestAChecksumIsThatOfTheContent(t *testing.T) {
	s, st := storeAt(t, OS{}), full()
	st.Run.Undo[0].ByHand = []string{`curl -X PUT 'http://x/a?b=1&c=<"checksum":"">'`}
	if err := s.Save(st); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(s.Path())
	if err != nil {
		t.Fatal(err)
	}
	var flat bytes.Buffer
	if err := json.Compact(&flat, raw); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(s.Path(), append([]byte("\n  "), flat.Bytes()...), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := s.Load()
	if err != nil {
		t.Fatal(err)
	}
	bare := strings.Replace(flat.String(), got.Checksum, "", 1)
	if want := fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(bare))); got.Checksum != want {
		t.Errorf("got %s, want %s", got.Checksum, want)
	}
}

// compact takes the indentation out of raw fields.
func compact(t *testing.T, st *State) {
	t.Helper()
	for _, e := range append(st.Run.Steps, st.Run.Undo...) {
		raws := []*json.RawMessage{&e.Record, &e.Params}
		for i := range e.Rollback {
			raws = append(raws, &e.Rollback[i].Params)
		}
		for _, raw := range raws {
			if len(*raw) > 0 {
				*raw = json.RawMessage(strings.Join(strings.Fields(string(*raw)), ""))
			}
		}
	}
}

// sample is the file of a format: one of each is kept for ever.
func sample(version int) string {
	return filepath.Join("testdata", fmt.Sprintf("v%d.state.json", version))
}

// Every format that was ever written is read for ever.
func TestSamplesOfEveryFormatAreRead(t *testing.T) {
	if *update {
		raw, err := Encode(full())
		if err == nil {
			err = os.WriteFile(sample(Version), raw, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for v := 1; v <= Version; v++ {
		st, err := NewStore(sample(v), "test", OS{}).Load()
		if err != nil || st == nil {
			t.Fatalf("format %d: got %v, %v; want a state", v, st, err)
		}
		compact(t, st)
		want := full()
		want.Checksum = st.Checksum
		if v < 3 {
			want.Run.Worker, want.Run.Given, want.Run.VarsFile = nil, nil, "" // what it did not have
		}
		if v < 2 {
			want.Run.Edited, want.Checksum = nil, ""
		}
		if diff := cmp.Diff(want, st); diff != "" {
			t.Errorf("format %d: not the full state (-want +got):\n%s", v, diff)
		}
	}
}

// What an old program has saved goes on in the present format.
func TestAnOldStateIsSavedInThePresentFormat(t *testing.T) {
	raw, err := os.ReadFile(sample(1))
	if err != nil {
		t.Fatal(err)
	}
	s := storeAt(t, OS{})
	if err := os.WriteFile(s.Path(), raw, 0o600); err != nil {
		t.Fatal(err)
	}
	st, err := s.Load()
	if err == nil {
		err = s.Save(st)
	}
	if err != nil {
		t.Fatal(err)
	}
	if got, err := s.Load(); err != nil || got.Version != Version || got.Checksum == "" || got.Serial != 8 {
		t.Errorf("got %+v, %v; want format %d with a checksum, serial 8", got, err, Version)
	}
}

func TestWhatIsSavedFitsTheSchema(t *testing.T) {
	c := jsonschema.NewCompiler()
	c.AssertFormat = true
	if err := c.AddResource("state.json", strings.NewReader(string(schemas.State()))); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("state.json")
	if err != nil {
		t.Fatal(err)
	}
	small := &State{Runbook: "x", Run: &Run{ID: "r", Status: Running, Registries: map[string]Identity{}, Steps: []*Step{}}}
	for _, st := range []*State{full(), small} {
		s := storeAt(t, OS{})
		if err := s.Save(st); err != nil {
			t.Fatal(err)
		}
		raw, err := os.ReadFile(s.Path())
		if err != nil {
			t.Fatal(err)
		}
		var v any
		if err := json.Unmarshal(raw, &v); err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(v); err != nil {
			t.Errorf("%#v\n%s", err, raw)
		}
	}
}
