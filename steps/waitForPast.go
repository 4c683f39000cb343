package steps

// created is what this run recorded when it created the exporter.
func (w *watch) created() (createRecord, bool) {
	for _, p := range w.env.Steps {
		if p.Type != "createExporter" || p.Record == nil {
			continue
		}
		if r, err := createRecordOf(p); err == nil && r.Source == w.registry() && r.Exporter == w.Exporter {
			return r, true
		}
	}
	return createRecord{}, false
}

func (w *watch) createdByRun() bool {
	r, ok := w.created()
	return ok && r.isMade()
}

// pauser finds the earlier step that leaves the exporter paused, "" when none does.
func (s *WaitFor) pauser(before []Declared) string {
	id := ""
	same := func(registry, exporter string) bool { return registry == s.registry() && exporter == s.Exporter }
	for _, d := range before {
		switch step := d.Step.(type) {
		case *Pause:
			if same(exporterRef(*step).registry(), step.Exporter) {
				id = d.ID
			}
		case *Resume:
			if same(exporterRef(*step).registry(), step.Exporter) {
				id = ""
			}
		case *CreateExporter:
			if same(step.source(), step.Exporter) {
				id = ""
			}
		}
	}
	return id
}

// pausedByRun reports whether an earlier step of this run paused the exporter, and none made it go on since.
func (w *watch) pausedByRun() bool {
	_, begun := w.env.Past(w.pausedBy)
	return begun && w.pausedBy != ""
}
