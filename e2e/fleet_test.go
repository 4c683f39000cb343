package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/srmigrate/srmigrate/internal/sandbox"
)

// park is a server with many registries, each below a path: /s7 is the source of cell c7, and /t7 its target.
type park struct {
	t     testing.TB
	url   string
	dir   string
	cells int

	mu         sync.Mutex
	registries map[string]*sandbox.Registry
	broken     map[string]bool // the sources that refuse to be frozen
	held       map[string]bool // and those that do not answer then
	freed      chan struct{}
	holds      chan string    // those that wait
	writes     map[string]int // by registry
}

const parkRunbook = `apiVersion: srmigrate.dev/v1
kind: Runbook
metadata: {name: fleet}
spec:
  matrix: {file: fleet.csv}
  registries:
    source: {url: "${{ matrix.source }}"}
    target: {url: "${{ matrix.target }}"}
  defaults: {retry: {attempts: 1}}
  onFailure: stop
  steps:
    - id: freeze
      setMode: {registry: source, mode: READONLY}
    - id: copy
      copy: {}
    - id: prove
      compare: {}
`

func newPark(t testing.TB, cells int) *park {
	t.Helper()
	p := &park{
		t: t, dir: t.TempDir(), cells: cells, registries: map[string]*sandbox.Registry{}, broken: map[string]bool{}, held: map[string]bool{},
		freed: make(chan struct{}), holds: make(chan string, cells), writes: map[string]int{},
	}
	srv := httptest.NewServer(p)
	p.url = srv.URL
	t.Cleanup(func() {
		p.free()
		srv.CloseClientConnections()
		srv.Close()
	})
	var rows strings.Builder
	rows.WriteString("name,source,target\n")
	for i := range cells {
		p.registries[fmt.Sprintf("s%d", i)] = seeded(t, sandbox.Options{}, sandbox.Seed{Subjects: 2, Seed: int64(i + 1)})
		p.registries[fmt.Sprintf("t%d", i)] = seeded(t, sandbox.Options{}, sandbox.Seed{Subjects: -1})
		fmt.Fprintf(&rows, "c%d,%s/s%d,%s/t%d\n", i, p.url, i, p.url, i)
	}
	keep(t, p.dir, "fleet.csv", []byte(rows.String()))
	keep(t, p.dir, "fleet.yaml", []byte(parkRunbook))
	return p
}

func (p *park) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	freezes := r.Method == http.MethodPut && strings.HasPrefix(r.URL.Path, "/"+name+"/mode")
	p.mu.Lock()
	registry, broken, held := p.registries[name], p.broken[name] && freezes, p.held[name] && freezes
	if r.Method != http.MethodGet && !broken && !held {
		p.writes[name]++
	}
	p.mu.Unlock()
	switch {
	case registry == nil:
		http.NotFound(w, r)
	case broken:
		w.WriteHeader(http.StatusForbidden)
		_, _ = w.Write([]byte(`{"error_code":403,"message":"planted fault"}`)) // whoever asks may be gone
	case held:
		p.holds <- name
		select {
		case <-p.freed:
		case <-r.Context().Done():
		}
	default:
		http.StripPrefix("/"+name, registry).ServeHTTP(w, r)
	}
}

// breaks has these sources refuse to be frozen, and no others.
func (p *park) breaks(cells ...int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	clear(p.broken)
	for _, i := range cells {
		p.broken[fmt.Sprintf("s%d", i)] = true
	}
}

// holdAll has no source answer when it is to be frozen.
func (p *park) holdAll() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range p.cells {
		p.held[fmt.Sprintf("s%d", i)] = true
	}
}

// free lets those go that wait, and holds none any more.
func (p *park) free() {
	p.mu.Lock()
	defer p.mu.Unlock()
	clear(p.held)
	select {
	case <-p.freed:
	default:
		close(p.freed)
	}
}

func (p *park) written() map[string]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return maps.Clone(p.writes)
}

func (p *park) command(args ...string) *exec.Cmd {
	cmd := exec.Command(*program, args...)
	cmd.Dir = p.dir
	return cmd
}

