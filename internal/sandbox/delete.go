package sandbox

import "slices"

// deleteVersion applies the rules for DELETE on one version.
func (r *Registry) deleteVersion(n name, which string, permanent bool, origin string) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if isReadOnly(r.effectiveMode(n)) {
		return 0, readOnly(n)
	}
	e, err := r.pick(n, which, true)
	if err != nil {
		return 0, err
	}
	if err := r.checkDelete(e, permanent); err != nil {
		return 0, err
	}
	r.remove(e, permanent, origin)
	return e.version, nil
}

func (r *Registry) checkDelete(e *entry, permanent bool) error {
	switch {
	case permanent && !e.deleted:
		return refuse(40407, "Subject '%s' Version %d was not deleted first before being permanently deleted", e.name, e.version)
	case !permanent && e.deleted:
		return refuse(40406, "Subject '%s' Version %d was soft deleted. Set permanent=true to delete permanently", e.name, e.version)
	case r.referred(e, permanent && r.has.softReferrers):
		return referenced(e)
	}
	return nil
}

// deleteSubject applies the rules for DELETE on a subject and returns the
// versions that went.
func (r *Registry) deleteSubject(n name, permanent bool, origin string) ([]int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if isReadOnly(r.effectiveMode(n)) {
		return nil, readOnly(n)
	}
	going, err := r.leaving(n, permanent)
	if err != nil {
		return nil, err
	}
	versions := []int{}
	for _, e := range going {
		versions = append(versions, e.version)
	}
	// Highest first, so that whoever replays it meets referrers before what
	// they refer to.
	for _, e := range slices.Backward(going) {
		r.remove(e, permanent, origin)
	}
	return versions, nil
}

// leaving lists the versions that the deletion of n would take.
func (r *Registry) leaving(n name, permanent bool) ([]*entry, error) {
	all := slices.Clone(r.store.subjects[n])
	if len(all) == 0 {
		return nil, subjectNotFound(n)
	}
	live := slices.DeleteFunc(slices.Clone(all), func(e *entry) bool { return e.deleted })
	switch {
	case permanent && len(live) > 0:
		return nil, refuse(40405, "Subject '%s' was not deleted first before being permanently deleted", n)
	case !permanent && len(live) == 0:
		return nil, refuse(40404, "Subject '%s' was soft deleted. Set permanent=true to delete permanently", n)
	case !permanent:
		all = live
	}
	for _, e := range all {
		if r.referredFromElsewhere(e, permanent && r.has.softReferrers) {
			return nil, referenced(e)
		}
	}
	return all, nil
}

// remove deletes e, of which the rules were checked.
func (r *Registry) remove(e *entry, permanent bool, origin string) {
	if permanent {
		r.purge(e, origin)
		return
	}
	e.deleted = true
	r.append(record{kind: recordSoftDelete, name: e.name, version: e.version, id: e.id, content: e.content, origin: origin})
}

// purge deletes e for good. With its last version a subject loses mode and
// config.
func (r *Registry) purge(e *entry, origin string) {
	r.store.drop(e)
	r.append(record{kind: recordTombstone, name: e.name, version: e.version, id: e.id, origin: origin})
	if len(r.store.subjects[e.name]) > 0 {
		return
	}
	r.clearMode(e.name)
	if _, ok := r.store.configs[e.name]; ok {
		delete(r.store.configs, e.name)
		r.append(record{kind: recordConfig, name: e.name, origin: origin})
	}
}

// referred reports whether a schema refers to e; soft-deleted ones count on
// demand.
func (r *Registry) referred(e *entry, deleted bool) bool {
	return slices.ContainsFunc(r.store.referrers[place{e.name, e.version}], func(by *entry) bool {
		return by != e && (deleted || !by.deleted)
	})
}

func (r *Registry) referredFromElsewhere(e *entry, deleted bool) bool {
	return slices.ContainsFunc(r.store.referrers[place{e.name, e.version}], func(by *entry) bool {
		inside := by.name == e.name && (r.has.selfReferences || by == e)
		return !inside && (deleted || !by.deleted)
	})
}
