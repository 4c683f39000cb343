package compare

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// rounds is how often parts that moved are read again before the registry
// counts as one that does not hold still.
const rounds = 3

// inParts reads the parts, several at a time. Then each is asked for what there
// is from its last row on: if that is the last row and nothing else, nothing is
// left to read, and nothing came or went in the part meanwhile, so that there
// was a moment when all of it was there.
func (r *reader) inParts(ctx context.Context, names []string, parts []part) error {
	all := make([]*reading, 0, len(parts))
	for _, p := range parts {
		all = append(all, &reading{part: p})
	}
	again, reason := all, ""
	for round := range rounds {
		if err := r.each(ctx, len(again), func(ctx context.Context, i int) error { return r.part(ctx, again[i]) }); err != nil {
			return r.otherwise(ctx, names, parts, err)
		}
		if r.strict || round == 0 {
			var err error
			if again, err = r.restless(ctx, all); err != nil {
				return r.otherwise(ctx, names, parts, err)
			}
		} else {
			again = nil
		}
		alone, err := r.missed(ctx)
		if err != nil {
			return err
		}
		if len(again) == 0 && len(alone) == 0 {
			return nil
		}
		reason = moving(again, alone)
		if r.strict {
			again = withParts(again, all, alone)
		} else {
			r.moved.Store(true)
		}
		all = append(all, alone...)
	}
	return r.unquiet(reason)
}

// withParts adds the parts in which subjects came or went. That another version
// went from such a part at that moment does not show at its end: as many rows
// are left as before.
func withParts(again, all, alone []*reading) []*reading {
	for _, d := range all {
		changed := slices.ContainsFunc(alone, func(a *reading) bool { return d.covers(qualify(a.context, a.prefix)) })
		if changed && !slices.Contains(again, d) {
			again = append(again, d)
		}
	}
	return again
}

// missed makes up for subjects that came or went, and returns those that are
// now there.
func (r *reader) missed(ctx context.Context) ([]*reading, error) {
	names, err := r.names(ctx)
	if err != nil {
		return nil, err
	}
	apart := r.apart(names)
	if len(apart) == 0 {
		return nil, nil
	}
	if err := r.makeUp(ctx, names, apart, r.differs(apart, names)); err != nil {
		return nil, err
	}
	var alone []*reading
	for _, s := range apart {
		context, name := SplitSubject(s)
		alone = append(alone, &reading{part: part{context: context, prefix: name, alone: true}})
	}
	return alone, nil
}

func moving(again, alone []*reading) string {
	if len(again) > 0 {
		return fmt.Sprintf("versions of %s came or went", again[0].part)
	}
	return fmt.Sprintf("%q came or went", qualify(alone[0].context, alone[0].prefix))
}

// unquiet is for a registry that did not hold still in any round. What was read
// is good enough where the next read would bear with that.
func (r *reader) unquiet(reason string) error {
	if r.strict && slices.Contains(r.still, false) {
		r.moved.Store(true)
		return nil
	}
	return r.move(reason)
}

// otherwise is what is left where the server does not do what parts need.
func (r *reader) otherwise(ctx context.Context, names []string, parts []part, err error) error {
	switch {
	case len(parts) == 0 || parts[0].alone && parts[len(parts)-1].alone:
		return err // there is no other way left
	case errors.Is(err, errPrefix) && r.everywhere && !parts[0].everything:
		return r.inParts(ctx, names, []part{{everything: true}})
	case needsSubjects(err):
		return r.bySubject(ctx)
	}
	return err
}

// needsSubjects reports whether the server lists no parts, or not as it should.
func needsSubjects(err error) bool {
	return errors.Is(err, errPrefix) || errors.Is(err, errOffset) || errors.Is(err, errLost) || isPicky(err) || isMissing(err)
}

// restless returns the parts that are not any more what was read of them.
func (r *reader) restless(ctx context.Context, all []*reading) ([]*reading, error) {
	moved := make([]bool, len(all))
	err := r.each(ctx, len(all), func(ctx context.Context, i int) (err error) {
		moved[i], err = r.hasMoved(ctx, all[i])
		return err
	})
	var list []*reading
	for i, d := range all {
		if moved[i] {
			list = append(list, d)
		}
	}
	return list, err
}
