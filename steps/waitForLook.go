package steps

import (
	"context"
	"time"

	"github.com/srmigrate/srmigrate/internal/compare"
	"github.com/srmigrate/srmigrate/internal/condition"
	"github.com/srmigrate/srmigrate/internal/registry"
)

// lookAtExporter reports false where the exporter is not there yet.
func (w *watch) lookAtExporter(ctx context.Context, v *condition.View) (there bool, err error) {
	if w.source == nil {
		return true, nil
	}
	st, err := w.source.ExporterStatus(ctx, w.Exporter)
	if registry.NotFound(err, 40450) {
		return false, w.absent()
	}
	if err != nil {
		return false, err
	}
	v.Status = conditionStatus(st)
	before, first := w.seen.status, !w.seen.looked
	w.seen.sawStatus(st)
	if refusedWith(st.Trace) != 0 && refusedWith(before.Trace) == 0 {
		w.aim = w.aims(ctx)
	}
	w.noticeStatus(before, first)
	return true, nil
}

// wholeEvery is which of the looks is a full pass in any case: what changes where nothing differed shows in no other.
const wholeEvery = 10

// lookAtBoth compares. Whole makes it a full pass; otherwise it reads what differed in the look before, and what came.
func (w *watch) lookAtBoth(ctx context.Context, v *condition.View, whole bool) error {
	if w.Compare == nil {
		return nil
	}
	var all []compare.Difference
	way := w.compares.Look
	if whole {
		way = w.compares.Full
	}
	begun := time.Now()
	r, err := w.Compare.run(ctx, w.env, w.Exporter, way, compare.Options{
		Moving: true, Progress: counter(w.env, w.seen.began),
		OnDifference: func(d compare.Difference) error {
			if d.Level == compare.Fail {
				all = append(all, d)
			}
			return nil
		},
	})
	if err != nil {
		return err
	}
	if !r.Complete() {
		if err := w.readable(ctx); err != nil {
			return err
		}
	}
	w.result, v.Diff = r, diffOf(r)
	w.seen.saw(finding{complete: r.Complete(), whole: r.Whole(), all: all, fresh: w.compares.Fresh})
	if r.Complete() {
		w.pace.saw(w.seen.now, r.Scope.Versions-r.Missing)
	}
	if w.partial++; r.Whole() {
		w.partial, w.took = 0, time.Since(begun)
	}
	return nil
}

// wholeNext reports whether the next look has to be a full pass: there was none for long, or it is the last look before
// the time is up.
func (w *watch) wholeNext(ctx context.Context) bool {
	end, ends := ctx.Deadline()
	return w.partial+1 >= wholeEvery || ends && time.Until(end) <= w.every+w.took
}

// unproven reports whether the last look did not read everything.
func (w *watch) unproven() bool { return w.result != nil && !w.result.Whole() }

// prove has a full pass decide what a look seems to show. If there can be none, what the look ended with stands.
func (w *watch) prove(ctx context.Context, v *condition.View, seen error) (done bool, err error) {
	err = w.lookAtBoth(ctx, v, true)
	switch {
	case err == nil:
		return w.judge(v)
	case seen != nil:
		return false, seen
	}
	return false, err
}

// readable returns why a compare could not read a side, when the registry refuses everything.
func (w *watch) readable(ctx context.Context) error {
	for _, name := range []string{w.Compare.source(), w.Compare.target()} {
		c, err := w.env.Registry(name)
		if err != nil {
			return err
		}
		if _, err := c.Contexts(ctx); err != nil {
			return err
		}
	}
	return nil
}
