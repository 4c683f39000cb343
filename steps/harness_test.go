package steps

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/registry"
	"github.com/srmigrate/srmigrate/internal/sandbox"
)

// rig is two sandbox registries and what the engine does with a step: record, do, settle, undo.
type rig struct {
	t              *testing.T
	source, target *side
	files          sideFiles
	past           []Past
	events         []event.Event
	dialects       map[string]string
	undoing        string // the step that is being undone
	dir            string // the runbook's folder
	allow          []Consent
}

// side is one registry behind a handler that can cut connections and refuse requests.
type side struct {
	*sandbox.Registry
	url    string
	client *registry.Client

	refuses func(r *http.Request) bool // what the server does not know

	mu     sync.Mutex
	before func(w http.ResponseWriter, r *http.Request) bool // true: the request is answered
	after  func(r *http.Request) (cut bool)                  // of requests that were handled
	writes []string
}

func newRig(t *testing.T, change ...func(*sandbox.Options)) *rig {
	source, target := sandbox.Options{Exporters: true}, sandbox.Options{}
	for _, f := range change {
		f(&source)
		f(&target)
	}
	target.Exporters = false
	return &rig{t: t, source: newSide(t, "source", source), target: newSide(t, "target", target), files: sideFiles{}}
}

func newSide(t *testing.T, name string, o sandbox.Options) *side {
	r, err := sandbox.New(o)
	if err != nil {
		t.Fatal(err)
	}
	s := &side{Registry: r}
	server := httptest.NewServer(s)
	s.url = server.URL
	s.client, err = registry.New(registry.Config{Name: name, URL: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.client.Close(); r.Close(); server.Close() })
	return s
}

func (s *side) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Confluent-Schema-Exporter-Name") != "" || r.Header.Get("X-Stranger") != "" {
		s.Registry.ServeHTTP(w, r)
		return
	}
	s.mu.Lock()
	before, after := s.before, s.after
	if r.Method != http.MethodGet {
		s.writes = append(s.writes, r.Method+" "+r.URL.Path)
	}
	s.mu.Unlock()
	if before != nil && before(w, r) {
		return
	}
	if s.refuses != nil && s.refuses(r) {
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	if after == nil {
		s.Registry.ServeHTTP(w, r)
		return
	}
	kept := httptest.NewRecorder()
	s.Registry.ServeHTTP(kept, r)
	if after(r) {
		panic(http.ErrAbortHandler)
	}
	w.WriteHeader(kept.Code)
	_, _ = w.Write(kept.Body.Bytes())
}

func (s *side) faults(before func(http.ResponseWriter, *http.Request) bool, after func(*http.Request) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.before, s.after = before, after
}

func (s *side) written() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.writes...)
}

// tell sends a request as somebody else, such as "PUT /mode/x {"mode":"READONLY"}".
func (s *side) tell(t *testing.T, request string) {
	t.Helper()
	parts := strings.SplitN(request, " ", 3)
	var body io.Reader
	if len(parts) > 2 {
		body = strings.NewReader(parts[2])
	}
	r, err := http.NewRequest(parts[0], s.url+parts[1], body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Stranger", "yes")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if b, _ := io.ReadAll(resp.Body); resp.StatusCode/100 != 2 {
		t.Fatalf("%s: %d %s", request, resp.StatusCode, b)
	}
}

// has registers one version of each subject; all have the same schema, so that no ids collide.
func (s *side) has(t *testing.T, subjects ...string) {
	t.Helper()
	for _, subject := range subjects {
		s.tell(t, fmt.Sprintf(`POST /subjects/%s/versions {"schema":"\"string\""}`, subject))
	}
}

// settings are what a snapshot holds of modes and configs, without what a server shows for nothing set.
func (s *side) settings() string {
	snap := s.Snapshot()
	if snap.Modes[""] == readWrite {
		delete(snap.Modes, "")
	}
	if b, _ := json.Marshal(snap.Configs[""]); bytes.Contains(b, []byte(`"BACKWARD"`)) && len(snap.Configs[""]) == 1 {
		delete(snap.Configs, "")
	}
	b, err := json.MarshalIndent(map[string]any{"modes": snap.Modes, "configs": snap.Configs, "exporters": snap.Exporters}, "", " ")
	if err != nil {
		return err.Error()
	}
	return string(b)
}

func (r *rig) env(id string) *Env {
	return &Env{
		RunID: "run", StepID: id, Undoes: r.undoing, Steps: r.past, Files: r.files, Dialects: r.dialects, Dir: r.dir, Allow: r.allow,
		Registries: map[string]*registry.Client{"source": r.source.client, "target": r.target.client},
		Exports: map[string]map[string]registry.Secret{
			"target": {"schema.registry.url": registry.NewSecret(r.target.url)},
			"source": {"schema.registry.url": registry.NewSecret(r.source.url)},
		},
		Emit: func(e event.Event) { r.events = append(r.events, e) },
	}
}

func (r *rig) warnings() string {
	var b strings.Builder
	for _, e := range r.events {
		if w, ok := e.(event.StepWarning); ok {
			b.WriteString(w.Text + "\n")
		}
	}
	return b.String()
}

