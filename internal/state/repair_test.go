package state

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// saved is a store with two saves in it, the last of serial 9.
func saved(t *testing.T, disk Disk) *Store {
	t.Helper()
	s, st := storeAt(t, disk), full()
	if err := errors.Join(s.Save(st), s.Save(st)); err != nil {
		t.Fatal(err)
	}
	return s
}

// spoil changes the file of a store.
func spoil(t *testing.T, path string, f func([]byte) []byte) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, f(raw), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func half(raw []byte) []byte { return raw[:len(raw)/2] }

func edit(raw []byte) []byte {
	return bytes.Replace(raw, []byte(`"rollbackIncomplete"`), []byte(`"abandoned"`), 1)
}

func TestADiagnosisSaysWhatCanStillBeRead(t *testing.T) {
	for _, c := range []struct {
		name   string
		state  func([]byte) []byte
		kind   Kind
		serial int
		sense  bool
	}{
		{"fine", bytes.Clone, "", 0, true},
		{"cut off", half, Truncated, 9, false},
		{"empty", func([]byte) []byte { return nil }, Truncated, 0, false},
		{"altered", edit, Altered, 9, true},
		{"altered into nonsense", func(raw []byte) []byte { return bytes.Replace(raw, []byte(`"undo": [`), []byte(`"undo": [null,`), 1) }, Altered, 9, false},
		{"of something else", func([]byte) []byte { return []byte(`{"a": {"serial": 3}}`) }, Foreign, 0, false},
	} {
		s := saved(t, OS{})
		spoil(t, s.Path(), c.state)
		d, err := s.Diagnose()
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if d.Kind != c.kind || d.Serial != c.serial || (d.Content == nil && d.State != nil) != c.sense || d.Copy == nil || d.Copy.Serial != 9 || d.CopyErr != nil {
			t.Errorf("%s: got %+v, want kind %q, serial %d, sense %v, and the copy", c.name, d, c.kind, c.serial, c.sense)
		}
	}
}

func TestAStateThatIsGoneIsNotTakenForNone(t *testing.T) {
	s := saved(t, OS{})
	if err := os.Remove(s.Path()); err != nil {
		t.Fatal(err)
	}
	st, err := s.Load()
	if d, ok := errors.AsType[*Damage](err); !ok || d.Kind != Missing || st != nil {
		t.Errorf("load: got %v, %v; want it to be missed", st, err)
	}
	if there, err := s.Exists(); there || err == nil {
		t.Errorf("exists: got %v, %v; want it to be missed", there, err)
	}
	d, err := s.Diagnose()
	if err != nil || d.Kind != Missing || d.Copy == nil {
		t.Errorf("diagnosis: got %+v, %v", d, err)
	}
	if err := os.Remove(s.CopyPath()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Diagnose(); err == nil || !strings.Contains(err.Error(), "does not exist, nor does a copy of it") {
		t.Errorf("without a copy: got %v", err)
	}
}

func TestACopyThatIsNoneIsNamed(t *testing.T) {
	for want, f := range map[string]func([]byte) []byte{
		"is cut off: ": half,
		"is altered: ": edit,
		"has format 9": func(raw []byte) []byte { return bytes.Replace(raw, []byte(`"version": 3`), []byte(`"version": 9`), 1) },
	} {
		s := saved(t, OS{})
		spoil(t, s.Path(), half)
		spoil(t, s.CopyPath(), f)
		d, err := s.Diagnose()
		if err != nil || d.Copy != nil || d.CopyErr == nil || !strings.Contains(d.CopyErr.Error(), s.CopyPath()+" "+want) || strings.Contains(d.CopyErr.Error(), "repair") {
			t.Errorf("got %+v, %v; want no copy because it %s", d, err, want)
		}
	}
}

// Wherever a repair fails, the damaged file is still there under one of its names, and once more it works.
func TestAFailingDiskLosesNothingInARepair(t *testing.T) {
	for n := 0; ; n++ {
		d := &failing{n: -1}
		s := saved(t, d)
		spoil(t, s.Path(), half)
		damaged, err := os.ReadFile(s.Path())
		if err != nil {
			t.Fatal(err)
		}
		found, err := s.Diagnose()
		if err != nil {
			t.Fatal(err)
		}
		d.n, d.log = n, nil
		err = s.Repair(found, found.Copy, noon)
		st, lerr := s.Load()
		now, aside := contentOf(t, s.Path()), contentOf(t, s.AsidePath(noon))
		if !bytes.Equal(now, damaged) && !bytes.Equal(aside, damaged) {
			t.Errorf("operation %d (%q): the damaged file is lost", n, d.log)
		}
		if (err == nil) != (lerr == nil) && st == nil {
			t.Errorf("operation %d (%q): repair says %v, load says %v", n, d.log, err, lerr)
		}
		if err == nil && (st.Serial != 10 || s.Unkept() == nil && n < len(d.log)) {
			t.Errorf("operation %d (%q): serial %d, unkept %v", n, d.log, st.Serial, s.Unkept())
		}
		if n >= len(d.log) {
			if n < 14 {
				t.Errorf("%d operations failed in turn, of %q", n, d.log)
			}
			return
		}
	}
}

func contentOf(t *testing.T, path string) []byte {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return raw
}

func TestDifferencesAreNamedByPlace(t *testing.T) {
	was, is := full(), full()
	is.Run.Status, is.Run.Steps[0].Status, is.Run.Proof = Failed, StepFailed, ""
	is.Run.Steps = append(is.Run.Steps, &Step{ID: "late"})
	is.Run.Undo[0].Outputs["count"] = 4
	is.Run.Undo[0].ByHand = []string{strings.Repeat("x", 200)}
	want := []Difference{
		{"run.proof", `"identical"`, ""},
		{"run.status", `"rollbackIncomplete"`, `"failed"`},
		{"run.steps[freeze].status", `"succeeded"`, `"failed"`},
		{"run.steps[late]", "", `{"id":"late","intent":false,"status":"","type":""}`},
		{"run.undo[freeze.undo-1].byHand[0]", `"curl -X PUT …"`, `"` + strings.Repeat("x", 119) + "…"},
		{"run.undo[freeze.undo-1].outputs.count", "3", "4"},
	}
	if diff := cmp.Diff(want, Differences(was, is)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if d := Differences(was, full()); len(d) > 0 {
		t.Errorf("of the same: got %v", d)
	}
}
