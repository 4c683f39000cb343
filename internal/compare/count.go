package compare

import (
	"context"
	"fmt"
	"slices"

	"github.com/srmigrate/srmigrate/internal/registry"
)

// A Count is how much a registry holds.
type Count struct {
	Subjects int `json:"subjects"`
	Versions int `json:"versions"`
}

// Counts counts live subjects and versions in the contexts, or in all of them
// when none are given, as carefully as Run reads. What comes or goes meanwhile
// counts or does not.
func Counts(ctx context.Context, c *registry.Client, contexts []string) (Count, error) {
	t, err := newKeyReader(c, false).table(ctx)
	if err != nil {
		return Count{}, err
	}
	contexts = normalContexts(contexts)
	n := Count{}
	for subject, versions := range t {
		context, _ := SplitSubject(subject)
		if len(contexts) == 0 || slices.Contains(contexts, context) {
			n.Subjects++
			n.Versions += len(versions)
		}
	}
	return n, nil
}

// A Key names a version.
type Key struct {
	Subject string
	Version int
}

// Keys gives every version to each, in order, and tells the soft-deleted ones,
// which come only if deleted is set. An error from each ends it. What comes or
// goes meanwhile is given or not, and what stays is given.
func Keys(ctx context.Context, c *registry.Client, deleted bool, each func(k Key, deleted bool) error) error {
	r := newKeyReader(c, true, false)
	r.deleted = deleted
	all, err := r.table(ctx)
	if err != nil {
		return err
	}
	live := all
	if r.deleted = false; deleted {
		// After all of them: what comes in between is not taken for deleted.
		if live, err = r.table(ctx); err != nil {
			return err
		}
	}
	for _, subject := range all.subjects() {
		for _, v := range all[subject] {
			if err := each(Key{subject, v.version}, !live.has(row{subject: subject, held: v})); err != nil {
				return err
			}
		}
	}
	return nil
}

// newKeyReader makes a reader that keeps no content.
func newKeyReader(c *registry.Client, still ...bool) *reader {
	return &reader{c: c, still: still, holder: &holder{keys: true}}
}

// table is read for callers that want all of it, and do not say which registry
// it was.
func (r *reader) table(ctx context.Context) (table, error) {
	sink := &tableSink{}
	r.sink = sink
	err := r.read(ctx)
	if isMoved(err) {
		err = fmt.Errorf("%s %w", r.c.URL(), err)
	}
	return sink.t, err
}
