package compare

import (
	"bytes"
	"context"
	"slices"
)

// meet drops what both sides have, and makes small what else is kept.
func (j *join) meet(e *entry) {
	s, t := e.kept[atSource].list, e.kept[atTarget].list
	both := len(s) > 0 && len(t) > 0
	if both && !j.keep && slices.EqualFunc(s, t, held.sent) {
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

// sent reports whether both were sent in the same way, to the byte.
func (v held) sent(o held) bool {
	return v.version == o.version && v.gone == o.gone && v.raw != nil && bytes.Equal(v.raw, o.raw)
}

// same notes that both sides have the same.
func (j *join) same(e *entry) {
	s, t := e.kept[atSource], e.kept[atTarget]
	for side, k := range e.kept {
		e.sums[side] = j.hold[side].markOf(k.list)
		j.whole.Add(-k.size())
	}
	e.live, e.gone = counts(s.list)
	e.same, e.kept = true, nil
	readers := [2]int32{readersOf(s, t), readersOf(t, s)}
	j.hold[atSource].free(s, readers[atSource])
	j.hold[atTarget].free(t, readers[atTarget])
}

// readersOf says how many readers of a side are done when the other has come.
func readersOf(k, other kept) int32 {
	if k.bulk != nil && other.bulk != nil && other.bulk.like == k.bulk {
		return 1
	}
	return 0
}

// pack makes digests of what is kept of a side. Others may be looking at it as it was.
func (j *join) pack(side int, e *entry) []held {
	k, other := e.kept[side], e.kept[1-side].list
	if !slices.ContainsFunc(k.list, func(v held) bool { return v.raw != nil }) {
		return k.list
	}
	j.whole.Add(-k.size())
	list := slices.Clone(k.list)
	for i := range list {
		var beside *held
		if at, ok := slices.BinarySearchFunc(other, list[i].version, byVersion); ok {
			beside = &other[at]
		}
		j.hold[side].pack(&list[i], beside)
	}
	e.kept[side] = kept{list: list}
	j.hold[side].free(k, 0)
	return list
}

// size is how much memory is kept for versions that are whole.
func (k kept) size() (n int64) {
	if k.bulk != nil {
		return int64(cap(k.bulk.raw))
	}
	for _, v := range k.list {
		n += int64(len(v.raw))
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
		return v.version == w.version && v.gone == w.gone && v.rest != nil && w.rest != nil && len(v.record().kinds(w.record())) == 0
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
	if r.holder.markOf(versions) != last {
		r.moved.Store(true)
	}
	h.put(subject, kept{list: versions})
	return nil
}
