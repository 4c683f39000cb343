package simulate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing/synctest"
	"time"

	"github.com/srmigrate/srmigrate/internal/engine"
	"github.com/srmigrate/srmigrate/internal/objects/objectstest"
	"github.com/srmigrate/srmigrate/internal/sandbox"
	"github.com/srmigrate/srmigrate/internal/state"
)

const (
	user   = "migrator"
	canary = "c4nary-in-a-c0al-mine"
)

func environment(name string) (string, bool) {
	switch name {
	case "SIM_USER":
		return user, true
	case "SIM_PASSWORD":
		return canary, true
	}
	return "", false
}

// world is what outlives processes: two registries, a disk and what went wrong.
type world struct {
	scenario *scenario
	plan     plan
	disk     state.Disk
	memory   *memory             // the disk, when it is one in memory
	bucket   *objectstest.Memory // where the state lies, when it is not on a disk
	path     string              // of the state
	network  bool                // requests go over connections
	sides    map[string]*side
	source   *side
	target   *side

	processes int
	current   *process
	late      *process // one that stands still

	mu         sync.Mutex
	befell     []trouble
	places     [classes]int
	effects    []effect
	deeds      []deed    // of somebody else
	known      surviving // of the state
	before     [2]sandbox.Snapshot
	discarded  []discard        // what may be deleted by now
	lost       map[string]*loss // of registries that have restarted with empty memory
	exported   map[string]int   // requests of exporters
	violations []string
	log        strings.Builder
	saved      int // the serial of the last state that was saved
	settings   *settings
}

// side is one registry with what clients meet in front of it.
type side struct {
	*sandbox.Registry
	w        *world
	name     string
	listener *listener    // nil without connections
	server   *http.Server // as well
	client   *http.Client // of its exporters
}

// effect is a write that a registry has taken from a process.
type effect struct {
	process      int
	side, method string
	path         string
	status       int
	moved        bool // of a reset: the exporter had copied something
}

// newWorld makes the world of a schedule, whose state lies in memory, or in a folder.
func newWorld(s schedule, dir string) (w *world, err error) {
	w = &world{scenario: s.scenario, plan: s.plan, network: s.network, sides: map[string]*side{}, exported: map[string]int{}, disk: state.OS{}, settings: newSettings(), lost: map[string]*loss{}}
	if dir == "" {
		dir = "/work"
		w.memory = newMemory(dir)
		w.disk = w.memory
	}
	w.path = filepath.Join(dir, ".srmigrate", "simulated.state.json")
	if s.bucket {
		w.memory, w.disk = nil, nil
		w.bucket, w.path = new(objectstest.Memory), inBucket+"simulated.state.json"
	}
	if w.source, err = w.newSide("source", true); err != nil {
		return nil, err
	}
	if w.target, err = w.newSide("target", false); err != nil {
		return nil, errors.Join(err, w.close())
	}
	if err := s.fill(w); err != nil {
		return nil, errors.Join(err, w.close())
	}
	time.Sleep(time.Minute) // for an exporter that is there
	return w, nil
}

func (w *world) snapshots() [2]sandbox.Snapshot {
	return [2]sandbox.Snapshot{w.source.Snapshot(), w.target.Snapshot()}
}

// files are all that the program has left on the disk.
func (w *world) files() map[string][]byte {
	if w.memory != nil {
		return w.memory.files()
	}
	all := map[string][]byte{}
	if w.bucket != nil {
		for _, key := range w.bucket.Keys() {
			all[key] = w.bucket.Raw(key)
		}
		return all
	}
	dir := filepath.Dir(w.path)
	list, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		w.violated("setup: %v", err)
	}
	for _, e := range list {
		if all[e.Name()], err = os.ReadFile(filepath.Join(dir, e.Name())); err != nil {
			w.violated("setup: %v", err)
		}
	}
	return all
}

