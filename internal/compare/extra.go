package compare

import (
	"context"
	"fmt"
	"maps"
	"slices"
)

// collisions finds source subjects that become one on the target and, where
// contexts are merged, ids that stand for two schemas there.
func (d *diff) collisions(_ context.Context, s, _ *side) error {
	type place struct {
		context string
		id      int
	}
	type use struct {
		subject string
		record
	}
	ids := map[place]use{}
	for _, subject := range slices.Sorted(maps.Keys(d.mapped)) {
		target := d.mapped[subject]
		if other, taken := d.targets[target]; taken {
			if err := d.collide(subject, target, 0, fmt.Sprintf("%s becomes %s as well", other, target)); err != nil {
				return err
			}
			continue
		}
		d.targets[target] = subject
		context, _ := SplitSubject(target)
		for _, v := range s.live[subject] {
			other, taken := ids[place{context, v.id}]
			if !taken {
				ids[place{context, v.id}] = use{subject, v}
				continue
			}
			if len(other.differences(v)) > 0 && !sameContext(other.subject, subject) {
				why := fmt.Sprintf("id %d is another schema's as well, %s version %d", v.id, other.subject, other.version)
				if err := d.collide(subject, target, v.version, why); err != nil {
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

func (d *diff) collide(subject, target string, version int, why string) error {
	return d.add(Difference{Kind: KindCollision, Subject: subject, TargetSubject: target, Version: version, Detail: why}, 1)
}

// extras finds target subjects that no source subject becomes, where the
// exporter could have made them.
func (d *diff) extras(_ context.Context, s, t *side) error {
	contexts := d.contexts(s, t)
	for _, target := range t.live.subjects() {
		if _, known := d.targets[target]; known || !d.m.couldMake(target, contexts, d.selected) {
			continue
		}
		n := len(t.live[target])
		if err := d.add(Difference{Kind: KindExtraSubject, TargetSubject: target, Detail: count(n, "version")}, n); err != nil {
			return err
		}
	}
	return nil
}

// contexts are those whose subjects could be on the target.
func (d *diff) contexts(s, t *side) []string {
	if d.Mapping == nil {
		return append(slices.Clone(s.contexts), t.contexts...)
	}
	return s.contexts
}

// deleted compares soft-deleted versions with soft-deleted ones. Those that
// are live on one side were found before, as missing or extra.
func (d *diff) deleted(_ context.Context, s, t *side) error {
	if d.Check["deleted"] == Off {
		return nil
	}
	for _, subject := range s.gone.subjects() {
		target, covered := d.m.Map(subject)
		if !covered || !d.selected(subject) {
			continue
		}
		d.targets[target] = subject
		if err := d.deletedSubject(subject, target, s.gone[subject], t); err != nil {
			return err
		}
	}
	return d.deletedExtras(s, t)
}

// sourceOf returns what became a target subject; it is empty when only its
// name shows that the exporter could have made it.
func (d *diff) sourceOf(target string, contexts []string) (source string, ours bool) {
	if source, ours = d.targets[target]; ours {
		return source, true
	}
	return "", d.m.couldMake(target, contexts, d.selected)
}

func (d *diff) deletedSubject(subject, target string, gone []record, t *side) error {
	for _, v := range gone {
		there, ok := t.gone.get(target, v.version)
		detail := ""
		switch {
		case !ok && !t.live.has(row{target, v}):
			detail = "not on the target at all"
		case !ok && d.mapped[subject] == "": // else it was found as an extra version
			detail = "live on the target"
		case ok && len(v.differences(there)) > 0:
			detail = fmt.Sprintf("another one on the target: %v", v.differences(there))
		default:
			continue
		}
		w := d.version(KindDeleted, subject, target, &v, nil)
		w.Detail = detail
		if err := d.add(w, 1); err != nil {
			return err
		}
	}
	return nil
}

func (d *diff) deletedExtras(s, t *side) error {
	contexts := d.contexts(s, t)
	for _, target := range t.gone.subjects() {
		source, ours := d.sourceOf(target, contexts)
		if !ours {
			continue
		}
		for _, v := range t.gone[target] {
			if s.gone.has(row{source, v}) || s.live.has(row{source, v}) {
				continue
			}
			w := d.version(KindDeleted, source, target, nil, &v)
			w.Detail = "on the target only"
			if err := d.add(w, 1); err != nil {
				return err
			}
		}
	}
	return nil
}
