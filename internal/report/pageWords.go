package report

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/state"
)

func icon(status string) string {
	switch state.StepStatus(status) {
	case state.StepSucceeded:
		return "done"
	case state.StepFailed:
		return "failed"
	case state.StepSkipped:
		return "skipped"
	case state.StepWaiting:
		return "waiting"
	case state.StepRunning:
		return "running"
	case state.StepBlocked:
		return "blocked"
	}
	return "pending"
}

func tone(status string) string {
	return map[string]string{
		"succeeded": "good", "failed": "bad", "blocked": "bad", "running": "running", "waiting": "waiting", "skipped": "waiting",
	}[status]
}

// statusWord is a status as a sentence has it.
func statusWord(status string) string {
	return cmp.Or(map[string]string{"succeeded": "done", "pending": "not reached"}[status], event.Words(status))
}

// levelWord says a level to those who do not see its colour.
func levelWord(level string) string {
	return map[string]string{
		"good": "Good", "waiting": "Not over", "warning": "Attention", "bad": "Failed", "running": "At work", "info": "Note", "critical": "Critical",
	}[level]
}

func placeName(place string) string {
	context, rest, ok := strings.Cut(strings.TrimPrefix(place, ":"), ":")
	switch {
	case place == "":
		return "default context"
	case place == ":.__GLOBAL:":
		return "whole registry"
	case strings.HasPrefix(place, ":") && ok && rest == "":
		return "context " + context
	}
	return place
}

func diffClass(line string) string {
	switch {
	case strings.HasPrefix(line, "+"):
		return "plus"
	case strings.HasPrefix(line, "-"):
		return "minus"
	}
	return ""
}

func stampOf(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return t.UTC().Format("2006-01-02 15:04:05") + " UTC"
}

func clock(t time.Time) string { return t.UTC().Format("15:04:05") }

// clockOf is a clock that tells the day, too, where a run took long.
func clockOf(e *Evidence) func(time.Time) string {
	if e.Run.Seconds < 20*3600 {
		return clock
	}
	return func(t time.Time) string { return t.UTC().Format("01-02 15:04") }
}

// spoken is a time in seconds as a person says it.
func spoken(seconds float64) string {
	d := time.Duration(seconds * float64(time.Second))
	switch {
	case d < 100*time.Millisecond:
		return "< 0.1 s"
	case d < time.Minute:
		return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + " s"
	case d < time.Hour:
		return fmt.Sprintf("%d min %d s", int(d.Minutes()), int(d.Seconds())%60)
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%d d %d h", int(d.Hours())/24, int(d.Hours())%24)
}

// commas writes 1234567 as 1,234,567.
func commas(n any) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
