package compare

import (
	"context"
	"slices"
)

// most is how many subjects are read one by one to make up for a change.
const most = 500

// settle reads the subjects that only one of the table and the names has: they
// came or went while the table was filled. Those that are there now are in it
// afterwards, those that are not are not. The reason tells of the difference.
func (r *reader) settle(ctx context.Context, t table, names []string, reason string) error {
	apart := t.apart(names)
	if len(apart) == 0 {
		return nil
	}
	if err := r.move(reason); err != nil {
		return err
	}
	if len(apart) > most {
		return &movedError{reason}
	}
	for _, s := range apart {
		delete(t, s)
	}
	gone, err := r.fill(ctx, t, apart)
	if err != nil {
		return err
	}
	doubtful := slices.DeleteFunc(apart, func(s string) bool { return t.fits(s, names) })
	return r.confirm(ctx, t, doubtful, gone, reason)
}

// confirm asks for the names again where a subject was named and could not be
// read, or the other way round: nobody deletes and registers that fast, so
// that the server contradicts itself if it says so again.
func (r *reader) confirm(ctx context.Context, t table, doubtful []string, gone map[string]string, reason string) error {
	if len(doubtful) == 0 {
		return nil
	}
	names, err := r.names(ctx)
	if err != nil {
		return err
	}
	for _, s := range doubtful {
		if t.fits(s, names) {
			continue
		}
		if why, ok := gone[s]; ok {
			return r.odd(why)
		}
		return r.odd(reason)
	}
	return nil
}

// fits reports whether the subject is both here and among the names, or
// neither.
func (t table) fits(subject string, names []string) bool {
	_, here := t[subject]
	_, named := slices.BinarySearch(names, subject)
	return here == named
}
