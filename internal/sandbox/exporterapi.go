package sandbox

import "net/http"

func (r *Registry) exporterRoutes() []route {
	create := http.MethodPost
	if r.has.putCreates {
		create = http.MethodPut
	}
	return []route{
		{create, "/exporters", r.createdExporter},
		{http.MethodGet, "/exporters/{}", r.getExporter},
		{http.MethodPut, "/exporters/{}", r.putExporter},
		{http.MethodDelete, "/exporters/{}", r.delExporter},
		{http.MethodGet, "/exporters/{}/status", r.getExporterStatus},
		{http.MethodGet, "/exporters/{}/config", r.getExporterConfig},
		{http.MethodPut, "/exporters/{}/config", r.putExporterConfig},
		{http.MethodPut, "/exporters/{}/pause", r.pauseExporter},
		{http.MethodPut, "/exporters/{}/resume", r.resumeExporter},
		{http.MethodPut, "/exporters/{}/reset", r.resetExporter},
	}
}

// named is the answer to whatever changed an exporter.
type named struct {
	Name string `json:"name"`
}

func (r *Registry) getExporters(*request) (any, error) {
	return r.exporters.names(), nil
}

func (r *Registry) createdExporter(q *request) (any, error) {
	var s exporterSpec
	if err := q.body(&s); err != nil {
		return nil, err
	}
	if err := r.createExporter(s); err != nil {
		return nil, err
	}
	return named{s.Name}, nil
}

// generatedContext is what AUTO puts in front.
func (r *Registry) generatedContext() string {
	return "." + r.opts.ClusterID + "-" + r.opts.GroupID
}

func (r *Registry) getExporter(q *request) (any, error) {
	x, err := r.exporters.get(q.arg[0])
	if err != nil {
		return nil, err
	}
	return x.currentSpec().masked(), nil
}

func (r *Registry) getExporterConfig(q *request) (any, error) {
	x, err := r.exporters.get(q.arg[0])
	if err != nil {
		return nil, err
	}
	return x.currentSpec().masked().Config, nil
}

func (r *Registry) getExporterStatus(q *request) (any, error) {
	x, err := r.exporters.get(q.arg[0])
	if err != nil {
		return nil, err
	}
	return x.status(r.has), nil
}

func (r *Registry) putExporter(q *request) (any, error) {
	var u exporterSpec
	if err := q.body(&u); err != nil {
		return nil, err
	}
	return r.changeExporter(q, u)
}

func (r *Registry) putExporterConfig(q *request) (any, error) {
	config := map[string]string{}
	if err := q.body(&config); err != nil {
		return nil, err
	}
	return r.changeExporter(q, exporterSpec{Config: config})
}

func (r *Registry) changeExporter(q *request, u exporterSpec) (any, error) {
	x, err := r.exporters.get(q.arg[0])
	if err != nil {
		return nil, err
	}
	if err := x.update(u); err != nil {
		return nil, err
	}
	return named{q.arg[0]}, nil
}

func (r *Registry) delExporter(q *request) (any, error) {
	if err := r.exporters.remove(q.arg[0]); err != nil {
		return nil, err
	}
	return noContent{}, nil
}

func (r *Registry) pauseExporter(q *request) (any, error) {
	return r.steer(q, (*exporter).pause)
}

func (r *Registry) resumeExporter(q *request) (any, error) {
	return r.steer(q, (*exporter).resume)
}

func (r *Registry) resetExporter(q *request) (any, error) {
	return r.steer(q, (*exporter).reset)
}

func (r *Registry) steer(q *request, do func(*exporter) error) (any, error) {
	x, err := r.exporters.get(q.arg[0])
	if err != nil {
		return nil, err
	}
	if err := do(x); err != nil {
		return nil, err
	}
	return named{q.arg[0]}, nil
}
