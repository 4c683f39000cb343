package compare

import (
	"context"
	"slices"

	"golang.org/x/sync/errgroup"
)

// names returns the subjects that the server names, in order. Servers that know
// ":*:" name all with it; the others are asked in every way in which servers
// name any: without a prefix, and by context.
func (r *reader) names(ctx context.Context) ([]string, error) {
	var all []string
	g, within := errgroup.WithContext(ctx)
	g.Go(func() (err error) { all, err = r.c.SubjectsKnown(within, ":*:", r.deleted, r.known); return err })
	g.Go(func() (err error) { r.contexts, err = r.c.Contexts(within); return err })
	if err := g.Wait(); err != nil {
		return nil, err
	}
	r.everywhere = r.everywhere || len(all) > 0
	for i, s := range all {
		all[i] = bare(s)
	}
	inContexts := slices.ContainsFunc(all, func(s string) bool { c, _ := SplitSubject(s); return c != "." })
	if !inContexts && (len(all) == 0 || len(r.contexts) > 1) {
		var err error
		if all, err = r.otherNames(ctx, all); err != nil {
			return nil, err
		}
	}
	if !slices.IsSorted(all) {
		slices.Sort(all)
	}
	return slices.Compact(all), nil
}

// otherNames adds to the names what shows without a prefix, and what contexts
// list of which no subject was named yet.
func (r *reader) otherNames(ctx context.Context, all []string) ([]string, error) {
	got, err := r.c.Subjects(ctx, "", r.deleted)
	if err != nil {
		return nil, err
	}
	for _, s := range got {
		all = append(all, bare(s))
	}
	for _, c := range r.contexts {
		more, err := r.hidden(ctx, c, all)
		if err != nil {
			return nil, err
		}
		all = append(all, more...)
	}
	return all, nil
}

// hidden asks a context of which no subject was named yet for its own list.
func (r *reader) hidden(ctx context.Context, context string, known []string) ([]string, error) {
	in := func(s string) bool { c, _ := SplitSubject(s); return c == context }
	if context == "." || slices.ContainsFunc(known, in) {
		return nil, nil
	}
	got, err := r.c.ContextSubjects(ctx, context, r.deleted)
	for i, s := range got {
		if c, name := SplitSubject(s); c == "." {
			got[i] = qualify(context, name)
		}
	}
	return got, err
}

// known returns a subject as the sink has it, "" if it has it not.
func (r *reader) known(subject string) string {
	if h, ok := r.sink.(interface{ known(string) string }); ok {
		return h.known(subject)
	}
	return ""
}
