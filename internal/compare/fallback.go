package compare

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/srmigrate/srmigrate/internal/registry"
)

// concurrency is how many requests run at a time where there is one per subject.
const concurrency = 8

// whole reads the listing in one request without any parameter, as servers
// without prefixes and pages have it. As it may be capped all the same, every
// subject's list of versions has to agree.
func (r *reader) whole(ctx context.Context) (table, error) {
	t := table{}
	page, err := r.page(ctx, registry.SchemaQuery{Deleted: r.deleted})
	if err != nil {
		return nil, err
	}
	names, err := r.names(ctx)
	if err != nil {
		return nil, err
	}
	if t.add(page) < len(page) || t.differs(names) != "" {
		return r.bySubject(ctx)
	}
	agree, err := r.agrees(ctx, t)
	if err != nil || agree {
		return t, err
	}
	return r.bySubject(ctx)
}

// agrees asks for each subject's versions and compares them with the table.
func (r *reader) agrees(ctx context.Context, t table) (bool, error) {
	var mu sync.Mutex
	agree := true
	err := each(ctx, t.subjects(), func(ctx context.Context, _ int, subject string) error {
		vs, err := r.c.Versions(ctx, subject, r.deleted)
		if err != nil && !registry.NotFound(err) {
			return err
		}
		slices.Sort(vs)
		same := slices.EqualFunc(vs, t[subject], func(v int, r record) bool { return v == r.version })
		mu.Lock()
		defer mu.Unlock()
		agree = agree && same
		return nil
	})
	return agree, err
}

// bySubject reads one version after the other. If a listed one is gone by
// then, or the list is another one afterwards, somebody is writing.
func (r *reader) bySubject(ctx context.Context) (table, error) {
	names, err := r.names(ctx)
	if err != nil {
		return nil, err
	}
	t := table{}
	if _, err := r.fill(ctx, t, names); err != nil {
		return nil, err
	}
	again, err := r.names(ctx)
	if err != nil {
		return nil, err
	}
	reason := fmt.Sprintf("GET /subjects named %d subjects, then %d", len(names), len(again))
	if !slices.Equal(names, again) {
		if err := r.move(reason); err != nil {
			return nil, err
		}
	}
	return t, r.settle(ctx, t, again, reason)
}

// fill adds the subjects' versions to the table, and returns why it could not,
// by subject, where one that was named is not there.
func (r *reader) fill(ctx context.Context, t table, subjects []string) (gone map[string]string, err error) {
	var mu sync.Mutex
	gone = map[string]string{}
	err = each(ctx, subjects, func(ctx context.Context, _ int, subject string) error {
		rows, err := r.subject(ctx, subject)
		mu.Lock()
		defer mu.Unlock()
		if e, moved := errors.AsType[*movedError](err); moved && !r.strict {
			gone[subject] = e.reason
			return nil
		}
		t.add(rows)
		r.progress(len(rows))
		return err
	})
	return gone, err
}

// subject reads the versions of one subject. When a listed one is gone by
// then, the list is asked for again.
func (r *reader) subject(ctx context.Context, subject string) (rows []row, err error) {
	for range 3 {
		var versions []int
		versions, err = r.c.Versions(ctx, subject, r.deleted)
		if err == nil && len(versions) == 0 {
			err = &movedError{fmt.Sprintf("%q is listed without a version", subject)}
		}
		if err != nil {
			return nil, gone(err, subject)
		}
		rows, err = r.versions(ctx, subject, versions)
		if _, moved := errors.AsType[*movedError](err); !moved || r.strict {
			return rows, err
		}
		r.moved.Store(true)
	}
	return nil, err
}

func (r *reader) versions(ctx context.Context, subject string, versions []int) ([]row, error) {
	var rows []row
	for _, v := range versions {
		s, err := r.c.Version(ctx, subject, v, r.deleted)
		if err != nil {
			return nil, gone(err, subject)
		}
		rows = append(rows, row{subject, r.record(s)})
	}
	return rows, nil
}

func gone(err error, subject string) error {
	if registry.NotFound(err) {
		return &movedError{fmt.Sprintf("%q is listed but cannot be read: %v", subject, err)}
	}
	return err
}

// each calls do for all items, some at a time, and returns the first error.
func each[T any](ctx context.Context, items []T, do func(context.Context, int, T) error) error {
	g, within := errgroup.WithContext(ctx)
	g.SetLimit(concurrency)
	for i, item := range items {
		if within.Err() != nil {
			break // Wait has the reason
		}
		g.Go(func() error { return do(within, i, item) })
	}
	if err := g.Wait(); err != nil {
		return err
	}
	return ctx.Err()
}
