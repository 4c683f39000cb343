package compare

import (
	"context"
	"fmt"
	"slices"
)

// collisions finds source subjects that become one on the target and, where
// contexts are merged, ids that stand for two schemas there.
func (d *diff) collisions(context.Context) error {
	if !d.m.merges() {
		return nil // no two places become one
	}
	type place struct {
		context string
		id      int
	}
	type use struct {
		subject string
		held
	}
	ids, owners := map[place]use{}, map[string]string{}
	for _, e := range d.pairs {
		if other, taken := owners[e.target]; taken {
			if err := d.collide(e, 0, fmt.Sprintf("%s becomes %s as well", other, e.target)); err != nil {
				return err
			}
			continue
		}
		owners[e.target] = e.source
		context, _ := SplitSubject(e.target)
		for _, v := range d.versions(e, atSource, false) {
			other, taken := ids[place{context, v.id}]
			if !taken {
				ids[place{context, v.id}] = use{e.source, v}
				continue
			}
			if len(other.record().differences(v.record())) > 0 && !sameContext(other.subject, e.source) {
				why := fmt.Sprintf("id %d is another schema's as well, %s version %d", v.id, other.subject, other.version)
				if err := d.collide(e, v.version, why); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func sameContext(a, b string) bool {
	ca, _ := SplitSubject(a)
	cb, _ := SplitSubject(b)
	return ca == cb
}

func (d *diff) collide(e *entry, version int, why string) error {
	return d.add(Difference{Kind: KindCollision, Subject: e.source, TargetSubject: e.target, Version: version, Detail: why}, 1)
}

// extras finds target subjects that no source subject becomes, where the
// exporter could have made them.
func (d *diff) extras(context.Context) error {
	contexts := d.contexts()
	for _, e := range d.byTarget {
		n := d.lives(e, atTarget)
		if n == 0 || d.lives(e, atSource) > 0 || !d.m.couldMake(e.target, contexts, d.selected) {
			continue
		}
		if err := d.add(Difference{Kind: KindExtraSubject, TargetSubject: e.target, Detail: count(n, "version")}, n); err != nil {
			return err
		}
	}
	return nil
}

// contexts are those whose subjects could be on the target.
func (d *diff) contexts() []string {
	if d.Mapping == nil {
		return append(slices.Clone(d.source.contexts), d.target.contexts...)
	}
	return d.source.contexts
}

// deleted compares soft-deleted versions with soft-deleted ones. Those that
// are live on one side were found before, as missing or extra.
func (d *diff) deleted(context.Context) error {
	if d.Check["deleted"] == Off {
		return nil
	}
	for _, e := range d.bySource {
		if e.scope != compared {
			continue
		}
		if err := d.deletedSubject(e); err != nil {
			return err
		}
	}
	return d.deletedExtras()
}

func (d *diff) deletedSubject(e *entry) error {
	live, gone := d.versions(e, atTarget, false), d.versions(e, atTarget, true)
	for _, v := range d.versions(e, atSource, true) {
		there, ok := get(gone, v.version)
		_, lives := get(live, v.version)
		detail := ""
		switch {
		case !ok && !lives:
			detail = "not on the target at all"
		case !ok && d.lives(e, atSource) == 0: // else it was found as an extra version
			detail = "live on the target"
		case ok && len(v.record().differences(there)) > 0:
			detail = fmt.Sprintf("another one on the target: %v", v.record().differences(there))
		default:
			continue
		}
		w := d.version(KindDeleted, e.source, e.target, &v, nil)
		w.Detail = detail
		if err := d.add(w, 1); err != nil {
			return err
		}
	}
	return nil
}

func (d *diff) deletedExtras() error {
	contexts := d.contexts()
	for _, e := range d.byTarget {
		ours := d.there(e, atSource)
		if !ours && !d.m.couldMake(e.target, contexts, d.selected) {
			continue
		}
		source := ""
		if ours {
			source = e.source
		}
		live, gone := d.versions(e, atSource, false), d.versions(e, atSource, true)
		for _, v := range d.versions(e, atTarget, true) {
			_, isGone := get(gone, v.version)
			if _, lives := get(live, v.version); lives || isGone {
				continue
			}
			w := d.version(KindDeleted, source, e.target, nil, &v)
			w.Detail = "on the target only"
			if err := d.add(w, 1); err != nil {
				return err
			}
		}
	}
	return nil
}
