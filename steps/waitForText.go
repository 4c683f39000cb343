package steps

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/srmigrate/srmigrate/internal/event"
)

// progress tells what the look saw.
func (w *watch) progress(text string) {
	p := event.StepProgress{ID: w.env.StepID, Text: text}
	if w.seen.looked {
		p.State, p.Offset, p.Trace = w.seen.status.State, w.seen.status.Offset, w.seen.status.Trace
	}
	if r := w.result; r != nil && r.Complete() {
		p.Done, p.Of = r.Scope.Versions-r.Missing, r.Scope.Versions
	}
	p.Repeated = p == w.shown
	w.shown = p
	w.shown.Repeated = false
	p.Elapsed = w.seen.now.Sub(w.seen.began)
	if p.Done < p.Of && w.skipped == nil { // of a registry that does not answer nobody knows how long it takes
		p.Rate, p.Left = w.pace.rate(), w.pace.left(p.Of)
	}
	if w.env.Emit != nil {
		w.env.Emit(p)
	}
}

// text is the last observation in a line.
func (w *watch) text() string {
	var parts []string
	if w.seen.looked {
		s := w.seen.status
		parts = append(parts, fmt.Sprintf("exporter %s at offset %d", s.State, s.Offset))
		if s.Trace != "" {
			parts = append(parts, "trace: "+s.Trace)
		}
	}
	if w.result != nil {
		parts = append(parts, w.result.Summary())
	}
	if len(parts) == 0 {
		return cmp.Or(w.goal.Explain(w.view), w.until())
	}
	return strings.Join(parts, "; ")
}

// glance is the last observation as a log repeats it: while a first copy goes on, what differs is what is not there yet.
func (w *watch) glance() string {
	if r := w.result; r == nil || !r.Complete() || w.seen.status.State != "STARTING" {
		return w.text()
	}
	text := fmt.Sprintf("exporter STARTING at offset %d", w.seen.status.Offset)
	if trace := w.seen.status.Trace; trace != "" {
		text += "; trace: " + trace
	}
	return text + fmt.Sprintf("; %d of %d versions copied", w.result.Scope.Versions-w.result.Missing, w.result.Scope.Versions)
}

// unmet is the error of a wait whose time is up.
func (w *watch) unmet(err error) error {
	if w.view == nil {
		return fmt.Errorf("until %s: nothing could be seen%s: %w", w.goal, w.why(), err)
	}
	text := w.text()
	if values := w.goal.Explain(w.view); values != "" && values != text {
		text += "; " + values
	}
	return fmt.Errorf("until %s does not hold; last seen: %s%s%s: %w", w.goal, text, w.remedy(), w.why(), err)
}

// why tells of the looks since that failed, and of what differs.
func (w *watch) why() string {
	text := ""
	if w.result != nil {
		text = firstDifferences(w.result)
	}
	if w.skipped != nil {
		text += "; the last look failed: " + strings.ReplaceAll(w.skipped.Error(), "\n", "; ")
	}
	return text
}

// outputs are what the run keeps of a wait, whether its condition came to hold or not.
func (w *watch) outputs() Outputs {
	out := Outputs{}
	if w.view == nil {
		return out
	}
	out["text"] = w.text()
	if w.seen.looked {
		out["state"], out["offset"] = w.seen.status.State, w.seen.status.Offset
	}
	if w.result != nil {
		verdict(out, w.result)
		if n := w.pace.perMinute(); n > 0 {
			out[copiedPerMinute] = n
		}
	}
	return out
}
