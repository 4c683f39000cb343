package compare

import (
	"context"
	"slices"
)

// names returns the subjects that the server names in any of the ways in which
// servers do: all contexts asked for, nothing asked for, and by context.
func (r *reader) names(ctx context.Context) ([]string, error) {
	var all []string
	for _, prefix := range []string{":*:", ""} {
		got, err := r.c.Subjects(ctx, prefix, r.deleted)
		if err != nil {
			return nil, err
		}
		for _, s := range got {
			all = append(all, bare(s))
		}
		r.everywhere = r.everywhere || prefix != "" && len(got) > 0
	}
	contexts, err := r.c.Contexts(ctx)
	if err != nil {
		return nil, err
	}
	r.contexts = contexts
	for _, c := range contexts {
		more, err := r.hidden(ctx, c, all)
		if err != nil {
			return nil, err
		}
		all = append(all, more...)
	}
	slices.Sort(all)
	return slices.Compact(all), nil
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
