package sandbox

import (
	"net/http"
	"strings"
)

func (r *Registry) getRoot(*request) (any, error) { return struct{}{}, nil }

func (r *Registry) getMetadataID(*request) (any, error) {
	type clusters struct {
		Kafka    string `json:"kafka-cluster"`
		Registry string `json:"schema-registry-cluster"`
	}
	type scope struct {
		Path     []string `json:"path"`
		Clusters clusters `json:"clusters"`
	}
	return struct {
		Scope scope  `json:"scope"`
		ID    string `json:"id"`
	}{Scope: scope{[]string{}, clusters{r.opts.ClusterID, r.opts.GroupID}}}, nil
}

func (r *Registry) getMetadataVersion(*request) (any, error) {
	return map[string]string{"version": r.opts.Server, "commitId": "5a4d0b0c"}, nil
}

func (r *Registry) getContexts(q *request) (any, error) {
	offset, limit, err := q.page()
	if err != nil {
		return nil, err
	}
	r.mu.RLock()
	list := r.store.contexts()
	r.mu.RUnlock()
	if start := q.query.Get("contextPrefix"); r.has.contextPrefix && start != "" {
		list = filter(list, func(c string) bool { return strings.HasPrefix(c, start) })
	}
	if r.has.contextPages {
		list = cut(list, offset, limit)
	}
	return list, nil
}

// delContext forgets an empty context; the default one stays listed.
func (r *Registry) delContext(q *request) (any, error) {
	context := contextName(q.arg[0])
	r.mu.Lock()
	defer r.mu.Unlock()
	for n := range r.store.subjects {
		if n.context == context {
			return nil, refuse(42211, "The specified context '%s' is not empty.", context)
		}
	}
	if context != defaultContext {
		delete(r.store.spaces, context)
		r.append(record{kind: recordNoop})
	}
	return noContent{}, nil
}

func (r *Registry) getTypes(*request) (any, error) {
	return []string{"JSON", "PROTOBUF", "AVRO"}, nil
}

// postCompatibility accepts everything: compatibility is not what the sandbox
// is about.
func (r *Registry) postCompatibility(q *request) (any, error) {
	var s submission
	if err := q.body(&s); err != nil {
		return nil, err
	}
	if _, err := s.content(false, r.has.metadata); err != nil {
		return nil, err
	}
	if len(q.arg) > 1 && q.arg[1] != "latest" && q.arg[1] != "-1" {
		if _, err := r.one(parseName(q.arg[0]), q.arg[1], false); err != nil {
			return nil, err
		}
	}
	return map[string]bool{"is_compatible": true}, nil
}

func filter[T any](list []T, keep func(T) bool) []T {
	out := []T{}
	for _, v := range list {
		if keep(v) {
			out = append(out, v)
		}
	}
	return out
}

// settingName reads the {} of /mode/{} and /config/{}; without one it is the
// default context.
func (r *Registry) settingName(q *request) (name, error) {
	if len(q.arg) == 0 {
		return name{context: defaultContext}, nil
	}
	n := parseName(q.arg[0])
	if n == (name{context: defaultContext}) && !r.has.dotContext {
		// An older server takes it for a subject, which then has no effect.
		return name{defaultContext, q.arg[0]}, nil
	}
	if !n.isContext() && !n.valid() || !n.validChars() {
		return name{}, invalidSubject(q.arg[0])
	}
	return n, nil
}

// exporterOrigin marks what an exporter writes, so that one that exports into
// its own registry does not export its copies again.
func exporterOrigin(hr *http.Request) string {
	if hr.Header.Get(exporterHeader) == "" {
		return ""
	}
	return hr.UserAgent()
}
