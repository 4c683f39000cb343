package steps

import (
	"cmp"
	"fmt"
	"time"

	"github.com/srmigrate/srmigrate/internal/condition"
	"github.com/srmigrate/srmigrate/internal/event"
)

// steady is how long an offset stands still before it is called so. It is no proof of anything: an offset does not
// move where nothing is written.
const steady = 30 * time.Second

// notices is what has been told already.
type notices struct {
	steady   int64 // the offset that was last called steady
	told     bool  // steady is one
	mismatch bool  // that something is missing at this offset
}

func (w *watch) notice(severity event.Severity, about, format string, args ...any) {
	if w.env.Emit != nil {
		w.env.Emit(event.Noticed{ID: w.env.StepID, Severity: severity, About: about, Text: fmt.Sprintf(format, args...)})
	}
}

// noticeStatus tells what has changed of the exporter since the look before; first says that there was none.
func (w *watch) noticeStatus(before condition.Status, first bool) {
	now := w.seen.status
	switch {
	case first && now.State == "ERROR":
		w.notice(event.Critical, "state", "exporter %q is in state %s", w.Exporter, now.State)
	case !first && now.State != before.State:
		w.notice(w.gravity(now.State), "state", "exporter %q: %s -> %s", w.Exporter, before.State, now.State)
	}
	switch {
	case now.Trace == before.Trace:
	case now.Trace == "":
		w.notice(event.Info, "trace", "exporter %q does not report its error any more", w.Exporter)
	case now.Retriable:
		w.notice(event.Warning, "trace", "exporter %q reports an error that it tries again: %s%s", w.Exporter, now.Trace, w.remedy())
	default:
		w.notice(event.Critical, "trace", "exporter %q reports an error in state %s: %s%s", w.Exporter, now.State, now.Trace, w.remedy())
	}
}

// gravity is how bad it is that an exporter comes to be in a state.
func (w *watch) gravity(state string) event.Severity {
	switch {
	case state == "ERROR":
		return event.Critical
	case state == "UNASSIGNED", state == paused && !w.pausedByRun():
		return event.Warning
	}
	return event.Info
}

// noticeDark warns when no look has succeeded for as long as nothing may move.
func (w *watch) noticeDark(err error) {
	w.dark = since(w.dark, w.seen.now, true)
	dark := w.seen.now.Sub(w.dark)
	if dark < cmp.Or(w.stall, defaultStall) {
		return
	}
	w.dark = w.seen.now // to say so again, as long as nothing can be seen
	w.notice(event.Warning, "stall", "nothing could be seen for %s, and the wait goes on: %v", dark.Round(time.Second), err)
}

// noticeOffset tells once when the offset of a running exporter has come to stand still, and once when something is
// missing although it has for a while.
func (w *watch) noticeOffset() {
	s := w.seen.status
	if !w.seen.looked || w.seen.running.IsZero() {
		return
	}
	if w.notices.told && w.notices.steady != s.Offset {
		w.notice(event.Info, "offset", "the offset of exporter %q moves again: %d -> %d", w.Exporter, w.notices.steady, s.Offset)
		w.notices = notices{}
	}
	still := min(w.seen.changedAgo("offset"), w.seen.now.Sub(w.seen.running))
	if !w.notices.told && still >= steady {
		w.notices.told, w.notices.steady = true, s.Offset
		w.notice(event.Info, "offset", "the offset of exporter %q is steady at %d", w.Exporter, s.Offset)
	}
	if r := w.result; r != nil && r.Complete() && r.Total() > 0 && !w.notices.mismatch && still >= patience && w.seen.lagging(patience) {
		w.notices.mismatch = true
		w.notice(event.Warning, "mismatch", "the offset of exporter %q has been steady at %d for %s, and still %s%s",
			w.Exporter, s.Offset, still.Round(time.Second), r.Summary(), firstDifferences(r))
	}
}
