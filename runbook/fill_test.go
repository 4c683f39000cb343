package runbook

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/srmigrate/srmigrate/steps"
)

func lateStep(t *testing.T) Step {
	t.Helper()
	abs, _ := filepath.Abs("testdata/good/late.yaml")
	rb, problems := loadFile(t, abs, fixtures)
	if len(problems) > 0 {
		t.Fatalf("got problems:\n%s", text(problems))
	}
	return rb.Steps[1]
}

func TestFilled(t *testing.T) {
	st := lateStep(t)
	filled, err := st.Filled(func(path string) (string, error) { return "<" + path + ">", nil })
	want := "run <run.id>${x} $: ${{ run.id }} made it: <steps.start.outputs.created>"
	if err != nil || filled.Step.(*assertThat).Message != want {
		t.Errorf("got  %q, %v\nwant %q", filled.Step.(*assertThat).Message, err, want)
	}
	if filled.Digest != st.Digest || st.Step.(*assertThat).Message == want {
		t.Error("the step itself, or its digest, has changed")
	}
}

func TestFilledFromAState(t *testing.T) {
	st := Rearmed(Step{Type: "assert"}, []byte(`{"that":"true","message":"${{ run.id }}"}`), map[string][]string{"/message": {"", "run.id", ""}})
	filled, err := st.Filled(func(path string) (string, error) { return "<" + path + ">", nil })
	if made, ok := filled.Step.(*steps.Assert); err != nil || !ok || made.Message != "<run.id>" {
		t.Errorf("got %+v, %v", filled.Step, err)
	}
}

func TestFilledIsCheckedAgain(t *testing.T) {
	cases := map[string]struct {
		value, want string
		err         error
	}{
		"the schema": {value: "why?", want: "message: with what was put in: must not ask"},
		"no value":   {err: errors.New("it was skipped"), want: "message: it was skipped"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := lateStep(t).Filled(func(string) (string, error) { return c.value, c.err })
			if err == nil || err.Error() != c.want {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

func TestLateReferencesAreDigested(t *testing.T) {
	written := lateStep(t)
	literal := written
	literal.Late = nil
	literal.seal()
	if literal.Digest == written.Digest {
		t.Error("a reference and a text that looks like one have the same digest")
	}
}
