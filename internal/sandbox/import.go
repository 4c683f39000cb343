package sandbox

import "slices"

// importVersion applies the rules for a registration with an id.
func (r *Registry) importVersion(reg registration) (*entry, error) {
	mode := r.effectiveMode(reg.name)
	if mode != modeImport && mode != modeForward {
		return nil, notImport(reg.name)
	}
	if err := r.checkID(reg); err != nil {
		return nil, err
	}
	if e := r.same(reg); e != nil {
		return e, nil
	}
	if err := r.checkReferences(reg, true); err != nil {
		return nil, err
	}
	version := reg.version
	if version == 0 {
		version = r.store.nextVersion(reg.name)
	}
	r.supersede(reg, version)
	// A version that is there already is overwritten, whatever it holds.
	return r.insert(reg, version, reg.id), nil
}

// checkID keeps an id from meaning two things in one context.
func (r *Registry) checkID(reg registration) error {
	for _, e := range r.store.users(reg.name.context, reg.id) {
		if e.content.key != reg.content.key {
			return refuse(42205, "Overwrite new schema with id %d is not permitted.", reg.id)
		}
	}
	known := r.store.find(reg.name, reg.content.key, false)
	if known != nil && known.id != reg.id && !r.has.sameTextOtherID {
		return refuse(42207, "The specified schema id %d does not match the existing id %d", reg.id, known.id)
	}
	return nil
}

// same returns the live version that the import would make, or nil.
func (r *Registry) same(reg registration) *entry {
	i := slices.IndexFunc(r.store.subjects[reg.name], func(e *entry) bool {
		return !e.deleted && e.id == reg.id && e.content.key == reg.content.key &&
			(reg.version == 0 || reg.version == e.version)
	})
	if i < 0 {
		return nil
	}
	return r.store.subjects[reg.name][i]
}

// supersede purges soft-deleted lower versions with the same id.
func (r *Registry) supersede(reg registration, version int) {
	for _, e := range slices.Clone(r.store.subjects[reg.name]) {
		if e.deleted && e.id == reg.id && e.version < version && !r.referred(e, true) {
			r.purge(e, reg.origin)
		}
	}
}
