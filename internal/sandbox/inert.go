package sandbox

import (
	"net/http"
	"strings"
	"time"
)

// inertRoutes keep exporters and their states, and that is all: no exporter
// ever copies anything, and no state forbids anything.
func (r *Registry) inertRoutes() []route {
	return []route{
		{http.MethodPost, "/exporters", r.postInert},
		{http.MethodGet, "/exporters/{}", r.inert(shownInert)},
		{http.MethodPut, "/exporters/{}", r.inert(replaceInert)},
		{http.MethodDelete, "/exporters/{}", r.delInert},
		{http.MethodGet, "/exporters/{}/status", r.inert(inertStatus)},
		{http.MethodGet, "/exporters/{}/config", r.inert(shownInertConfig)},
		{http.MethodPut, "/exporters/{}/config", r.inert(replaceInertConfig)},
		{http.MethodPut, "/exporters/{}/pause", r.inert(enter(statePaused))},
		{http.MethodPut, "/exporters/{}/resume", r.inert(enter(stateRunning))},
		{http.MethodPut, "/exporters/{}/reset", r.inert(rewind)},
	}
}

// inertSpec is an exporter as it is sent and shown; what is empty is left away.
type inertSpec struct {
	Name                string            `json:"name,omitempty"`
	ContextType         string            `json:"contextType,omitempty"`
	Context             string            `json:"context,omitempty"`
	Subjects            []string          `json:"subjects,omitempty"`
	SubjectRenameFormat string            `json:"subjectRenameFormat,omitempty"`
	Config              map[string]string `json:"config,omitempty"`
}

// spec checks the little that is checked.
func (s inertSpec) spec(name string) (exporterSpec, error) {
	s.ContextType = strings.ToUpper(s.ContextType)
	switch s.ContextType {
	case "", contextAuto, contextCustom, contextNone:
	default:
		return exporterSpec{}, refuse(42201, "invalid context type: %s (must be AUTO, CUSTOM, or NONE)", s.ContextType)
	}
	return exporterSpec{
		Name: name, Subjects: s.Subjects, ContextType: s.ContextType, Context: s.Context,
		SubjectRenameFormat: s.SubjectRenameFormat, Config: s.Config,
	}, nil
}

func (r *Registry) postInert(q *request) (any, error) {
	var sent inertSpec
	if err := q.body(&sent); err != nil {
		return nil, err
	}
	if strings.TrimSpace(sent.Name) == "" {
		return nil, refuse(42201, "Exporter name is required")
	}
	if sent.ContextType == "" {
		sent.ContextType = contextAuto
	}
	s, err := sent.spec(sent.Name)
	if err != nil {
		return nil, err
	}
	r.exporters.mu.Lock()
	defer r.exporters.mu.Unlock()
	if r.exporters.byName[s.Name] != nil {
		return nil, refuse(40950, "Exporter already exists: %s", s.Name)
	}
	r.exporters.byName[s.Name] = &exporter{registry: r, spec: s, state: statePaused, ts: time.Now().UnixMilli()}
	return named{s.Name}, nil
}

func (r *Registry) delInert(q *request) (any, error) {
	if _, err := r.exporters.get(q.arg[0]); err != nil {
		return nil, err
	}
	r.exporters.mu.Lock()
	defer r.exporters.mu.Unlock()
	delete(r.exporters.byName, q.arg[0])
	return named{q.arg[0]}, nil
}

// inert finds the exporter and holds it for an operation, whose answer is the
// name if it gives none.
func (r *Registry) inert(do func(*exporter, *request) (any, error)) func(*request) (any, error) {
	return func(q *request) (any, error) {
		x, err := r.exporters.get(q.arg[0])
		if err != nil {
			return nil, err
		}
		x.mu.Lock()
		defer x.mu.Unlock()
		answer, err := do(x, q)
		if answer == nil && err == nil {
			answer = named{x.spec.Name}
		}
		return answer, err
	}
}

// shownInert hides no secrets.
func shownInert(x *exporter, _ *request) (any, error) {
	s := x.spec
	return inertSpec{s.Name, s.ContextType, s.Context, s.Subjects, s.SubjectRenameFormat, s.Config}, nil
}

// replaceInert keeps nothing of what was there: a field left out is empty now.
func replaceInert(x *exporter, q *request) (any, error) {
	var sent inertSpec
	if err := q.body(&sent); err != nil {
		return nil, err
	}
	s, err := sent.spec(x.spec.Name)
	if err == nil {
		x.spec = s
	}
	return nil, err
}

func shownInertConfig(x *exporter, _ *request) (any, error) {
	if x.spec.Config == nil {
		return map[string]string{}, nil
	}
	return x.spec.Config, nil
}

// replaceInertConfig looks for the config in a field of that name, so the flat
// map that others take leaves the exporter without any.
func replaceInertConfig(x *exporter, q *request) (any, error) {
	var sent struct {
		Config map[string]string `json:"config"`
	}
	if err := q.body(&sent); err != nil {
		return nil, err
	}
	x.spec.Config = sent.Config
	return nil, nil
}

func inertStatus(x *exporter, _ *request) (any, error) {
	return struct {
		Name   string `json:"name"`
		State  string `json:"state"`
		Offset int    `json:"offset,omitempty"`
		TS     int64  `json:"ts,omitempty"`
		Trace  string `json:"trace,omitempty"`
	}{x.spec.Name, x.state, x.offset, x.ts, x.trace}, nil
}

func enter(state string) func(*exporter, *request) (any, error) {
	return func(x *exporter, _ *request) (any, error) {
		x.state, x.ts = state, time.Now().UnixMilli()
		return nil, nil
	}
}

func rewind(x *exporter, _ *request) (any, error) {
	x.offset, x.trace, x.ts = 0, "", time.Now().UnixMilli()
	return nil, nil
}
