package sandbox

import (
	"slices"
	"strings"
)

const (
	modeReadWrite        = "READWRITE"
	modeReadOnly         = "READONLY"
	modeReadOnlyOverride = "READONLY_OVERRIDE"
	modeImport           = "IMPORT"
	modeForward          = "FORWARD"
)

func isReadOnly(mode string) bool {
	return mode == modeReadOnly || mode == modeReadOnlyOverride
}

// effectiveMode is the mode that n is under. Callers hold mu.
func (r *Registry) effectiveMode(n name) string {
	if r.store.modes[name{context: defaultContext}] == modeReadOnlyOverride {
		return modeReadOnlyOverride
	}
	scopes := r.inheritance(n)
	if r.has.modeForAll {
		scopes = append(scopes, name{context: defaultContext})
	}
	for _, scope := range scopes {
		if m, ok := r.store.modes[scope]; ok {
			return m
		}
	}
	return modeReadWrite
}

// inheritance lists where a setting of n may come from, nearest first.
func (r *Registry) inheritance(n name) []name {
	list := []name{n, n.itsContext()}
	if r.has.global {
		list = append(list, name{context: globalContext})
	}
	return list
}

// setMode applies the rules for PUT /mode. An empty mode clears it.
func (r *Registry) setMode(n name, mode string, force bool) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if mode == "" {
		r.clearMode(n)
		return nil
	}
	if mode == modeImport && !force && !r.has.freeImport && r.modeBeforeImport(n) != modeImport {
		if err := r.makeRoom(n); err != nil {
			return err
		}
	}
	r.store.modes[n] = mode
	r.append(record{kind: recordMode, name: n})
	return nil
}

// modeBeforeImport is the mode that decides whether IMPORT is news for n.
func (r *Registry) modeBeforeImport(n name) string {
	if r.has.effectiveBeforeCheck {
		return r.effectiveMode(n)
	}
	return r.store.modes[n]
}

// makeRoom refuses live subjects in the scope of n and purges what is
// soft-deleted there.
func (r *Registry) makeRoom(n name) error {
	var deleted []*entry
	for _, e := range r.scope(n) {
		if !e.deleted {
			return refuse(42205, "Cannot import since found existing subjects")
		}
		if r.referred(e, false) {
			return referenced(e)
		}
		deleted = append(deleted, e)
	}
	if !r.has.purge {
		return nil
	}
	for _, e := range deleted {
		r.purge(e, "")
	}
	return nil
}

// scope lists the versions that the mode of n is about. For the default
// context that is every version of every context.
func (r *Registry) scope(n name) []*entry {
	if !n.isContext() {
		return slices.Clone(r.store.subjects[n])
	}
	everything := n.context == defaultContext || n.context == globalContext && r.has.global
	if !everything && !r.has.contextMustBeEmpty {
		return nil
	}
	var list []*entry
	for _, s := range r.store.names() {
		if everything || s.context == n.context {
			list = append(list, r.store.subjects[s]...)
		}
	}
	return list
}

func (r *Registry) clearMode(n name) {
	if _, ok := r.store.modes[n]; !ok {
		return
	}
	delete(r.store.modes, n)
	r.append(record{kind: recordMode, name: n})
}

// parseMode checks the value of a mode for n.
func (r *Registry) parseMode(n name, s string) (string, error) {
	valid := []string{modeReadWrite, modeReadOnly, modeReadOnlyOverride, modeImport}
	if r.has.forward {
		valid = append(valid, modeForward)
	}
	mode := strings.ToUpper(s)
	if !slices.Contains(valid, mode) {
		return "", refuse(42204, "Invalid mode. Valid values are %s", strings.Join(valid, ", "))
	}
	if mode == modeForward && n != (name{context: globalContext}) {
		return "", refuse(42204, "Invalid mode. Forward mode only supported on global level")
	}
	return mode, nil
}
