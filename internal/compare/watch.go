package compare

import (
	"context"
	"errors"
	"slices"

	"github.com/srmigrate/srmigrate/internal/registry"
)

// A Watch compares two registries again and again. A full pass reads all of
// both, as Run does. A look goes on from the last one: it asks for the names of
// all subjects, and reads those that came and those with a difference that
// fails. What changes in a subject that was the same it does not see, so that it
// never says identical. The zero Watch has nothing to go on from.
type Watch struct {
	last      *diff     // of the last full pass and the looks since
	unsettled unsettled // what the next look reads
	// Target subjects that the last look but one, and the last, read on both
	// sides; nil stands for all of them.
	before, read map[string]bool
}

// What is unsettled is read again: subjects, by side.
type unsettled [2]map[string]bool

// Full reads everything.
func (w *Watch) Full(ctx context.Context, source, target *registry.Client, o Options) (*Result, error) {
	w.last = nil
	found := unsettled{{}, {}}
	o, err := found.from(o)
	if err != nil {
		return nil, err
	}
	d := newDiff(o, source, target)
	d.agreed = map[string]map[placePair]bool{}
	d.read(ctx)
	r, err := d.tell(ctx)
	if err != nil || !r.Complete() {
		return r, err
	}
	w.last, w.unsettled = d, found
	w.before, w.read = w.read, nil
	return r, nil
}

// Look reads again what may have become the same, and what came and went. Where
// there is nothing to go on from it is a full pass; so it is where soft-deleted
// versions count, which not every server tells apart in what is read of them.
func (w *Watch) Look(ctx context.Context, source, target *registry.Client, o Options) (*Result, error) {
	d, found := w.last, unsettled{{}, {}}
	watched, err := found.from(o)
	switch {
	case err != nil:
		return nil, err
	case d == nil || watched.Check["deleted"] != Off || !d.m.is(o.mapping()):
		return w.Full(ctx, source, target, o)
	}
	d.anew(watched, source, target)
	read, err := d.readAgain(ctx, w.unsettled)
	switch {
	case errors.Is(d.source.err, errMuch), errors.Is(d.target.err, errMuch):
		return w.Full(ctx, source, target, o)
	case err != nil:
		w.last = nil // some subjects are half forgotten
	}
	r, err := d.tell(ctx)
	if err != nil || !r.Complete() {
		return r, err
	}
	w.unsettled = found
	w.before, w.read = w.read, read
	return r, nil
}

// Fresh reports whether a difference that is new in the last look came after the
// one before. In a subject that was not read then it may be as old as the last
// full pass.
func (w *Watch) Fresh(v Difference) bool {
	if v.Kind == KindMissingSubject || v.Kind == KindExtraSubject {
		return true // each look asks for the names
	}
	return w.before == nil || w.before[v.TargetSubject]
}

// from completes the options so that what is found is noted.
func (u unsettled) from(o Options) (Options, error) {
	o, err := o.complete()
	if err != nil {
		return o, err
	}
	tell := o.OnDifference
	o.OnDifference = func(v Difference) error {
		if v.Level == Fail && v.isOfContent() {
			u[atSource][v.Subject], u[atTarget][v.TargetSubject] = true, true
		}
		return tell(v)
	}
	return o, nil
}

// isOfContent reports whether the versions of a subject have to be read to see
// that the difference is gone. For others names are enough, or settings.
func (v Difference) isOfContent() bool {
	return !slices.Contains([]string{KindMissingSubject, KindExtraSubject, KindOutside, KindCompatibility, KindMode}, v.Kind)
}

// is reports whether both mean the same.
func (m Mapping) is(o Mapping) bool {
	return m.contextType() == o.contextType() && NormalContext(m.Context) == NormalContext(o.Context) &&
		m.RenameFormat == o.RenameFormat && slices.Equal(m.patterns(), o.patterns())
}
