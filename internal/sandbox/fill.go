package sandbox

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// Fill makes an empty registry hold what a snapshot has, under the same names,
// numbers and ids, whatever a client would be allowed to do. What a mode or a
// config is by default counts as not set. Exporters are for FillExporter.
func (r *Registry) Fill(s Snapshot) error {
	for place, mode := range s.Modes {
		if n := parseName(place); !n.isDefault() || mode != modeReadWrite {
			if _, err := r.parseMode(n, mode); err != nil {
				return fmt.Errorf("mode of %q: %w", place, err)
			}
		}
	}
	order, err := r.ordered(s.Versions)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, context := range s.Contexts {
		r.store.space(context)
	}
	for _, place := range slices.Sorted(maps.Keys(s.Configs)) {
		n, c := parseName(place), s.Configs[place]
		if level := c[fieldCompatibility]; n.isDefault() && len(c) == 1 && level == serverDefault {
			continue
		}
		r.store.configs[n] = c.clone()
		r.append(record{kind: recordConfig, name: n, config: r.store.configs[n]})
	}
	for _, reg := range order {
		if err := r.hold(reg); err != nil {
			return err
		}
	}
	for _, v := range s.Versions {
		if e := r.store.at(parseName(v.Subject), v.Version); v.Deleted && e != nil {
			e.deleted = true
			r.append(record{kind: recordSoftDelete, name: e.name, version: e.version, id: e.id, content: e.content})
		}
	}
	for _, place := range slices.Sorted(maps.Keys(s.Modes)) {
		if n, mode := parseName(place), s.Modes[place]; !n.isDefault() || mode != modeReadWrite {
			r.store.modes[n] = mode
			r.append(record{kind: recordMode, name: n})
		}
	}
	return nil
}

// isDefault reports whether n is a place that always has a mode and a config.
func (n name) isDefault() bool {
	return n.isContext() && (n.context == defaultContext || n.context == globalContext)
}

// hold stores a version that came from elsewhere. Callers hold mu.
func (r *Registry) hold(reg registration) error {
	for _, e := range r.store.users(reg.name.context, reg.id) {
		if e.content.key != reg.content.key {
			return fmt.Errorf("id %d stands for one schema in %q version %d and for another in %q version %d",
				reg.id, e.name, e.version, reg.name, reg.version)
		}
	}
	r.insert(reg, reg.version, reg.id)
	return nil
}

// ordered puts what is referred to before what refers to it, and else the lower
// id first, as it came to be.
func (r *Registry) ordered(all []Version) ([]registration, error) {
	byPlace := map[place]registration{}
	list := make([]registration, 0, len(all))
	for _, v := range all {
		s := submission{Schema: v.Schema, SchemaType: v.SchemaType, References: v.References, Metadata: v.Metadata, RuleSet: v.RuleSet}
		c, err := s.content(false, r.has.metadata)
		if err != nil {
			return nil, fmt.Errorf("%q version %d: %w", v.Subject, v.Version, err)
		}
		reg := registration{name: parseName(v.Subject), id: v.ID, version: v.Version, content: c}
		byPlace[place{reg.name, reg.version}] = reg
		list = append(list, reg)
	}
	slices.SortStableFunc(list, func(a, b registration) int {
		return cmp.Or(cmp.Compare(a.id, b.id), cmp.Compare(a.name.String(), b.name.String()), a.version-b.version)
	})
	out, seen := make([]registration, 0, len(list)), map[place]bool{}
	var visit func(registration)
	visit = func(reg registration) {
		at := place{reg.name, reg.version}
		if seen[at] {
			return
		}
		seen[at] = true
		for _, ref := range reg.content.references {
			if to, ok := byPlace[place{referenceName(reg.name, ref), ref.Version}]; ok {
				visit(to)
			}
		}
		out = append(out, reg)
	}
	for _, reg := range list {
		visit(reg)
	}
	return out, nil
}

// FillExporter puts an exporter there that writes to an address, at the end of
// what there is to copy. One that runs says so and copies nothing, until it is
// paused and resumed.
func (r *Registry) FillExporter(s ExporterSnapshot, to string) error {
	spec := exporterSpec{
		Name: s.Name, Subjects: s.Subjects, ContextType: s.ContextType, Context: s.Context, SubjectRenameFormat: s.SubjectRenameFormat,
		Config: map[string]string{},
	}
	for _, key := range s.ConfigKeys {
		spec.Config[key] = ""
	}
	spec.Config[urlKey] = to
	spec, err := r.complete(spec)
	if err != nil {
		return fmt.Errorf("exporter %s: %w", strconv.Quote(s.Name), err)
	}
	if s.Context != "" {
		spec.Context = s.Context
	}
	x := &exporter{registry: r, spec: spec, state: statePaused, offset: r.end() - 1}
	if s.State == stateRunning || s.State == stateStarting {
		x.state = stateRunning
	}
	r.exporters.mu.Lock()
	defer r.exporters.mu.Unlock()
	x.alive = r.alive
	r.exporters.byName[s.Name] = x
	return nil
}
