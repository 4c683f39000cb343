package sandbox

// exporterStatus is the answer of GET /exporters/{name}/status.
type exporterStatus struct {
	Name       string `json:"name"`
	State      string `json:"state"`
	Offset     int    `json:"offset"`
	TS         int64  `json:"ts"`
	Trace      string `json:"trace,omitempty"`
	DeksOffset *int   `json:"deksOffset,omitempty"`
	DeksTS     *int   `json:"deksTs,omitempty"`
	Retriable  *bool  `json:"retriable,omitempty"`
}

// plainStatus is the same where status has five fields, always.
type plainStatus struct {
	Name   string `json:"name"`
	State  string `json:"state"`
	Offset int    `json:"offset"`
	TS     int64  `json:"ts"`
	Trace  string `json:"trace"`
}

func (x *exporter) status(has features) any {
	x.mu.Lock()
	defer x.mu.Unlock()
	if has.plainStatus {
		return plainStatus{x.spec.Name, x.state, x.offset, x.ts, x.trace}
	}
	s := exporterStatus{Name: x.spec.Name, State: x.state, Offset: x.offset, TS: x.ts, Trace: x.trace}
	if has.deks {
		none, zero := -1, 0
		s.DeksOffset, s.DeksTS = &none, &zero
	}
	if has.retriable {
		retry := x.retry
		s.Retriable = &retry
	}
	return s
}

func (x *exporter) setTrace(trace string, retriable bool) {
	x.trace, x.retry = trace, retriable
}
