package steps

import (
	"context"
	"fmt"
	"time"
)

// patience is how long trouble has to last without a break before it counts: servers report errors that pass.
const patience = time.Minute

// broken is the failIf of a step that has none of its own.
func (w *watch) broken() error {
	s, name := w.seen.status, fmt.Sprintf("exporter %q on %s", w.Exporter, w.registry())
	lasted := func(kind string) bool {
		first, is := w.seen.trouble[kind]
		return is && w.seen.now.Sub(first) >= patience
	}
	switch {
	case lasted("ERROR"):
		return fmt.Errorf("%s has been in state ERROR for %s: %s%s", name, patience, orUntold(s.Trace), w.remedy())
	case lasted("trace"):
		return fmt.Errorf("%s reports an error in state %s, for %s by now: %s%s", name, s.State, patience, s.Trace, w.remedy())
	case lasted("PAUSED") && !w.pausedByRun():
		return fmt.Errorf("%s has stood PAUSED for %s and this run did not pause it; "+
			"find out who did, then run again: that resumes it", name, patience)
	}
	return nil
}

func orUntold(trace string) string {
	if trace == "" {
		return "the server does not say why; its log does"
	}
	return trace
}

// absent judges an exporter that is not there: one that this run has just created may take a moment to appear.
func (w *watch) absent() error {
	gone := fmt.Errorf("exporter %q is not on %s", w.Exporter, w.registry())
	if !w.createdByRun() || w.seen.looked {
		return gone
	}
	if w.seen.now.Sub(w.seen.began) >= patience {
		return fmt.Errorf("%w, %s after this run created it", gone, patience)
	}
	w.progress("the exporter has no status yet")
	return nil
}

// revive makes an exporter go on that an earlier attempt of this wait left standing.
func (w *watch) revive(ctx context.Context) error {
	if w.source == nil {
		return nil
	}
	st, err := w.source.ExporterStatus(ctx, w.Exporter)
	if err != nil {
		return nil // the first look meets it again, and judges it
	}
	if st.State != "ERROR" && (st.State != paused || w.pausedByRun()) {
		return nil
	}
	warn(w.env, fmt.Sprintf("resuming exporter %q, which stands in state %s", w.Exporter, st.State))
	err = w.source.ResumeExporter(ctx, w.Exporter)
	if isConflict(err) {
		return nil // it runs, or is about to
	}
	return err
}
