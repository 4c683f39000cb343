package compare

import (
	"context"
	"slices"
)

// meet drops what both sides have, and makes small what else is kept.
func (j *join) meet(e *entry) {
	s, t := e.kept[atSource], e.kept[atTarget]
	both := len(s) > 0 && len(t) > 0
	if both && !j.keep && sumOf(s) == sumOf(t) {
		j.same(e)
		return
	}
	if both || j.keep || j.whole.Load() > 2*enough {
		s, t = j.pack(atSource, e), j.pack(atTarget, e)
	}
	if both && !j.keep && equal(s, t) {
		j.same(e)
	}
}

// same notes that both sides have the same.
func (j *join) same(e *entry) {
	for side, versions := range e.kept {
		e.sums[side] = markOf(versions)
		j.whole.Add(-size(versions))
	}
	e.live, e.gone = counts(e.kept[atSource])
	e.same, e.kept = true, nil
}

func (j *join) pack(side int, e *entry) []held {
	versions := e.kept[side]
	j.whole.Add(-size(versions))
	for i := range versions {
		j.hold[side].pack(&versions[i])
	}
	if cap(versions) > len(versions) {
		versions = append(make([]held, 0, len(versions)), versions...)
	}
	e.kept[side] = versions
	return versions
}

func size(versions []held) (n int64) {
	for _, v := range versions {
		if v.full != nil {
			n += int64(len(v.full.Schema))
		}
	}
	return n
}

func counts(versions []held) (live, gone int32) {
	for _, v := range versions {
		if v.gone {
			gone++
		} else {
			live++
		}
	}
	return live, gone
}

// equal reports whether the versions are the same in every respect, however
// they are written.
func equal(s, t []held) bool {
	return slices.EqualFunc(s, t, func(v, w held) bool {
		return v.version == w.version && v.gone == w.gone && len(v.record().kinds(w.record())) == 0
	})
}

// resolve reads what is in doubt again, on both sides. If a side is not now what
// was seen of it last, then it moved.
func (j *join) resolve(ctx context.Context, readers [2]*reader) error {
	doubts := j.doubtful()
	if len(doubts) > most {
		return &movedError{count(len(doubts), "subject") + " of both sides changed at once"}
	}
	list := make([]*entry, 0, len(doubts))
	for e := range doubts {
		list = append(list, e)
	}
	return each(ctx, len(list), func(ctx context.Context, i int) error {
		e := list[i]
		for side, subject := range []string{e.source, e.target} {
			if err := j.again(ctx, readers[side], half{j, side}, e, subject, doubts[e].sums[side]); err != nil {
				return err
			}
		}
		return nil
	}, readers[atSource].c, readers[atTarget].c)
}

// doubtful returns the entries in doubt, and makes them begin anew.
func (j *join) doubtful() map[*entry]*doubt {
	now := [2]uint8{half{j, atSource}.now(), half{j, atTarget}.now()}
	doubts := map[*entry]*doubt{}
	for i := range j.stripes {
		s := &j.stripes[i]
		s.all(func(e *entry) bool {
			if e.same && e.seen != now && (e.seen[atSource] == now[atSource] || e.seen[atTarget] == now[atTarget]) {
				s.doubt(e)
			}
			return true
		})
		for e, d := range s.doubts {
			doubts[e] = d
			e.same = false
		}
	}
	return doubts
}

func (j *join) again(ctx context.Context, r *reader, h half, e *entry, subject string, last mark) error {
	if e.seen[h.side] != h.now() {
		return nil
	}
	versions, err := r.subject(ctx, subject)
	if isMoved(err) {
		r.moved.Store(true)
		h.drop(subject)
		return nil
	}
	if err != nil {
		return err
	}
	if markOf(versions) != last {
		r.moved.Store(true)
	}
	h.put(subject, versions)
	return nil
}
