package metrics

import (
	"slices"
	"time"

	"github.com/srmigrate/srmigrate/internal/event"
)

// take changes the figures by what has happened.
func (m *Meter) take(e event.Event) {
	switch e := e.(type) {
	case event.RunStarted:
		if m.stand(); m.run.Run != e.RunID { // it is not saved yet
			m.of(Standing{Run: e.RunID, Started: time.Now()})
		}
		m.run.Status = "running"
	case event.RollbackStarted:
		m.stand()
		m.run.Status = "rollingBack"
	case event.StepStarted:
		m.turn(Step{ID: e.ID, Type: e.Type}, "running")
		if m.run.Status == "waiting" {
			m.run.Status = "running"
		}
	case event.StepWaiting:
		m.turn(Step{ID: e.ID}, "waiting")
		if m.run.Status != "rollingBack" {
			m.run.Status = "waiting"
		}
	case event.StepDone:
		m.turn(Step{ID: e.ID}, "succeeded")
		if s := m.at(Step{ID: e.ID}); s.Ends {
			delete(m.exporter, s.Exporter)
		}
	case event.StepSkipped:
		m.turn(Step{ID: e.ID}, "skipped")
	case event.StepFailed:
		m.turn(Step{ID: e.ID}, "failed")
	case event.StepRetry:
		m.at(Step{ID: e.ID}).retries++
	case event.RegistryRetry:
		if m.retried == nil {
			m.retried = map[string]int{}
		}
		m.retried[e.Name]++
	case event.StepProgress:
		m.progress(e)
	case event.Compared:
		s := m.at(Step{ID: e.ID})
		s.differ, s.compared = &e, true
	case event.RunEnded:
		m.end(e.ExitCode)
	case event.Stopped:
		m.end(e.ExitCode)
	}
}

// turn gives a step another status.
func (m *Meter) turn(s Step, status string) { m.at(s).Status = status }

// progress keeps what a step saw last.
func (m *Meter) progress(e event.StepProgress) {
	s := m.at(Step{ID: e.ID})
	if e.Of > 0 {
		s.copied, s.of, s.counted = e.Done, e.Of, true
	}
	if e.State == "" || s.Exporter.Name == "" {
		return
	}
	if m.exporter == nil {
		m.exporter = map[Exporter]seen{}
	}
	now := seen{e.State, e.Offset}
	if !slices.Contains(exporterStates(), e.State) {
		now.state = "other"
	}
	m.exporter[s.Exporter] = now
}

// end closes the call with how the run stands.
func (m *Meter) end(code int) {
	m.stand()
	m.exit, m.ended = code, time.Now()
}

// Run is the id of the run, "" where there is none.
func (m *Meter) Run() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.run.Run
}

// TypeOf is the type of a step, "" where that is not known.
func (m *Meter) TypeOf(id string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	if s := m.known[id]; s != nil {
		return s.Type
	}
	return ""
}
