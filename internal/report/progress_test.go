package report

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/srmigrate/srmigrate/internal/event"
)

var copying = event.StepProgress{
	ID: "first-copy", Text: "long", State: "STARTING", Offset: 298, Done: 247, Of: 819, Rate: 81.6, Left: 7 * time.Second, Elapsed: 62 * time.Second,
}

// The narrower the window, the less is told, what matters least first.
func TestTheLiveLineLeavesOutWhatMattersLeast(t *testing.T) {
	for _, c := range []struct {
		width int
		want  string
	}{
		{120, "wait      first-copy: STARTING  offset 298  247 of 819 versions  82 versions/s  about 7s left  1m2s"},
		{90, "wait      first-copy: STARTING  offset 298  247 of 819 versions  about 7s left  1m2s"},
		{80, "wait      first-copy: STARTING  247 of 819 versions  about 7s left  1m2s"},
		{79, "first-copy: STARTING  offset 298  247 of 819 versions  about 7s left  1m2s"},
		{63, "first-copy: STARTING  247 of 819 versions  about 7s left  1m2s"},
		{60, "first-copy: STARTING  247 of 819 versions  about 7s left"},
		{50, "first-copy: STARTING  247 of 819 versions"},
		{20, "first-copy: STARTING"},
	} {
		if got := glimpse(copying, c.width); got != c.want {
			t.Errorf("width %d: got %q, want %q", c.width, got, c.want)
		}
	}
}

func TestATraceIsShownAsFarAsItFits(t *testing.T) {
	p := copying
	p.State, p.Trace = "ERROR", "no route to target, and "+strings.Repeat("much more ", 20)
	var out strings.Builder
	text := &Text{Out: &out, Redact: plain, Live: &Live{Out: &out, Width: func() int { return 80 }}}
	text.Sink(p)
	got := strings.TrimPrefix(out.String(), again)
	if !strings.Contains(got, "trace: no route") || utf8.RuneCountInString(got) != 79 {
		t.Errorf("got %q, want the state and as much of the trace as fits", got)
	}
}

// A log of a copy that takes six hours is for reading.
func TestALongWaitIsToldMoreAndMoreSeldom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		text := &Text{Out: &out, Redact: plain, Quiet: time.Minute}
		var first int
		for elapsed := time.Duration(0); elapsed < 6*time.Hour; elapsed += 10 * time.Second {
			text.Sink(event.StepProgress{ID: "a", Text: "moving", Elapsed: elapsed})
			time.Sleep(10 * time.Second)
			if elapsed < 3*time.Minute {
				first = strings.Count(out.String(), "\n")
			}
		}
		if all := strings.Count(out.String(), "\n"); first < 15 || all < 300 || all > 450 {
			t.Errorf("got %d lines in three minutes and %d in six hours, want one a look at first and one a minute later", first, all)
		}
	})
}
