package state

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var asked = &Question{ID: "q1", Since: noon, Digest: "d", Message: "Go?"}

func answerBy(who string, d Decision) Answer {
	return Answer{Run: "r", Step: "go", Question: "q1", Digest: "d", Decision: d, By: who, At: noon}
}

func TestAnAnswerIsReadAsItWasGiven(t *testing.T) {
	s := storeAt(t, OS{})
	if a, err := s.Answer("r", "go", asked); a != nil || err != nil {
		t.Errorf("before: got %v, %v; want none", a, err)
	}
	want := answerBy("jane", Approved)
	want.Comment = "fine"
	if err := s.Reply(asked, want); err != nil {
		t.Fatal(err)
	}
	got, err := s.Answer("r", "go", asked)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(&want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if a, err := s.Answer("r", "go", &Question{ID: "q2", Digest: "d"}); a != nil || err != nil {
		t.Errorf("of another question: got %v, %v; want none", a, err)
	}
}

func TestTheFirstOfManyAnswersCounts(t *testing.T) {
	s := storeAt(t, OS{})
	errs := make([]error, 20)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() { errs[i] = s.Reply(asked, answerBy(fmt.Sprint("p", i), Approved)) })
	}
	wg.Wait()
	first, err := s.Answer("r", "go", asked)
	if err != nil {
		t.Fatal(err)
	}
	won := 0
	for i, err := range errs {
		if err == nil {
			won++
			if first.By != fmt.Sprint("p", i) {
				t.Errorf("p%d was told that it counts, and %s stands there", i, first.By)
			}
			continue
		}
		if e, ok := errors.AsType[*AnsweredError](err); !ok || e.Answer.By != first.By {
			t.Errorf("p%d: got %v, want to be told of %s", i, err, first.By)
		}
	}
	if won != 1 {
		t.Errorf("%d answers count, want 1", won)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(s.Path()), "*")); len(left) != 1 {
		t.Errorf("there is %q, want the answer alone", left)
	}
}

func TestAnAnswerThatIsNoneIsNamed(t *testing.T) {
	for name, content := range map[string]string{
		"empty":                   "",
		"cut off":                 `{"run": "r", "step": "go", "quest`,
		"of another run":          `{"run":"x","step":"go","question":"q1","digest":"d","decision":"approved","by":"j","at":"2026-03-01T12:00:00Z"}`,
		"of another digest":       `{"run":"r","step":"go","question":"q1","digest":"x","decision":"approved","by":"j","at":"2026-03-01T12:00:00Z"}`,
		"by nobody":               `{"run":"r","step":"go","question":"q1","digest":"d","decision":"approved","at":"2026-03-01T12:00:00Z"}`,
		"neither yes nor no":      `{"run":"r","step":"go","question":"q1","digest":"d","decision":"ok","by":"j","at":"2026-03-01T12:00:00Z"}`,
		"with more than it knows": `{"run":"r","step":"go","question":"q1","digest":"d","decision":"approved","by":"j","at":"2026-03-01T12:00:00Z","x":1}`,
	} {
		s := storeAt(t, OS{})
		path := s.SidePath("approval.go.q1.json")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		a, err := s.Answer("r", "go", asked)
		e, ok := errors.AsType[*Error](err)
		if a != nil || !ok || e.Path != path || !strings.Contains(err.Error(), "is damaged: ") {
			t.Errorf("%s: got %v, %v; want an *Error of %s", name, a, err, path)
		}
	}
}

// Wherever it fails, there is a whole answer or none.
func TestAFailingDiskLeavesAWholeAnswerOrNone(t *testing.T) {
	for n := 0; ; n++ {
		d := &failing{n: n}
		s := storeAt(t, d)
		err := s.Reply(asked, answerBy("jane", Approved))
		if err == nil {
			if n < 6 {
				t.Errorf("%d operations failed in turn, of %q", n, d.log)
			}
			return
		}
		if !strings.Contains(err.Error(), errFull.Error()) {
			t.Errorf("operation %d (%q): got %v, want %q", n, d.log, err, errFull)
		}
		if _, err := s.Answer("r", "go", asked); err != nil {
			t.Errorf("operation %d (%q): what is there cannot be read: %v", n, d.log, err)
		}
	}
}

func TestAWaitingStepHasAsked(t *testing.T) {
	const missing = "step freeze waits, and what it asked is missing"
	const other = "step freeze has the answer to another question"
	for _, c := range []struct {
		want   string
		change func(*Step)
	}{
		{missing, func(e *Step) { e.Status, e.Asked, e.Answer = StepWaiting, nil, nil }},
		{other, func(e *Step) { e.Asked.ID = "q2" }},
		{other, func(e *Step) { e.Asked = nil }},
		{other, func(e *Step) { e.Answer.Decision = "maybe" }},
	} {
		s, st := storeAt(t, OS{}), full()
		c.change(st.Run.Steps[0])
		if err := s.Save(st); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("saved: got %v, want %q", err, c.want)
		}
		raw, err := Encode(st)
		if err == nil {
			err = os.WriteFile(s.Path(), raw, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Load(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("loaded: got %v, want %q", err, c.want)
		}
	}
}

// Where a file system has no second names, the first answer counts all the same.
func TestACopyDoesNotReplaceAFile(t *testing.T) {
	dir := t.TempDir()
	from, to := filepath.Join(dir, "from"), filepath.Join(dir, "to")
	if err := os.WriteFile(from, []byte("first"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := copyTo(from, to); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(from, []byte("second"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := copyTo(from, to); !errors.Is(err, fs.ErrExist) {
		t.Errorf("got %v, want fs.ErrExist", err)
	}
	if raw, err := os.ReadFile(to); err != nil || string(raw) != "first" {
		t.Errorf("got %q, %v; want the first", raw, err)
	}
}
