// Package metrics keeps the figures of a run: how it stands, how far it has come, what it has sent. They can be asked for
// at any time, and stand in a file for Prometheus.
package metrics

import (
	"cmp"
	"strconv"
	"sync"
	"time"

	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/registry"
)

// Standing is how a run stands in its state.
type Standing struct {
	Run     string // its id, "" where there is none
	Status  string
	Started time.Time
	Steps   []Step // begun, also those that undo
}

// Step is one step as the figures know it.
type Step struct {
	ID, Type string
	Status   string
	Exporter Exporter // that it has to do with, its name "" for none
	Ends     bool     // the exporter is gone afterwards
}

// Exporter is one of a registry: two sources may each have one of the same name.
type Exporter struct{ Registry, Name string }

// Statuses are those of a run, in the words of the state.
func Statuses() []string {
	return []string{"running", "waiting", "interrupted", "succeeded", "failed", "rollingBack", "rolledBack", "rollbackIncomplete", "abandoned"}
}

// StepStatuses are those of a step.
func StepStatuses() []string {
	return []string{"pending", "running", "waiting", "succeeded", "failed", "skipped", "blocked"}
}

// exporterStates are those that servers are known to have; what else one says is other.
func exporterStates() []string { return []string{"STARTING", "RUNNING", "PAUSED", "ERROR", "other"} }

// mostSteps is of how many steps there are figures. A runbook that is longer is still run.
const mostSteps = 500

// Meter has the figures of one call. It is told of what happens, and can be asked from several goroutines.
type Meter struct {
	Runbook string // with its instance
	Verb    string // of the call
	Version string // of the program
	Steps   []Step // of the runbook, in order
	// Standing reads how the run stands; false where that cannot be read, or there is none.
	Standing func() (Standing, bool)
	// Redact is what every text passes.
	Redact func(string) string

	mu       sync.Mutex
	began    time.Time // this call, zero before anything has happened
	ended    time.Time // zero while it is at work
	exit     int
	changed  time.Time // when something was last otherwise
	run      Standing
	steps    []*step
	known    map[string]*step // by id
	exporter map[Exporter]seen
	requests map[request]int
	took     map[string]time.Duration // waiting for a registry
	retried  map[string]int           // a registry, before any step
}

// step is a step with what it has done.
type step struct {
	Step
	retries           int
	copied, of        int
	differ            *event.Compared
	counted, compared bool
}

// seen is how an exporter was last seen.
type seen struct {
	state  string
	offset int64
}

// request is what requests are counted by.
type request struct{ registry, method, code string }

// Exchange counts a request. It is called from several goroutines.
func (m *Meter) Exchange(x registry.Exchange) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.requests == nil {
		m.requests, m.took = map[request]int{}, map[string]time.Duration{}
	}
	code := "none"
	if x.Status != 0 {
		code = strconv.Itoa(x.Status)
	}
	m.requests[request{x.Registry, x.Method, code}]++
	m.took[x.Registry] += x.Took
}

// Take takes an event, and says whether a figure may be otherwise now.
func (m *Meter) Take(e event.Event) (changed bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.began.IsZero() {
		m.began = time.Now()
		m.stand()
	}
	if p, ok := e.(event.StepProgress); ok && p.Repeated {
		return false
	}
	m.changed = time.Now()
	m.take(e)
	return true
}

// stand takes over how the run stands in its state.
func (m *Meter) stand() {
	run, ok := m.Standing()
	if !ok {
		run = m.run
	}
	m.of(run)
}

// of takes over how a run stands. Of another one than before nothing is known but that.
func (m *Meter) of(run Standing) {
	if m.known == nil || run.Run != m.run.Run {
		m.known, m.steps, m.exporter = map[string]*step{}, nil, nil
		for _, s := range m.Steps {
			m.at(s).Status = "pending"
		}
	}
	m.run = run
	for _, s := range run.Steps {
		m.at(s).Status = s.Status
	}
}

// at is the step, a new one where it is not known yet. Behind the last for which there is room a step counts for nothing.
func (m *Meter) at(s Step) *step {
	if k := m.known[s.ID]; k != nil {
		k.Type = cmp.Or(s.Type, k.Type)
		return k
	}
	k := &step{Step: s}
	if len(m.steps) < mostSteps {
		m.known[s.ID], m.steps = k, append(m.steps, k)
	}
	return k
}
