package steps

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/srmigrate/srmigrate/internal/compare"
	"github.com/srmigrate/srmigrate/internal/condition"
	"github.com/srmigrate/srmigrate/internal/event"
)

// defaultStall is after how long a wait that compares, and so knows that something is missing, warns by itself.
const defaultStall = 5 * time.Minute

// stillness is since when nothing has moved.
type stillness struct {
	since    time.Time
	status   condition.Status
	counted  bool
	versions int // on the target, once counted
}

// stalled looks for movement on both sides, and warns or fails when there is none for too long. A first copy reports
// STARTING for hours and nothing else, so that state is never a stall.
func (w *watch) stalled(ctx context.Context) error {
	if w.stall == 0 {
		return nil
	}
	s := w.seen.status
	if w.still.since.IsZero() || s != w.still.status || s.State == "STARTING" {
		w.still = stillness{since: w.seen.now, status: s}
		return nil
	}
	if err := w.countStill(ctx); err != nil {
		return err
	}
	if !w.standing() {
		return nil
	}
	still := w.seen.now.Sub(w.still.since)
	w.still.since = w.seen.now // to say so again, as long as nothing moves
	text := fmt.Sprintf("nothing has moved for %s: %s", still.Round(time.Second), w.text())
	if w.OnStall == "fail" {
		return errors.New(text)
	}
	w.notice(event.Warning, "stall", "%s", text)
	return nil
}

// standing reports whether nothing has moved for too long, as far as the last look shows. An exporter with nothing to do
// stands still, too.
func (w *watch) standing() bool {
	return w.stall > 0 && !w.still.since.IsZero() && w.seen.status == w.still.status &&
		w.seen.now.Sub(w.still.since) >= w.stall && (w.StallAfter != "" || w.result.Missing > 0)
}

// countStill begins anew when the target has got or lost versions. Without a compare a count is a listing of the whole
// registry, so there is one when the status begins to stand still, and one before that is called a stall.
func (w *watch) countStill(ctx context.Context) error {
	due := w.seen.now.Sub(w.still.since) >= w.stall
	if w.Compare == nil && w.still.counted && !due {
		return nil
	}
	n, err := w.versions(ctx)
	if err != nil {
		return err
	}
	if w.still.counted && n != w.still.versions {
		w.still.since = w.seen.now
	}
	w.still.counted, w.still.versions = true, n
	return nil
}

// versions counts what is on the target; 0 where it is not known which registry that is.
func (w *watch) versions(ctx context.Context) (int, error) {
	if r := w.result; r != nil {
		return versionsThere(r, w.still.versions), nil
	}
	name := "target"
	if r, ok := w.created(); ok {
		name = r.Target
	}
	target, ok := w.env.Registries[name]
	if !ok || name == w.registry() {
		return 0, nil
	}
	n, err := counts(ctx, target)
	return n.Versions, err
}

// versionsThere is what a compare found of the source's versions on the target, and before what it could not read.
func versionsThere(r *compare.Result, before int) int {
	if !r.Complete() {
		return before
	}
	return r.Scope.Versions - r.Missing + r.Extra
}
