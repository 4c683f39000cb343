package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/state"
	"github.com/srmigrate/srmigrate/runbook"
)

// errClosed is the cause with which the end of its window ends a run on its way forward.
var errClosed = errors.New("the window has closed")

func closed(ctx context.Context) bool {
	return ctx.Err() != nil && errors.Is(context.Cause(ctx), errClosed)
}

// bounded ends what goes forward with the window.
func (s *session) bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	if at := s.Runbook.Window.NotAfter; !at.IsZero() {
		return context.WithDeadlineCause(ctx, at, errClosed)
	}
	return context.WithCancel(ctx)
}

// admitted says why a run may not go forward now; begins is for a new one. A window that is not open yet is waited for
// where that was asked for.
func (s *session) admitted(ctx context.Context, begins bool) error {
	w := s.Runbook.Window
	if early := time.Until(w.NotBefore); early > 0 {
		if !s.wait {
			return fmt.Errorf("the window opens at %s, in %s; --wait waits for it", instant(w.NotBefore), span(early))
		}
		s.Emit(event.Window{Text: s.window(begins)})
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(early):
		}
	}
	if begins && over(w) {
		return &outsideError{"the window " + s.window(true)}
	}
	return nil
}

// An outsideError says that no run can begin, whatever is tried, before somebody sets another window.
type outsideError struct{ text string }

func (e *outsideError) Error() string { return e.text }

// over says whether no new run may begin in the window any more.
func over(w runbook.Window) bool { return gone(w.LastStart) || gone(w.NotAfter) }

func gone(at time.Time) bool { return !at.IsZero() && !time.Now().Before(at) }

// window is how the window stands, "" where there is none.
func (s *session) window(begins bool) string {
	w := s.Runbook.Window
	switch {
	case time.Now().Before(w.NotBefore):
		return fmt.Sprintf("opens at %s, in %s", instant(w.NotBefore), span(time.Until(w.NotBefore)))
	case gone(w.NotAfter) && begins:
		return fmt.Sprintf("closed at %s, %s ago; nothing begins in it any more", instant(w.NotAfter), span(time.Since(w.NotAfter)))
	case gone(w.NotAfter):
		return fmt.Sprintf("closed at %s, %s ago; the run %s", instant(w.NotAfter), span(time.Since(w.NotAfter)), s.missing())
	case gone(w.LastStart) && begins:
		return fmt.Sprintf("takes no new run after %s, %s ago", instant(w.LastStart), span(time.Since(w.LastStart)))
	case !w.NotAfter.IsZero():
		return fmt.Sprintf("is open until %s, for %s; then the run %s", instant(w.NotAfter), span(time.Until(w.NotAfter)), s.missing())
	case begins && !w.LastStart.IsZero():
		return fmt.Sprintf("takes new runs until %s", instant(w.LastStart))
	}
	return ""
}

// goesBack says whether the end of the window rolls a run back; otherwise it stops.
func (s *session) goesBack() bool {
	return s.Runbook.Window.OnMiss == runbook.Rollback && s.closedBy() == "" && !s.keep
}

// missing is what becomes of a run that the end of the window meets.
func (s *session) missing() string {
	if s.goesBack() {
		return "is rolled back"
	}
	return "stops, with what was done in place"
}

// miss ends a run whose window closed before e was done. Behind a point of no return it stops.
func (s *session) miss(ctx context.Context, e *state.Step) Result {
	why := fmt.Sprintf("the window closed at %s, before %s was done", instant(s.Runbook.Window.NotAfter), e.ID)
	s.withdraw(e, "the window has closed")
	s.state.Run.Failure = &state.Failure{Step: e.ID, Error: why}
	if s.goesBack() {
		s.because = why
		return s.beginRollback(ctx, undoList(s.state.Run, 0), RolledBack)
	}
	return s.stop(ctx, why+"; with a later notAfter it goes on")
}

func instant(t time.Time) string { return t.Format(time.RFC3339) }

// span is a time that a person waits.
func span(d time.Duration) string {
	switch {
	case d < time.Minute:
		return d.Round(time.Second).String()
	case d >= 48*time.Hour:
		return number(int(d/(24*time.Hour)), "day")
	}
	return spelled(d.Round(time.Minute))
}

// spelled is a duration as a person writes it: 50m, not 50m0s.
func spelled(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// plannedWindow is the window as a plan has it, nil for none.
func (s *session) plannedWindow(outlook Outlook) *PlannedWindow {
	w, begins := s.Runbook.Window, outlook == Begins
	if w.NotBefore.IsZero() && w.LastStart.IsZero() && w.NotAfter.IsZero() {
		return nil
	}
	p := &PlannedWindow{Over: begins && over(w)}
	for _, t := range []struct {
		at   time.Time
		text *string
	}{{w.NotBefore, &p.NotBefore}, {w.LastStart, &p.LastStart}, {w.NotAfter, &p.NotAfter}} {
		if !t.at.IsZero() {
			*t.text = instant(t.at)
		}
	}
	if p.NotAfter != "" {
		p.OnMiss = string(w.OnMiss)
	}
	if begins || outlook == GoesOn {
		p.Says = s.window(begins)
	}
	return p
}
