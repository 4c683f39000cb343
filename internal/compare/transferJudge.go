package compare

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// compare orders versions by subject and number.
func (k Key) compare(o Key) int {
	return cmp.Or(strings.Compare(k.Subject, o.Subject), k.Version-o.Version)
}

// judge finds what is there, what has to be sent, and what is in the way.
func (t *Transfer) judge() {
	c := &clash{why: map[Key][]string{}}
	t.single(c)
	lost := &clash{why: map[Key][]string{}}
	users := t.there.users()
	for _, w := range t.Wanted {
		t.meet(w, c, lost)
		context, _ := SplitSubject(w.Subject)
		for _, k := range users[idKey{context, w.ID}] {
			t.share(w, k, c, lost)
		}
	}
	broken := &clash{why: map[Key][]string{}}
	for _, w := range t.Wanted {
		if !w.There {
			t.refer(w, broken)
		}
	}
	t.Clashes, t.Losses, t.Broken = c.sorted(), lost.sorted(), broken.sorted()
}

// single makes sure that no two versions of the source want the same number, or
// one id for two contents. Of two that are the same one is enough.
func (t *Transfer) single(c *clash) {
	ids := map[idKey]*Wanted{}
	t.known = map[Key]*Wanted{}
	kept := t.Wanted[:0]
	for _, w := range t.Wanted {
		if o := t.known[w.Key]; o != nil {
			if len(w.record.differences(o.record)) > 0 || w.Deleted != o.Deleted {
				c.add(w.Key, fmt.Sprintf("%s and %s of the source both become it, with other content", o.From, w.From))
				kept = append(kept, w)
			}
			continue
		}
		t.known[w.Key] = w
		kept = append(kept, w)
		context, _ := SplitSubject(w.Subject)
		at := idKey{context, w.ID}
		if o := ids[at]; o == nil {
			ids[at] = w
		} else if !w.record.sameContent(o.record) {
			c.add(w.Key, fmt.Sprintf("id %d is another schema in %s version %d of the source, and both go to %s", w.ID, o.From, o.Version, spoken(Place(context))))
		}
	}
	t.Wanted = kept
}

// sameContent reports whether one id may stand for both.
func (r record) sameContent(o record) bool {
	return !slices.ContainsFunc(r.differences(o), func(kind string) bool { return kind != KindID })
}

// meet compares a version with what has its number on the target.
func (t *Transfer) meet(w *Wanted, c, lost *clash) {
	v, there := find(t.there[w.Subject], w.Version)
	w.There, w.Withdraw = false, w.Deleted
	if !there {
		return
	}
	other := w.record.losses(v.record())
	if len(other) > 0 {
		c.add(w.Key, "other "+strings.Join(other, ", "))
	}
	if v.id != w.ID {
		c.add(w.Key, fmt.Sprintf("id %d instead of %d", w.ID, v.id))
	}
	if len(other) > 0 || v.id != w.ID {
		return
	}
	w.There = !v.gone || w.Deleted // one that is soft-deleted there, and not here, is sent once more
	if w.Withdraw = w.Deleted && !v.gone; w.Withdraw {
		lost.add(w.Key, "soft-deleted on the source, and then here as well")
	}
}

func find(versions []held, version int) (held, bool) {
	i, ok := slices.BinarySearchFunc(versions, version, byVersion)
	if !ok {
		return held{}, false
	}
	return versions[i], true
}

// share looks at a version of the target that has the id of a wanted one.
func (t *Transfer) share(w *Wanted, k Key, c, lost *clash) {
	v, _ := find(t.there[k.Subject], k.Version)
	switch {
	case k == w.Key: // the numbers have told of it
	case len(w.record.losses(v.record())) > 0:
		c.add(k, fmt.Sprintf("id %d is another schema on the source: %s version %d", w.ID, w.From, w.Version))
	case !w.There && v.gone && k.Subject == w.Subject && k.Version < w.Version && t.known[k] == nil:
		lost.add(k, fmt.Sprintf("soft-deleted, and purged when version %d comes with its id %d", w.Version, w.ID))
	}
}

// refer looks for what a version refers to.
func (t *Transfer) refer(w *Wanted, broken *clash) {
	for _, k := range w.References {
		name := fmt.Sprintf("%s version %d", k.Subject, k.Version)
		if k.Version == 0 {
			if len(t.there[k.Subject]) == 0 && t.Latest(k.Subject) == nil {
				broken.add(w.Key, fmt.Sprintf("refers to %s, which is not copied and not on the target", k.Subject))
			}
			continue
		}
		if t.known[k] != nil {
			continue
		}
		here, wanted := find(t.outside[k.Subject], k.Version)
		there, ok := find(t.there[k.Subject], k.Version)
		switch {
		case !ok && !wanted:
			broken.add(w.Key, "refers to "+name+", which is not on the source and not on the target")
		case !ok:
			broken.add(w.Key, "refers to "+name+", which is not copied and not on the target")
		case wanted && len(here.record().losses(there.record())) > 0:
			broken.add(w.Key, "refers to "+name+", which is not copied and has other content on the target")
		}
	}
}

// Find is the wanted version of this number, nil for none.
func (t *Transfer) Find(k Key) *Wanted { return t.known[k] }

// Latest is the wanted version of a subject with the highest number, nil for none.
func (t *Transfer) Latest(subject string) *Wanted {
	i, _ := slices.BinarySearchFunc(t.Wanted, Key{subject, int(^uint(0) >> 1)}, func(w *Wanted, k Key) int {
		return w.compare(k)
	})
	if i == 0 || t.Wanted[i-1].Subject != subject {
		return nil
	}
	return t.Wanted[i-1]
}