func (r *rig) step(typ, params string) Step {
	r.t.Helper()
	s, err := New(typ, json.RawMessage(params))
	if err != nil {
		r.t.Fatal(err)
	}
	return s
}

// begin records the step, as the engine does before the first Do.
func (r *rig) begin(id, typ, params string) Step {
	r.t.Helper()
	s := r.step(typ, params)
	p := Past{ID: id, Type: typ}
	if rec, ok := s.(Recorder); ok {
		var err error
		if p.Record, err = rec.Record(r.t.Context(), r.env(id)); err != nil {
			r.t.Fatalf("%s: record: %v", id, err)
		}
	}
	r.past = append(r.past, p)
	return s
}

func (r *rig) do(ctx context.Context, id string, s Step) (Outputs, error) {
	out, err := s.Do(ctx, r.env(id))
	declares(r.t, s, out)
	for i := range r.past {
		if r.past[i].ID == id && err == nil {
			r.past[i].Done, r.past[i].Outputs = true, out
		}
	}
	return out, err
}

// declares demands that a step puts out only what it declares, of the type that it declares.
func declares(t *testing.T, s Step, out Outputs) {
	t.Helper()
	known := OutputsOf(s)
	for name, v := range out {
		kind := func(v any) string { return strings.Replace(fmt.Sprintf("%T", v), "int64", "int", 1) }
		if want, ok := known[name]; !ok || kind(v) != kind(want) {
			t.Errorf("%T puts out %s, a %T, which it does not declare", s, name, v)
		}
	}
}

// run is a step that works at once.
func (r *rig) run(id, typ, params string) Step {
	r.t.Helper()
	s := r.begin(id, typ, params)
	if _, err := r.do(r.t.Context(), id, s); err != nil {
		r.t.Fatalf("%s: %v", id, err)
	}
	r.isDone(id, s)
	return s
}

func (r *rig) isDone(id string, s Step) Status {
	r.t.Helper()
	st, err := s.Probe(r.t.Context(), r.env(id))
	declares(r.t, s, st.Outputs)
	if err != nil || st.Left != Done {
		r.t.Errorf("%s: after Do a probe says %+v, %v", id, st, err)
	}
	return st
}

// undo runs what rollback: auto stands for, each probed before and after.
func (r *rig) undo(id string, s Step) {
	r.t.Helper()
	u, ok := s.(Undoer)
	if !ok {
		return
	}
	defer func() { r.undoing = "" }()
	r.undoing = id
	for i, spec := range u.Undo(id) {
		undoID := fmt.Sprintf("%s.undo-%d", id, i+1)
		back := r.begin(undoID, spec.Type, string(spec.Params))
		st, err := back.Probe(r.t.Context(), r.env(undoID))
		if err != nil {
			r.t.Fatalf("%s: probe: %v", undoID, err)
		}
		if st.Left == Done {
			continue
		}
		if b, ok := back.(ByHander); ok && len(b.ByHand(r.t.Context(), r.env(undoID))) == 0 {
			r.t.Errorf("%s: something is left to do, but no command does it by hand", undoID)
		}
		if _, err := r.do(r.t.Context(), undoID, back); err != nil {
			r.t.Fatalf("%s: %v", undoID, err)
		}
		r.isDone(undoID, back)
	}
}

// killed runs f with a connection that dies around the n-th write of the program to either side, and everything after
// it; false when there are fewer writes.
func (r *rig) killed(n int, handled bool, f func(context.Context)) bool {
	ctx, kill := context.WithCancel(r.t.Context())
	defer kill()
	var mu sync.Mutex
	seen, dead := 0, false
	hit := func(q *http.Request) bool {
		mu.Lock()
		defer mu.Unlock()
		if q.Method != http.MethodGet {
			seen++
		}
		return dead || q.Method != http.MethodGet && seen == n
	}
	die := func() {
		mu.Lock()
		defer mu.Unlock()
		dead = true
		kill()
	}
	for _, s := range []*side{r.source, r.target} {
		if handled {
			s.faults(func(http.ResponseWriter, *http.Request) bool { return false }, func(q *http.Request) bool {
				if !hit(q) {
					return false
				}
				die()
				return true
			})
			continue
		}
		s.faults(func(_ http.ResponseWriter, q *http.Request) bool {
			if hit(q) {
				die()
				panic(http.ErrAbortHandler)
			}
			return false
		}, nil)
	}
	f(ctx)
	r.source.faults(nil, nil)
	r.target.faults(nil, nil)
	mu.Lock()
	defer mu.Unlock()
	return dead
}

// sideFiles keeps side files in memory.
type sideFiles map[string][]byte

func (f sideFiles) Write(name string, fill func(io.Writer) error) error {
	var b bytes.Buffer
	if err := fill(&b); err != nil {
		return err
	}
	f[name] = b.Bytes()
	return nil
}

func (f sideFiles) Open(name string) (io.ReadCloser, error) {
	b, ok := f[name]
	if !ok {
		return nil, fs.ErrNotExist
	}
	return io.NopCloser(bytes.NewReader(b)), nil
}

func (f sideFiles) Path(name string) string { return "state/" + name }

// within waits for something that happens by itself.
func within(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !is(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s did not happen", what)
		}
	}
}
