package sandbox

import (
	"net/http"
	"net/url"
	"strings"
)

// route is one operation. In its path, {} stands for one segment.
type route struct {
	verb string
	path string
	do   func(*request) (any, error)
}

// request is what an operation gets to see.
type request struct {
	*http.Request
	path  []string // percent-decoded segments
	query url.Values
	arg   []string // the segments that {} stood for
}

// noContent is the answer 204.
type noContent struct{}

// rawText is an answer that is not encoded as JSON once more.
type rawText string

// ServeHTTP answers as a schema registry does.
func (r *Registry) ServeHTTP(w http.ResponseWriter, hr *http.Request) {
	setRequestID(w, hr)
	answer, err := r.answer(hr)
	if err != nil {
		writeError(w, hr, err)
		return
	}
	writeAnswer(w, hr, answer)
}

func (r *Registry) answer(hr *http.Request) (any, error) {
	q, err := newRequest(hr)
	if err != nil {
		return nil, err
	}
	do, err := r.route(q)
	if err != nil {
		return nil, err
	}
	if err := checkMedia(hr); err != nil {
		return nil, err
	}
	return do(q)
}

func newRequest(hr *http.Request) (*request, error) {
	q := &request{Request: hr, query: hr.URL.Query()}
	for s := range strings.SplitSeq(strings.Trim(hr.URL.EscapedPath(), "/"), "/") {
		segment, err := url.PathUnescape(s)
		if err != nil {
			return nil, plain(http.StatusBadRequest, "HTTP 400 Bad Request")
		}
		q.path = append(q.path, segment)
	}
	q.enterContext()
	return q, nil
}

// route finds the operation, and tells an unknown path from a wrong verb.
func (r *Registry) route(q *request) (func(*request) (any, error), error) {
	verb := q.Method
	if verb == http.MethodHead {
		verb = http.MethodGet
	}
	known := false
	for _, rt := range r.routes {
		arg, ok := match(rt.path, q.path)
		known = known || ok
		if ok && rt.verb == verb {
			q.arg = arg
			return rt.do, nil
		}
	}
	if known {
		return nil, plain(http.StatusMethodNotAllowed, "HTTP 405 Method Not Allowed")
	}
	return nil, plain(http.StatusNotFound, "HTTP 404 Not Found")
}

func match(pattern string, path []string) ([]string, bool) {
	rest, more := strings.Trim(pattern, "/"), true
	var arg []string
	for _, got := range path {
		if !more {
			return nil, false
		}
		var want string
		want, rest, more = strings.Cut(rest, "/")
		switch {
		case want == "{}" && got != "":
			arg = append(arg, got)
		case want != got:
			return nil, false
		}
	}
	return arg, !more
}

// enterContext turns /contexts/{context}/… into the path or query without it.
func (q *request) enterContext() {
	if len(q.path) < 3 || q.path[0] != "contexts" {
		return
	}
	context := contextName(q.path[1])
	q.path = q.path[2:]
	switch q.path[0] {
	case "schemas":
		q.qualifyQuery("subject", context)
		q.qualifyQuery("subjectPrefix", context)
	case "mode", "config":
		q.qualifyRoot(context)
	}
	for i, s := range q.path {
		if s != "subjects" || q.path[0] == "schemas" {
			continue
		}
		if i+1 < len(q.path) {
			q.path[i+1] = qualify(context, q.path[i+1])
			return
		}
		q.qualifyQuery("subjectPrefix", context)
	}
}

func (q *request) qualifyRoot(context string) {
	switch {
	case len(q.path) > 1:
		q.path[1] = qualify(context, q.path[1])
	case context != defaultContext:
		q.path = append(q.path, qualify(context, ""))
	}
}

func (q *request) qualifyQuery(key, context string) {
	q.query.Set(key, qualify(context, q.query.Get(key)))
}

// qualify puts a subject into a context unless it names one itself.
func qualify(context, subject string) string {
	if strings.HasPrefix(subject, ":") {
		return subject
	}
	if context == defaultContext && subject != "" {
		return subject
	}
	return ":" + context + ":" + subject
}
