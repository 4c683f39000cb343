package report

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/srmigrate/srmigrate/internal/event"
)

const again = "\r\x1b[K"

func TestTheLiveLineFitsItsWindow(t *testing.T) {
	for _, c := range []struct {
		width int
		want  string
	}{
		{81, "wait      a: RUNNING"}, {80, "a: RUNNING"}, {11, "a: RUNNING"}, {8, "a: RUN…"}, {2, "…"}, {1, ""}, {0, ""},
	} {
		var out strings.Builder
		text := &Text{Out: &out, Redact: plain, Live: &Live{Out: &out, Width: func() int { return c.width }}}
		text.Sink(event.StepProgress{ID: "a", Text: "RUNNING"})
		if got := out.String(); got != again+c.want {
			t.Errorf("width %d: got %q, want %q", c.width, got, again+c.want)
		}
	}
}

func TestTheLiveLineIsOneLine(t *testing.T) {
	var out strings.Builder
	text := &Text{Out: &out, Redact: plain, Live: &Live{Out: &out, Width: func() int { return 81 }}}
	text.Sink(event.StepProgress{ID: "a", Text: "one\ntwo"})
	if strings.Contains(out.String(), "\n") {
		t.Errorf("got %q, want no line break", out.String())
	}
}

// A lasting line takes the live line's place, and leaves nothing of it.
func TestTheLiveLineIsClearedBeforeLines(t *testing.T) {
	var out strings.Builder
	text := &Text{Out: &out, Redact: plain, Live: &Live{Out: &out, Width: func() int { return 81 }}}
	for _, e := range []event.Event{
		event.StepStarted{ID: "a", Text: "x"},
		event.StepProgress{ID: "a", Text: "1"},
		event.StepProgress{ID: "a", Text: "2"},
		event.StepDone{ID: "a", Text: "y"},
		event.StepDone{ID: "b", Text: "z"},
	} {
		text.Sink(e)
	}
	want := "start     a: x\n" + again + "wait      a: 1" + again + "wait      a: 2" + again + "done      a: y\ndone      b: z\n"
	if got := out.String(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Without a terminal, unchanged progress is told every so often, and changed progress at once.
func TestUnchangedProgressIsQuiet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		text := &Text{Out: &out, Redact: plain, Quiet: time.Minute}
		wait := func(id, what string, repeated bool) {
			text.Sink(event.StepProgress{ID: id, Text: what, Repeated: repeated})
			time.Sleep(10 * time.Second)
		}
		wait("a", "1", false)
		for range 6 {
			wait("a", "1", true)
		}
		wait("a", "2", false)
		wait("b", "2", true)
		want := "wait      a: 1\nwait      a: 1\nwait      a: 2\nwait      b: 2\n"
		if got := out.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}
