package sandbox

import "slices"

// registration is a submission on its way into a subject.
type registration struct {
	name    name
	id      int // -1 without
	version int // 0 without
	content *content
	origin  string
}

// register applies the rules for POST /subjects/{subject}/versions.
func (r *Registry) register(n name, s submission, normalize bool, origin string) (entry, error) {
	if !n.valid() {
		return entry{}, invalidSubject(n.String())
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if isReadOnly(r.effectiveMode(n)) {
		return entry{}, readOnly(n)
	}
	c, err := s.content(normalize || r.normalizes(n), r.has.metadata && !(r.has.bareImport && s.id() >= 0))
	if err != nil {
		return entry{}, err
	}
	reg := registration{n, s.id(), s.version(), c, origin}
	e, err := r.admit(reg)
	if err != nil {
		return entry{}, err
	}
	return *e, nil
}

func (r *Registry) admit(reg registration) (*entry, error) {
	if reg.id >= 0 {
		return r.importVersion(reg)
	}
	mode := r.effectiveMode(reg.name)
	known := r.store.find(reg.name, reg.content.key, false)
	if known != nil && (mode == modeReadWrite || r.has.knownInImport) {
		return known, nil
	}
	if err := r.checkWithoutID(reg, mode); err != nil {
		return nil, err
	}
	if err := r.checkReferences(reg, false); err != nil {
		return nil, err
	}
	version := reg.version
	if version == 0 {
		version = r.store.nextVersion(reg.name)
	}
	return r.insert(reg, version, r.store.space(reg.name.context).idFor(reg.content.key)), nil
}

// checkWithoutID minds the mode, and a version that came without an id.
func (r *Registry) checkWithoutID(reg registration, mode string) error {
	old := !r.has.nextVersion && reg.version > 0
	if old && mode == modeReadWrite {
		return notImport(reg.name)
	}
	if mode != modeReadWrite && !old {
		return refuse(42205, "Subject %s in context %s is not in read-write mode", reg.name.subject, reg.name.context)
	}
	if r.has.nextVersion && reg.version > 0 && reg.version != r.store.nextVersion(reg.name) {
		return refuse(42201, "Invalid schema of type %s, details: Version is not one more than previous version",
			reg.content.schemaType)
	}
	return nil
}

func notImport(n name) error {
	return refuse(42205, "Subject %s in context %s is not in import mode", n.subject, n.context)
}

// checkReferences demands that what a schema refers to is here. Imports may
// refer to soft-deleted versions.
func (r *Registry) checkReferences(reg registration, deleted bool) error {
	for _, ref := range reg.content.references {
		to := referenceName(reg.name, ref)
		e := r.store.at(to, ref.Version)
		if ref.Version == -1 {
			e = r.store.latest(to, false)
		}
		if e == nil || e.deleted && !deleted {
			return refuse(42201, "Invalid schema of type %s, details: No schema reference found for subject %q and version %d",
				reg.content.schemaType, to, ref.Version)
		}
	}
	return nil
}

// insert stores a new version and writes it to the topic.
func (r *Registry) insert(reg registration, version, id int) *entry {
	c := reg.content
	// One id has one text, also when it was sent again with other spaces.
	if users := r.store.users(reg.name.context, id); len(users) > 0 {
		c = users[0].content
	}
	r.append(record{kind: recordSchema, name: reg.name, version: version, id: id, content: c, origin: reg.origin})
	e := &entry{name: reg.name, version: version, id: id, content: c, ts: r.topic.last().ts}
	r.store.put(e)
	return e
}

func (s *store) nextVersion(n name) int {
	list := s.subjects[n]
	if len(list) == 0 {
		return 1
	}
	return list[len(list)-1].version + 1
}

// find returns the newest version of n with this content, or nil.
func (s *store) find(n name, key string, deleted bool) *entry {
	for _, e := range slices.Backward(s.subjects[n]) {
		if e.content.key == key && (deleted || !e.deleted) {
			return e
		}
	}
	return nil
}

// latest returns the highest version of n, or nil.
func (s *store) latest(n name, deleted bool) *entry {
	for _, e := range slices.Backward(s.subjects[n]) {
		if deleted || !e.deleted {
			return e
		}
	}
	return nil
}