func (w *world) newSide(name string, exporters bool) (*side, error) {
	s := &side{w: w, name: name}
	s.client = &http.Client{Transport: w.transport(nil), Timeout: 30 * time.Second}
	o := w.scenario.options(name)
	o.Exporters, o.HTTPClient, o.ClusterID = exporters, s.client, "cluster-of-"+name
	var err error
	if s.Registry, err = sandbox.New(o); err != nil {
		return nil, err
	}
	w.sides[name+":80"] = s
	if w.network {
		s.listener = newListener(name)
		s.server = &http.Server{Handler: s, ConnContext: caller, ErrorLog: log.New(io.Discard, "", 0)}
		go func() { _ = s.server.Serve(s.listener) }() // ends with ErrServerClosed
	}
	return s, nil
}

// close ends exporters, servers and connections, so that no goroutine is left.
func (w *world) close() error {
	w.thaw()
	var errs []error
	for _, s := range w.sides {
		s.Close()
		s.client.CloseIdleConnections()
	}
	for _, s := range w.sides {
		if s.server != nil {
			errs = append(errs, s.server.Close())
		}
	}
	synctest.Wait()
	return errors.Join(errs...)
}

// trouble asks the plan, and keeps what befell.
func (w *world) trouble(p place, c class) *trouble {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.places[c]++
	t := w.plan.at(p, c)
	if t != nil {
		w.befell = append(w.befell, *t)
		fmt.Fprintf(&w.log, "!! %s\n", t)
	}
	return t
}

func (w *world) say(text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.log.WriteString(text + "\n")
}

func (w *world) violated(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.violations = append(w.violations, fmt.Sprintf(format, args...))
}

// run lets a process live, and applies what its end did to the disk.
func (w *world) run(verb string, f func(context.Context, *engine.Engine) engine.Result) (res engine.Result, killed bool) {
	if t := w.trouble(place{w.processes, "the time before", 1}, between); t != nil {
		w.interlude(t)
	}
	if w.bucket != nil {
		time.Sleep(2 * state.DefaultLease) // nobody gives back the lock of one that was killed
	}
	p := w.newProcess()
	w.current = p
	fmt.Fprintf(&w.log, "-- process %d: %s\n", p.n, verb)
	if w.bucket == nil {
		res = p.call(f)
	} else if stopped := p.callOrStop(f); stopped == nil {
		w.thaw()
		w.late = p
		return engine.Result{}, true
	} else {
		res = *stopped
	}
	synctest.Wait() // for the handlers of requests that were under way
	w.thaw()
	if p.end == nil {
		fmt.Fprintf(&w.log, "-- exit %d\n", res.Exit)
		return res, false
	}
	w.crash(p.end)
	time.Sleep([]time.Duration{0, time.Second, time.Minute}[chance(p.end.Seed, "pause").IntN(3)])
	return res, true
}

// interlude is what happens between two calls.
func (w *world) interlude(t *trouble) {
	switch {
	case t.Kind == stranger:
		w.strange(t)
	case t.Seed%2 == 0:
		w.source.empties()
	default:
		w.target.empties()
	}
}

// crash does to the disk what the end of a process did.
func (w *world) crash(t *trouble) {
	switch {
	case w.memory == nil:
	case !t.Kind.power():
		w.memory.end()
	default:
		r := chance(t.Seed, "survives")
		none := r.IntN(2) == 0
		w.memory.fail(func(n int) int {
			if none || n == 0 {
				return 0
			}
			return r.IntN(n + 1)
		})
	}
}

// tell sends a request as somebody else, past all troubles.
func (s *side) tell(method, path, body string) error {
	if a := s.ask(method, path, body); a.status/100 != 2 {
		return fmt.Errorf("%s %s %s %s: %d %s", s.name, method, path, body, a.status, a.body.Bytes())
	}
	return nil
}

func (s *side) ask(method, path, body string) *held {
	q := httptest.NewRequest(method, path, strings.NewReader(body))
	if body != "" {
		q.Header.Set("Content-Type", "application/json")
	}
	a := newHeld()
	s.Registry.ServeHTTP(a, q)
	return a
}
