package sandbox

type modeBody struct {
	Mode *string `json:"mode"`
}

func shownMode(mode string) modeBody { return modeBody{&mode} }

// mode returns the mode set for n alone.
func (r *Registry) mode(n name) (string, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	m, ok := r.store.modes[n]
	return m, ok
}

func (r *Registry) getMode(q *request) (any, error) {
	n, err := r.settingName(q)
	if err != nil {
		return nil, err
	}
	if q.flag("defaultToGlobal") {
		r.mu.RLock()
		defer r.mu.RUnlock()
		return shownMode(r.effectiveMode(n)), nil
	}
	if m, ok := r.mode(n); ok {
		return shownMode(m), nil
	}
	if len(q.arg) == 0 || r.rooted(n) {
		return shownMode(modeReadWrite), nil
	}
	return nil, refuse(40409, "Subject '%s' does not have subject-level mode configured", n)
}

// rooted reports whether n stands behind everything, so that it always has an
// answer.
func (r *Registry) rooted(n name) bool {
	return r.has.global && n == name{context: globalContext}
}

func (r *Registry) putMode(q *request) (any, error) {
	n, err := r.settingName(q)
	if err != nil {
		return nil, err
	}
	sent := map[string]*string{}
	if err := q.body(&sent); err != nil {
		return nil, err
	}
	mode, err := r.sentMode(n, sent)
	if err != nil {
		return nil, err
	}
	if r.opts.Immutable {
		return nil, immutable()
	}
	if err := r.setMode(n, mode, q.flag("force")); err != nil {
		return nil, err
	}
	return modeBody{sent["mode"]}, nil
}

// sentMode is empty when null was sent to clear the mode; sending nothing is
// no way to do that.
func (r *Registry) sentMode(n name, sent map[string]*string) (string, error) {
	mode, ok := sent["mode"]
	switch {
	case mode != nil:
		return r.parseMode(n, *mode)
	case ok && r.has.clearByNull:
		return "", nil
	}
	return r.parseMode(n, "")
}

func immutable() error { return refuse(42205, "Mode changes are not allowed") }

func (r *Registry) delMode(q *request) (any, error) {
	n, err := r.settingName(q)
	if err != nil {
		return nil, err
	}
	if r.opts.Immutable {
		return nil, immutable()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	old, ok := r.store.modes[n]
	recursive := q.flag("recursive") && r.has.deleteRecursive && n.isContext()
	if !ok && !recursive && len(q.arg) > 0 {
		return nil, subjectNotFound(n)
	}
	r.clearMode(n)
	if recursive {
		r.clearModesWithin(n.context)
	}
	if !ok {
		old = modeReadWrite
	}
	return shownMode(old), nil
}

func (r *Registry) clearModesWithin(context string) {
	for n := range r.store.modes {
		if n.context == context {
			r.clearMode(n)
		}
	}
}
