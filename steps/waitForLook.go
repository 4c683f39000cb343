package steps

import (
	"context"

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
	w.noticeStatus(before, first)
	return true, nil
}

func (w *watch) lookAtBoth(ctx context.Context, v *condition.View) error {
	if w.Compare == nil {
		return nil
	}
	var all []compare.Difference
	r, err := w.Compare.run(ctx, w.env, w.Exporter, compare.Options{Moving: true, OnDifference: func(d compare.Difference) error {
		if d.Level == compare.Fail {
			all = append(all, d)
		}
		return nil
	}})
	if err != nil {
		return err
	}
	if !r.Complete() {
		if err := w.readable(ctx); err != nil {
			return err
		}
	}
	w.result, v.Diff = r, diffOf(r)
	w.seen.sawDifferences(r.Complete(), all)
	if r.Complete() {
		w.pace.saw(w.seen.now, r.Scope.Versions-r.Missing)
	}
	return nil
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
