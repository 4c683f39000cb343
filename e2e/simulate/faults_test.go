package simulate

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"time"

	"github.com/srmigrate/srmigrate/internal/engine"
)

// ServeHTTP is where requests meet their trouble.
func (s *side) ServeHTTP(a http.ResponseWriter, q *http.Request) {
	p := callerOf(q)
	if u, password, ok := q.BasicAuth(); !ok || u != user || password != canary {
		answer(a, http.StatusUnauthorized, 401, "Unauthorized")
		return
	}
	if p == nil {
		s.export(a, q)
		return
	}
	if p.dead() {
		panic(http.ErrAbortHandler)
	}
	body, err := bodyOf(q) // only once it is read does a server notice that a client has gone
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	c := reading
	if q.Method != http.MethodGet {
		c = writing
	}
	if path := settingPath(q); path != "" && c == writing {
		s.w.settings.attempts(s.name+path, q.Method, string(body))
	}
	t := p.next(s.name+" "+q.Method+" "+q.URL.RequestURI(), c)
	if p.refuses(s.name) {
		answer(a, http.StatusServiceUnavailable, 503, "Service Unavailable")
		return
	}
	if p.expired {
		answer(a, http.StatusUnauthorized, 401, "Unauthorized")
		return
	}
	s.befall(a, q, p, t)
}

// bodyOf reads the body of a request and leaves it there.
func bodyOf(q *http.Request) ([]byte, error) {
	if q.Body == http.NoBody {
		return nil, nil
	}
	body, err := io.ReadAll(q.Body)
	q.Body = io.NopCloser(bytes.NewReader(body))
	return body, err
}

// befall answers a request as the trouble wants it.
func (s *side) befall(a http.ResponseWriter, q *http.Request, p *process, t *trouble) {
	if t == nil {
		s.handle(a, q, p)
		return
	}
	switch t.Kind {
	case killBefore, powerBefore:
		p.die(t)
		panic(http.ErrAbortHandler)
	case killAfter, powerAfter:
		s.handle(newHeld(), q, p)
		p.die(t)
		panic(http.ErrAbortHandler)
	case stranger:
		s.w.strange(t)
		s.handle(a, q, p)
	case restart:
		s.empties()
		if t.Seed%2 == 0 {
			panic(http.ErrAbortHandler)
		}
		s.handle(a, q, p)
	case signal:
		s.interrupt(a, q, p, t)
	case delay:
		s.late(a, q, p, t)
	case tooMany:
		a.Header().Set("Retry-After", strconv.Itoa(1+int(t.Seed%7)))
		answer(a, http.StatusTooManyRequests, 429, "Too Many Requests")
	case refused:
		p.refuseFor(s.name, time.Duration(10+t.Seed%120)*time.Second)
		answer(a, http.StatusServiceUnavailable, 503, "Service Unavailable")
	case unavailable:
		answer(a, http.StatusServiceUnavailable, 503, "Service Unavailable")
	case leader:
		answer(a, http.StatusInternalServerError, 50003, "Error while forwarding the request to the leader")
	case internalErr:
		answer(a, http.StatusInternalServerError, 50001, "Error in the backend data store")
	case cut:
		panic(http.ErrAbortHandler)
	case lost:
		s.handle(newHeld(), q, p)
		panic(http.ErrAbortHandler)
	case gatewayLate:
		s.handle(newHeld(), q, p)
		page(a, http.StatusGatewayTimeout)
	case half:
		s.halve(a, q, p)
	case html:
		page(a, http.StatusBadGateway)
	case htmlFine:
		page(a, http.StatusOK)
	case unauthorized:
		p.expire()
		answer(a, http.StatusUnauthorized, 401, "Unauthorized")
	default:
		s.handle(a, q, p)
	}
}

// interrupt is a signal while the registry handles the request: the answer arrives before it, or nobody waits for it any
// more.
func (s *side) interrupt(a http.ResponseWriter, q *http.Request, p *process, t *trouble) {
	if t.Seed%2 == 0 {
		s.handle(a, q, p)
		p.cancel(engine.ErrInterrupted)
		return
	}
	p.cancel(engine.ErrInterrupted)
	s.handle(newHeld(), q, p)
	panic(http.ErrAbortHandler)
}

func (p *process) refuseFor(side string, d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down[side] = time.Now().Add(d)
}

func (p *process) refuses(side string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Now().Before(p.down[side])
}

func (p *process) expire() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.expired = true
}

