package compare

import (
	"context"
	"fmt"
	"slices"
)

// most is how many subjects are read one by one to make up for a change.
const most = 500

// settle reads the subjects that only one of the sink and the names has: they
// came or went while the sink was filled.
func (r *reader) settle(ctx context.Context, names []string) error {
	apart := r.apart(names)
	if len(apart) == 0 {
		return nil
	}
	reason := r.differs(apart, names)
	if err := r.move(reason); err != nil {
		return err
	}
	return r.makeUp(ctx, names, apart, reason)
}

// apart returns the subjects that are in the sink or among the names, but not both.
func (r *reader) apart(names []string) []string {
	var all []string
	for _, n := range names {
		if !r.sink.has(n) {
			all = append(all, n)
		}
	}
	here := 0
	for range r.sink.subjects() {
		here++
	}
	if here == len(names)-len(all) {
		return all
	}
	for s := range r.sink.subjects() {
		if _, ok := slices.BinarySearch(names, s); !ok {
			all = append(all, s)
		}
	}
	return all
}

func (r *reader) differs(apart, names []string) string {
	listed := 0
	for range r.sink.subjects() {
		listed++
	}
	return fmt.Sprintf("GET /schemas listed %d subjects, then GET /subjects %d; %q is in one of them only",
		listed, len(names), apart[0])
}

// makeUp reads the subjects that are apart. Those that are there now are in the
// sink afterwards, those that are not are not. The reason tells of the difference.
func (r *reader) makeUp(ctx context.Context, names, apart []string, reason string) error {
	if len(apart) > most {
		return &movedError{reason}
	}
	for _, s := range apart {
		r.sink.drop(s)
	}
	gone, err := r.fill(ctx, apart)
	if err != nil {
		return err
	}
	doubtful := slices.DeleteFunc(slices.Clone(apart), func(s string) bool { return r.fits(s, names) })
	return r.confirm(ctx, doubtful, gone, reason)
}

// confirm asks for the names again where a subject was named and could not be
// read, or the other way round: nobody deletes and registers that fast, so
// that the server contradicts itself if it says so again.
func (r *reader) confirm(ctx context.Context, doubtful []string, gone map[string]string, reason string) error {
	if len(doubtful) == 0 {
		return nil
	}
	names, err := r.names(ctx)
	if err != nil {
		return err
	}
	for _, s := range doubtful {
		if r.fits(s, names) {
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
func (r *reader) fits(subject string, names []string) bool {
	_, named := slices.BinarySearch(names, subject)
	return r.sink.has(subject) == named
}
