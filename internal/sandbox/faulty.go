package sandbox

import (
	"net/http"
	"slices"
	"strings"
	"sync"
)

// Faults are faults in front of servers. They count the requests that they are
// about over all of those servers.
type Faults struct{ list []*planted }

// planted is a fault that counts.
type planted struct {
	Fault
	mu   sync.Mutex
	seen int
	hits int
}

// NewFaults readies faults in the order in which they befall a request.
func NewFaults(faults ...Fault) *Faults {
	all := new(Faults)
	for _, f := range faults {
		if f.behave == nil {
			all.list = append(all.list, &planted{Fault: f})
		}
	}
	return all
}

// Befall has the faults of one side, and those of exporters, befall the
// requests to h. A restart calls forget, which is to make h lose all it holds;
// without one it only closes the connection.
//
// Connections are closed by a panic with http.ErrAbortHandler.
func (f *Faults) Befall(h http.Handler, side string, forget func()) http.Handler {
	for _, p := range slices.Backward(f.list) {
		h = p.before(h, side, forget)
	}
	return h
}

// Hits says how many requests were befallen so far, by FaultKinds; a kind that
// befell none is not in it.
func (f *Faults) Hits() map[string]int {
	hits := map[string]int{}
	for _, p := range f.list {
		p.mu.Lock()
		if p.hits > 0 {
			hits[p.kind] += p.hits
		}
		p.mu.Unlock()
	}
	return hits
}

func (f *planted) before(next http.Handler, side string, forget func()) http.Handler {
	if f.side != side && f.side != SideExporter {
		return next
	}
	server := behind{next, forget}
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if f.befalls(q) {
			f.act(w, q, server)
			return
		}
		next.ServeHTTP(w, q)
	})
}

// behind is the server behind a fault.
type behind struct {
	http.Handler
	forget func() // may be nil
}

// befalls counts the requests that it is about.
func (f *planted) befalls(q *http.Request) bool {
	exporting := q.Header.Get(exporterHeader) != ""
	if exporting != (f.side == SideExporter) || f.method != "*" && f.method != q.Method || !strings.HasPrefix(q.URL.Path, f.path) {
		return false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.seen++
	hit := f.seen > f.skip && (f.count == 0 || f.seen <= f.skip+f.count)
	if hit {
		f.hits++
	}
	return hit
}
