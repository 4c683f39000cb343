package e2e

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/srmigrate/srmigrate/internal/sandbox"
)

// judged is a registry that tells what it holds: one of the sandbox, or one that runs elsewhere.
type judged interface {
	http.Handler
	Snapshot() sandbox.Snapshot
}

// side is one registry of a test, with faults in front of it.
type side struct {
	judged
	URL string

	planned *sandbox.Faults // those that the options of the pair ask for

	mu      sync.Mutex
	faults  []*fault
	watched bool
	seen    []string // requests of the program that were handled, as "METHOD path"
	copied  []string // those of exporters that changed something, where they are watched
}

// fault is something that befalls requests of one kind.
type fault struct {
	method, path string // path is a prefix
	exact        bool   // or the whole path
	since        string // befalls only requests that come after one like this, as "METHOD path" with a prefix of the path
	skip         int    // how many it lets pass first
	left         int    // how many requests it befalls
	status       int    // answered instead of handling the request, or after that; 0: it is handled, and the answer is cut off
	hold         chan struct{}
	reached      chan struct{}
	says         string // the message beside the status; "planted fault" where there is none
	after        bool   // hold, or answer the status, after the request was handled
}

func (f *fault) matches(r *http.Request) bool {
	return f.left > 0 && r.Method == f.method && strings.HasPrefix(r.URL.Path, f.path) &&
		(!f.exact || r.URL.Path == f.path) && !exporting(r)
}

// exporting says whether a request is the exporter's and not the program's.
func exporting(r *http.Request) bool { return r.Header.Get("Confluent-Schema-Exporter-Name") != "" }

// pair starts two registries that end with the test.
func pair(t testing.TB, o sandbox.PairOptions) (source, target *side) {
	t.Helper()
	o.Source.Exporters = true
	faults := sandbox.NewFaults(o.Faults...)
	behind := func(name string, reg *sandbox.Registry) *side {
		return serve(t, reg, func(h http.Handler) http.Handler { return faults.Befall(h, name, reg.Restart) })
	}
	source = behind(sandbox.SideSource, seeded(t, o.Source, o.Seed))
	target = behind(sandbox.SideTarget, seeded(t, o.Target, onTarget(o)))
	source.planned, target.planned = faults, faults
	return source, target
}

// onTarget is what the target holds before: subjects of the source, or nothing.
func onTarget(o sandbox.PairOptions) sandbox.Seed {
	if o.TargetSubjects <= 0 {
		return sandbox.Seed{Subjects: -1}
	}
	return sandbox.Seed{Subjects: o.TargetSubjects, Seed: o.Seed.Seed + 1}
}

// seeded is a registry in memory that ends with the test.
func seeded(t testing.TB, o sandbox.Options, s sandbox.Seed) *sandbox.Registry {
	t.Helper()
	reg, err := sandbox.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(reg.Close)
	if err := reg.Seed(s); err != nil {
		t.Fatal(err)
	}
	return reg
}

// start serves a registry until the test ends.
func start(t testing.TB, reg judged) *side {
	t.Helper()
	return serve(t, reg, func(h http.Handler) http.Handler { return h })
}

// serve does the same behind what front makes of it.
func serve(t testing.TB, reg judged, front func(http.Handler) http.Handler) *side {
	t.Helper()
	s := &side{judged: reg}
	srv := httptest.NewServer(front(s))
	s.URL = srv.URL
	t.Cleanup(func() {
		s.release()
		srv.CloseClientConnections()
		srv.Close()
	})
	return s
}

func (s *side) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f := s.befall(r)
	switch {
	case f == nil:
		s.handle(w, r)
	case f.status != 0:
		if f.after {
			s.handle(httptest.NewRecorder(), r)
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(f.status)
		fmt.Fprintf(w, `{"error_code":%d,"message":%q}`, f.status, or(f.says, "planted fault"))
	case f.hold == nil:
		s.handle(httptest.NewRecorder(), r)
		cut(w)
	case f.after:
		s.handle(httptest.NewRecorder(), r)
		f.wait()
		cut(w)
	default:
		f.wait()
		cut(w)
	}
}

// wait tells that the request is here and keeps it until the test lets go.
func (f *fault) wait() {
	close(f.reached)
	<-f.hold
}

func cut(w http.ResponseWriter) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic(err)
	}
	conn.Close()
}

func (s *side) handle(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	watched := s.watched && exporting(r) && r.Method != http.MethodGet
	if !exporting(r) {
		s.seen = append(s.seen, r.Method+" "+r.URL.Path)
	}
	s.mu.Unlock()
	if !watched {
		s.judged.ServeHTTP(w, r)
		return
	}
	before := s.judged.Snapshot()
	s.judged.ServeHTTP(w, r)
	if after := s.judged.Snapshot(); !reflect.DeepEqual(before, after) {
		s.mu.Lock()
		s.copied = append(s.copied, r.Method+" "+r.URL.Path)
		s.mu.Unlock()
	}
}

// watch notes from now on what exporters change.
func (s *side) watch() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.watched = true
}

// exporters copies the list of what exporters have changed.
func (s *side) exporters() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.copied)
}

func (s *side) befall(r *http.Request) *fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.faults {
		if !f.matches(r) || !s.has(f.since) {
			continue
		}
		if f.skip > 0 {
			f.skip--
			continue
		}
		f.left--
		return f
	}
	return nil
}

// has says whether a request that begins like this was handled.
func (s *side) has(request string) bool {
	return request == "" || slices.ContainsFunc(s.seen, func(r string) bool { return strings.HasPrefix(r, request) })
}

func (s *side) plant(f *fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, f)
}

// hold plants a fault that stops the n-th request of a kind, counted from 0, before or after it is handled.
func (s *side) hold(method, path string, n int, after bool) *fault {
	f := &fault{
		method: method, path: path, skip: n, left: 1, after: after,
		hold: make(chan struct{}), reached: make(chan struct{}),
	}
	s.plant(f)
	return f
}

// release lets every held request go and removes all faults.
func (s *side) release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.faults {
		if f.hold != nil {
			close(f.hold)
		}
	}
	s.faults = nil
}

// handled copies the list of handled requests.
func (s *side) handled() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.seen)
}

// forget begins the list of handled requests anew.
func (s *side) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen, s.copied = nil, nil
}

// count says how many requests of a kind were handled.
func (s *side) count(request string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, r := range s.seen {
		if r == request {
			n++
		}
	}
	return n
}

// countPrefix says how many requests were handled that begin like this.
func (s *side) countPrefix(request string) int {
	n := 0
	for _, r := range s.handled() {
		if strings.HasPrefix(r, request) {
			n++
		}
	}
	return n
}

// planted parses a script's `METHOD PATH STATUS…`: one fault per status, "cut" for a lost answer.
func (s *side) planted(args []string) error {
	if len(args) < 3 {
		return fmt.Errorf("want METHOD PATH STATUS..., got %q", args)
	}
	for _, a := range args[2:] {
		f := &fault{method: args[0], path: args[1], left: 1}
		if a != "cut" {
			status, err := strconv.Atoi(a)
			if err != nil {
				return err
			}
			f.status = status
		}
		s.plant(f)
	}
	return nil
}

// within waits for something that must come soon, on a machine that may be slow.
func within(t testing.TB, c <-chan struct{}, what string) {
	t.Helper()
	select {
	case <-c:
	case <-time.After(30 * time.Second):
		t.Fatalf("%s: not within 30 s", what)
	}
}
