package compare

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/srmigrate/srmigrate/internal/registry"
)

// plain reads the listing in one request without any parameter, as servers
// without prefixes and pages have it. If it is in order and has every subject,
// only versions of the last one can be missing; else every subject's list of
// versions has to agree. A server that sends only its default context may list
// the others below a route of their own.
func (r *reader) plain(ctx context.Context) error {
	var page []row
	_, err := r.rows(ctx, part{plain: true}, 0, func() func(row) error {
		page = nil // a page cut in the middle comes again
		return func(v row) error { page = append(page, v); return nil }
	})
	if err != nil {
		return err
	}
	names, err := r.names(ctx)
	if err != nil {
		return err
	}
	r.course.knows(len(names), false)
	t := table{}
	sorted := slices.IsSortedFunc(page, row.compare)
	if t.add(page) < len(page) || !slices.Equal(t.subjects(), names) {
		return r.byContext(ctx, names)
	}
	ask := names
	if sorted && len(names) > 0 {
		ask = names[len(names)-1:]
	}
	agree, err := r.agrees(ctx, t, ask)
	if err != nil {
		return err
	}
	if !agree {
		return r.bySubject(ctx)
	}
	for subject, versions := range t {
		r.sink.put(subject, kept{list: versions})
	}
	return nil
}

// byContext reads the contexts one by one.
func (r *reader) byContext(ctx context.Context, names []string) error {
	var parts []part
	for _, n := range names {
		context, _ := SplitSubject(n)
		if !slices.ContainsFunc(parts, func(p part) bool { return p.context == context }) {
			parts = append(parts, part{context: context, byPath: true})
		}
	}
	if len(parts) < 2 {
		return r.bySubject(ctx)
	}
	return r.inParts(ctx, names, parts)
}

// agrees asks for each subject's versions and compares them with the table.
func (r *reader) agrees(ctx context.Context, t table, subjects []string) (bool, error) {
	var mu sync.Mutex
	agree := true
	err := r.each(ctx, len(subjects), func(ctx context.Context, i int) error {
		same, err := r.hasVersions(ctx, subjects[i], t[subjects[i]])
		mu.Lock()
		defer mu.Unlock()
		agree = agree && same
		return err
	})
	return agree, err
}

// bySubject reads one version after the other. If a listed one is gone by
// then, or a list is another one afterwards, somebody is writing.
func (r *reader) bySubject(ctx context.Context) error {
	names, err := r.names(ctx)
	if err != nil {
		return err
	}
	r.sink.begin()
	r.course.pass()
	r.course.knows(len(names), true)
	r.listed = map[string][]int{}
	defer func() { r.listed = nil }()
	if _, err := r.fill(ctx, names); err != nil {
		return err
	}
	if err := r.unchanged(ctx, names); err != nil {
		return err
	}
	again, err := r.names(ctx)
	if err != nil {
		return err
	}
	reason := fmt.Sprintf("GET /subjects named %d subjects, then %d", len(names), len(again))
	if !slices.Equal(names, again) {
		if err := r.move(reason); err != nil {
			return err
		}
	}
	apart := r.apart(again)
	if len(apart) == 0 {
		return nil
	}
	if err := r.move(reason); err != nil {
		return err
	}
	return r.makeUp(ctx, again, apart, reason)
}

// unchanged asks for the lists of versions again: that one came where all was
// read, while another went where nothing was read yet, shows nowhere else.
func (r *reader) unchanged(ctx context.Context, subjects []string) error {
	return r.each(ctx, len(subjects), func(ctx context.Context, i int) error {
		before, read := r.listed[subjects[i]]
		if !read {
			return nil // what is gone was told
		}
		now, err := r.c.Versions(ctx, subjects[i], r.deleted)
		if err != nil && !registry.NotFound(err) {
			return err
		}
		if slices.Sort(now); slices.Equal(before, slices.Compact(now)) {
			return nil
		}
		return r.move(fmt.Sprintf("%q had the versions %v, then %v", subjects[i], before, now))
	})
}

// fill gives the subjects' versions to the sink, and returns why it could not,
// by subject, where one that was named is not there.
func (r *reader) fill(ctx context.Context, subjects []string) (gone map[string]string, err error) {
	var mu sync.Mutex
	gone = map[string]string{}
	err = r.each(ctx, len(subjects), func(ctx context.Context, i int) error {
		versions, err := r.subject(ctx, subjects[i])
		mu.Lock()
		defer mu.Unlock()
		if e, moved := errors.AsType[*movedError](err); moved && !r.strict {
			gone[subjects[i]] = e.reason
			return nil
		}
		if err == nil {
			if r.listed != nil {
				r.listed[subjects[i]] = numbersOf(versions)
			}
			r.sink.put(subjects[i], kept{list: versions})
			r.course.read(len(versions), 1)
			r.course.finish()
		}
		return err
	})
	return gone, err
}

func numbersOf(versions []held) []int {
	numbers := make([]int, 0, len(versions))
	for _, v := range versions {
		numbers = append(numbers, v.version)
	}
	return numbers
}

// subject reads the versions of one subject. When a listed one is gone by
// then, the list is asked for again.
func (r *reader) subject(ctx context.Context, subject string) (versions []held, err error) {
	for range 3 {
		var numbers []int
		numbers, err = r.c.Versions(ctx, subject, r.deleted)
		if err == nil && len(numbers) == 0 {
			err = &movedError{fmt.Sprintf("%q is listed without a version", subject)}
		}
		if err != nil {
			return nil, gone(err, subject)
		}
		versions, err = r.versions(ctx, subject, numbers)
		if _, moved := errors.AsType[*movedError](err); !moved || r.strict {
			return versions, err
		}
		r.moved.Store(true)
	}
	return nil, err
}

func (r *reader) versions(ctx context.Context, subject string, numbers []int) ([]held, error) {
	slices.Sort(numbers)
	versions, bulk := make([]held, 0, len(numbers)), r.holder.bulk(0)
	for _, v := range slices.Compact(numbers) {
		s, err := r.c.VersionRow(ctx, subject, v, r.deleted)
		if err != nil {
			return nil, gone(err, subject)
		}
		versions = append(versions, r.holder.hold(subject, s, bulk, nil))
	}
	return versions, nil
}

func gone(err error, subject string) error {
	if registry.NotFound(err) {
		return &movedError{fmt.Sprintf("%q is listed but cannot be read: %v", subject, err)}
	}
	return err
}
