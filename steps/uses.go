package steps

// Moves returns the source.
func (s *CreateExporter) Moves() string { return s.source() }

// Uses says that the exporter is there afterwards.
func (s *CreateExporter) Uses() (registry, name string, use Use) {
	return s.source(), s.Exporter, Makes
}

// Moves returns the source: what did not match before may match now.
func (u *UpdateExporter) Moves() string { return u.ref().registry() }

// Uses says that the exporter has to be there.
func (u *UpdateExporter) Uses() (registry, name string, use Use) {
	return u.ref().registry(), u.Exporter, Needs
}

// Moves returns the source: everything is copied once more.
func (r *Reset) Moves() string { return exporterRef(*r).registry() }

// Uses says that the exporter has to be there.
func (r *Reset) Uses() (registry, name string, use Use) {
	return exporterRef(*r).registry(), r.Exporter, Needs
}

// Moves returns the source.
func (r *Resume) Moves() string { return exporterRef(*r).registry() }

// Uses says that the exporter has to be there.
func (r *Resume) Uses() (registry, name string, use Use) {
	return exporterRef(*r).registry(), r.Exporter, Needs
}

// Uses says that the exporter has to be there.
func (p *Pause) Uses() (registry, name string, use Use) {
	return exporterRef(*p).registry(), p.Exporter, Needs
}

// Uses says that the exporter is gone afterwards.
func (d *Delete) Uses() (registry, name string, use Use) {
	return exporterRef(*d).registry(), d.Exporter, Ends
}

// Uses says that the exporter, if one is named, has to be there: its status is asked for.
func (s *WaitFor) Uses() (registry, name string, use Use) { return s.registry(), s.Exporter, Needs }

// Uses says that the exporter, if one is named, has to be there: its status is asked for.
func (s *Assert) Uses() (registry, name string, use Use) { return s.registry(), s.Exporter, Needs }

// Uses says that the exporter, if one is named, is where the names come from, and that a run remembers its own.
func (s *Compare) Uses() (registry, name string, use Use) { return s.source(), s.Exporter, Knows }

// Proves says whether it compares.
func (s *WaitFor) Proves() bool { return s.Compare != nil }

// Proves says that it is a proof.
func (s *Compare) Proves() bool { return true }

// Thaws returns the registry that READWRITE, or no mode of its own, opens.
func (s *SetMode) Thaws() string {
	if s.Mode == readWrite || s.Inherit {
		return s.Registry
	}
	return ""
}

// Thaws returns the registry whose modes it puts back.
func (r *RestoreMode) Thaws() string { return r.Registry }