// fleetEnd is what -o json ends with.
type fleetEnd struct {
	ExitCode int            `json:"exitCode"`
	Result   string         `json:"result"`
	Counts   map[string]int `json:"counts"`
	Next     string         `json:"next"`
	Cells    []struct {
		Cell     string `json:"cell"`
		Result   string `json:"result"`
		ExitCode int    `json:"exitCode"`
		Error    string `json:"error"`
		Next     string `json:"next"`
	} `json:"cells"`
}

// run runs the fleet to its end and demands the exit code.
func (p *park) run(want int, flags ...string) fleetEnd {
	p.t.Helper()
	cmd := p.command(append([]string{"run", "fleet.yaml", "-q", "-o", "json"}, flags...)...)
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if got := exit(err); got != want {
		p.t.Fatalf("exit %d, want %d\n%s\n%s", got, want, out, errs.String())
	}
	var end fleetEnd
	if err := json.Unmarshal(out, &end); err != nil {
		p.t.Fatalf("%v\n%s", err, out)
	}
	return end
}

// Of many cells some fail: exactly those are reported, with the command that goes on with each, and no other is touched by
// it. The same command does what is left, and nothing twice.
func TestAFleet(t *testing.T) {
	const cells = 60
	p := newPark(t, cells)
	p.breaks(7, 41)
	end := p.run(1, "--concurrency", "8")
	if end.Result != "failed" || end.Counts["succeeded"] != cells-2 || end.Counts["failed"] != 2 || end.Next != "srmigrate run fleet.yaml" {
		t.Errorf("got %+v", end)
	}
	for i, c := range end.Cells {
		name := fmt.Sprintf("c%d", i)
		bad := i == 7 || i == 41
		if c.Cell != name || bad != (c.ExitCode == 1) || bad != (c.Next == "srmigrate run fleet.yaml --only "+name) || bad != strings.Contains(c.Error, "planted fault") {
			t.Errorf("cell %d: got %+v", i, c)
		}
	}
	before := p.written()
	if n := before["s7"] + before["t7"] + before["s41"] + before["t41"]; n > 0 {
		t.Errorf("%d requests changed something for cells that failed at their first step", n)
	}
	p.breaks(41)
	if end = p.run(0, "--only", "c7,c8"); end.Counts["succeeded"] != 2 {
		t.Errorf("got %+v", end)
	}
	p.breaks()
	if end = p.run(0); end.Counts["succeeded"] != cells {
		t.Errorf("got %+v", end)
	}
	for i := range cells {
		source, target := fmt.Sprintf("s%d", i), fmt.Sprintf("t%d", i)
		if now := p.written(); i != 7 && i != 41 && (now[source] != before[source] || now[target] != before[target]) {
			t.Errorf("cell %d was written to again", i)
		}
		if got, want := versions(p.registries[target].Snapshot()), versions(p.registries[source].Snapshot()); len(want) == 0 || !reflect.DeepEqual(got, want) {
			t.Errorf("cell %d: the target holds %v, want %v", i, got, want)
		}
	}
	states, err := filepath.Glob(filepath.Join(p.dir, ".srmigrate", "fleet.*.state.json"))
	if err != nil || len(states) != cells {
		t.Errorf("got %d states, want %d; %v", len(states), cells, err)
	}
}

// A signal ends every cell that is at work, begins no other, and the same command goes on.
func TestASignalEndsAFleet(t *testing.T) {
	heed(t, syscall.SIGTERM)
	p := newPark(t, 6)
	p.holdAll()
	cmd := p.command("run", "fleet.yaml", "--concurrency", "3")
	out := new(strings.Builder)
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	three := make(chan struct{})
	go func() {
		for range 3 {
			<-p.holds
		}
		close(three)
	}()
	within(t, three, "three cells at work")
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if got := exit(cmd.Wait()); got != 7 {
		t.Fatalf("exit %d, want 7\n%s", got, out)
	}
	for _, want := range []string{"3 interrupted, 3 not begun of 6 cells", "next      srmigrate run fleet.yaml --only c0\n", "next      srmigrate run fleet.yaml\n"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("it does not say %q:\n%s", want, out)
		}
	}
	if _, err := os.Stat(filepath.Join(p.dir, ".srmigrate", "fleet.c5.state.json")); err == nil {
		t.Error("a cell was begun after the signal")
	}
	p.free()
	if end := p.run(0); end.Counts["succeeded"] != 6 {
		t.Errorf("got %+v", end)
	}
}