// handle lets the registry have the request, and keeps what it changed.
func (s *side) handle(a http.ResponseWriter, q *http.Request, p *process) {
	if q.Method == http.MethodGet {
		h := newHeld()
		s.Registry.ServeHTTP(h, q)
		s.restoring(q, "", http.StatusOK)
		if _, kept := a.(*held); !kept {
			s.missed(q, h.status)
		}
		h.copy(a)
		return
	}
	s.w.announced(s, q)
	s.w.savedFirst(s, q)
	body, _ := bodyOf(q) // it lies in memory
	e := effect{process: p.n, side: s.name, method: q.Method, path: q.URL.RequestURI()}
	if exporter, reset := strings.CutSuffix(e.path, "/reset"); reset {
		e.moved = s.offset(exporter) >= 0
	}
	h := newHeld()
	s.Registry.ServeHTTP(h, q)
	e.status = h.status
	s.w.note(e)
	s.restoring(q, string(body), h.status)
	s.emptied(q)
	h.copy(a)
}

// offset is where an exporter stands.
func (s *side) offset(exporter string) int {
	var status struct{ Offset int }
	h := newHeld()
	s.Registry.ServeHTTP(h, httptest.NewRequest(http.MethodGet, exporter+"/status", nil))
	if err := json.Unmarshal(h.body.Bytes(), &status); err != nil || h.status != http.StatusOK {
		return -1
	}
	return status.Offset
}

func (w *world) note(e effect) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.effects = append(w.effects, e)
	fmt.Fprintf(&w.log, "   > %s %s %s: %d\n", e.side, e.method, e.path, e.status)
}

// late answers after a while, unless nobody waits any more.
func (s *side) late(a http.ResponseWriter, q *http.Request, p *process, t *trouble) {
	timer := time.NewTimer(time.Duration(1+t.Seed%90) * time.Second)
	defer timer.Stop()
	select {
	case <-timer.C:
		s.handle(a, q, p)
	case <-q.Context().Done():
		panic(http.ErrAbortHandler)
	}
}

// halve promises the whole answer and sends half of it.
func (s *side) halve(a http.ResponseWriter, q *http.Request, p *process) {
	h := newHeld()
	s.handle(h, q, p)
	maps.Copy(a.Header(), h.header)
	a.Header().Set("Content-Length", strconv.Itoa(h.body.Len()))
	a.WriteHeader(h.status)
	_, _ = a.Write(h.body.Bytes()[:h.body.Len()/2]) // the connection ends here in any case
	_ = http.NewResponseController(a).Flush()
	panic(http.ErrAbortHandler)
}

// export is a request of an exporter.
func (s *side) export(a http.ResponseWriter, q *http.Request) {
	t := s.w.exporting(q)
	if q.Method != http.MethodGet {
		s.w.settings.written(s.name+settingPath(q), "")
		defer s.emptied(q)
	}
	if t == nil {
		s.Registry.ServeHTTP(a, q)
		return
	}
	switch t.Kind {
	case unavailable:
		answer(a, http.StatusServiceUnavailable, 503, "Service Unavailable")
	case leader:
		answer(a, http.StatusInternalServerError, 50003, "Error while forwarding the request to the leader")
	case lost:
		s.Registry.ServeHTTP(newHeld(), q)
		panic(http.ErrAbortHandler)
	default:
		panic(http.ErrAbortHandler)
	}
}

// exporting is the trouble of an exporter's request; which process is alive does not matter to it.
func (w *world) exporting(q *http.Request) *trouble {
	w.mu.Lock()
	what := "exporter " + q.Method + " " + q.URL.RequestURI()
	w.exported[what]++
	p, begun := place{0, what, w.exported[what]}, w.processes > 0
	w.mu.Unlock()
	whole := q.URL.Path == "/mode" || strings.Contains(q.URL.RawQuery, "%3A%2A%3A")
	if p.Nth > 5 || !begun || whole {
		return nil // it comes to an end, begins with the run, and leaves alone what an exporter tries only once
	}
	return w.trouble(p, exporting)
}

func answer(a http.ResponseWriter, status, code int, text string) {
	a.Header().Set("Content-Type", "application/vnd.schemaregistry.v1+json")
	a.WriteHeader(status)
	_, _ = fmt.Fprintf(a, `{"error_code":%d,"message":%q}`, code, text) // a client that went away is not its problem
}

func page(a http.ResponseWriter, status int) {
	a.Header().Set("Content-Type", "text/html")
	a.WriteHeader(status)
	_, _ = fmt.Fprintf(a, "<html><body><h1>%d</h1></body></html>", status) // as above
}

// held is an answer that is kept back.
type held struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func newHeld() *held { return &held{header: http.Header{}, status: http.StatusOK} }

func (h *held) Header() http.Header         { return h.header }
func (h *held) WriteHeader(status int)      { h.status = status }
func (h *held) Write(b []byte) (int, error) { return h.body.Write(b) }

func (h *held) copy(a http.ResponseWriter) {
	maps.Copy(a.Header(), h.header)
	a.WriteHeader(h.status)
	_, _ = a.Write(h.body.Bytes()) // a client that went away is not its problem
}
