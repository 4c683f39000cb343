package steps

import (
	"time"

	"github.com/srmigrate/srmigrate/internal/compare"
	"github.com/srmigrate/srmigrate/internal/condition"
	"github.com/srmigrate/srmigrate/internal/registry"
)

// history is what this process has seen since the wait began. All of one look happens at the time now, however long it
// takes, so that a slow compare does not make its own findings old.
type history struct {
	began, now         time.Time
	exporter, compares bool

	status  condition.Status
	looked  bool                 // status is there
	changed map[string]time.Time // by field of the status: since when it has its value
	running time.Time            // since when the exporter runs without a trace; zero when it does not
	trouble map[string]time.Time // by kind: since when without a break

	compared    time.Time                // the first time that everything could be read; zero before
	whole       time.Time                // the last time that everything was read
	unknown     bool                     // the last compare could not read everything
	blind       time.Time                // since when there was no compare that could; zero if the last one could
	differences map[difference]time.Time // since when each is there
}

func conditionStatus(s registry.Status) condition.Status {
	return condition.Status{
		Name: s.Name, State: s.State, Offset: s.Offset, TS: s.TS, Trace: s.Trace, DeksOffset: s.DeksOffset, Retriable: s.Retriable,
	}
}

func statusFields(s condition.Status) map[string]any {
	return map[string]any{
		"name": s.Name, "state": s.State, "offset": s.Offset, "ts": s.TS, "trace": s.Trace,
		"deksOffset": s.DeksOffset, "retriable": s.Retriable,
	}
}

func (h *history) sawStatus(st registry.Status) {
	s := conditionStatus(st)
	if h.changed == nil {
		h.changed = map[string]time.Time{}
	}
	before := statusFields(h.status)
	for field, value := range statusFields(s) {
		if !h.looked || before[field] != value {
			h.changed[field] = h.now
		}
	}
	h.status, h.looked = s, true
	h.running = since(h.running, h.now, s.State == "RUNNING" && s.Trace == "")
	h.sawTrouble(s)
}

// sawTrouble starts a clock for each kind of trouble. What the server says it tries again by itself is none.
func (h *history) sawTrouble(s condition.Status) {
	now := map[string]bool{"ERROR": s.State == "ERROR", "trace": s.Trace != "", "PAUSED": s.State == "PAUSED"}
	trouble := map[string]time.Time{}
	for kind, is := range now {
		if is && !s.Retriable {
			trouble[kind] = since(h.trouble[kind], h.now, true)
		}
	}
	h.trouble = trouble
}

// since keeps the time from which something has been so.
func since(before, now time.Time, is bool) time.Time {
	switch {
	case !is:
		return time.Time{}
	case before.IsZero():
		return now
	}
	return before
}

// difference is what makes one the same in two compares.
type difference struct {
	kind, subject, target string
	version               int
}

// sawNothing notes a look that failed: what it would have found may be as old as that.
func (h *history) sawNothing() { h.blind = since(h.blind, h.now, true) }

// finding is what a compare told of the differences that fail.
type finding struct {
	complete bool // it could read what it wanted to
	whole    bool // that was everything
	all      []compare.Difference
	fresh    func(compare.Difference) bool // one that is new came since the look before
}

// saw keeps the age of differences that were there before. A version of a subject that was missing as a whole has been
// missing as long as that, and one that the look before could not have seen as long as since the last full pass. What a
// compare finds that could not read everything is not all there is.
func (h *history) saw(f finding) {
	if h.unknown = !f.complete; h.unknown {
		h.sawNothing()
		return // what was not looked at has not gone
	}
	h.compared = since(h.compared, h.now, true)
	began := since(h.blind, h.now, true)
	h.blind = time.Time{}
	before := h.differences
	h.differences = map[difference]time.Time{}
	for _, d := range f.all {
		key := difference{d.Kind, d.Subject, d.TargetSubject, d.Version}
		first := before[key]
		if d.Kind == compare.KindMissingVersion && first.IsZero() {
			first = before[difference{compare.KindMissingSubject, d.Subject, d.TargetSubject, 0}]
		}
		if first.IsZero() && !f.fresh(d) && h.whole.Before(began) {
			first = h.whole
		}
		h.differences[key] = since(first, began, true)
	}
	if f.whole {
		h.whole = h.now
	}
}

// changedAgo is how long a field of the status has had its value, as far as this process saw.
func (h *history) changedAgo(field string) time.Duration { return h.now.Sub(h.changed[field]) }

// caughtUp reports whether nothing has been left behind for d: the exporter ran all the time, and without a compare its
// offset stood still, with one no difference is that old. So it also holds while the source is being written to.
func (h *history) caughtUp(d time.Duration) bool {
	if h.exporter && (h.running.IsZero() || h.now.Sub(h.running) < d) {
		return false
	}
	if !h.compares {
		return h.changedAgo("offset") >= d
	}
	return !h.unknown && h.now.Sub(h.compared) >= d && !h.lagging(d)
}

func (h *history) lagging(d time.Duration) bool {
	for _, first := range h.differences {
		if h.now.Sub(first) >= d {
			return true
		}
	}
	return false
}
