package e2e

import (
	"encoding/json"
	"io/fs"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/srmigrate/srmigrate/examples"
	"github.com/srmigrate/srmigrate/internal/engine"
	"github.com/srmigrate/srmigrate/steps"
)

// A step does nothing that its plan does not name, and what the plan says comes true.
func TestARunDoesWhatItsPlanSays(t *testing.T) {
	for _, x := range append(stepExamples(t), exampleRuns...) {
		if x.refused != "" || x.cells != nil {
			continue
		}
		t.Run(x.String(), func(t *testing.T) {
			t.Parallel()
			s := newStage(t, x)
			s.write(hasty.Replace(s.runbook()))
			s.doesAsPlanned()
		})
	}
}

// The plan of a matrix is one for each cell, and so each cell is compared with its own, on registries that no other has used.
func TestARunOfACellDoesWhatItsPlanSays(t *testing.T) {
	for _, x := range exampleRuns {
		for i, cell := range x.cells {
			t.Run(x.String()+" "+cell, func(t *testing.T) {
				t.Parallel()
				s := newStage(t, x)
				s.cell = cell
				if i == 1 { // its source is the second
					s.source, s.middle = s.middle, s.source
				}
				other := s.middle.Snapshot()
				s.doesAsPlanned()
				s.equal("source of the other cell", other, s.middle.Snapshot(), "")
			})
		}
	}
}

// The same goes for what is left of a run that stopped.
func TestAResumedRunDoesWhatItsPlanSays(t *testing.T) {
	for _, f := range []struct{ side, method, path string }{
		{"source", http.MethodPut, "/mode"},
		{"source", http.MethodPut, "/mode/:.payments:"},
		{"source", http.MethodPut, "/exporters/quickstart/pause"},
		{"target", http.MethodDelete, "/mode"},
		{"source", http.MethodDelete, "/exporters/quickstart"},
	} {
		t.Run(f.side+" "+f.method+" "+f.path, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, example{file: "quickstart.yaml"})
			s.sides()[f.side].plant(&fault{method: f.method, path: f.path, left: 1, status: http.StatusForbidden})
			if code, out := s.srmigrate("run", "--no-rollback"); code != 1 {
				t.Fatalf("exit %d, want 1\n%s", code, out)
			}
			s.doesAsPlanned()
		})
	}
}

// doesAsPlanned makes the plan, runs it, and compares.
func (s *stage) doesAsPlanned() {
	s.t.Helper()
	for _, r := range s.sides() {
		r.watch()
	}
	p := s.plan()
	for _, w := range s.logged() {
		st := planned(p, w.step)
		if st == nil || !w.isNamed(st.Effects) {
			s.t.Errorf("step %q sent %s %s to %s, which its plan does not name", w.step, w.method, w.path, w.registry)
		}
	}
	s.exported(p)
	s.cameTrue(p)
}

// hasty makes the waits of the examples of one step short.
var hasty = strings.NewReplacer(`caughtUp("2s")`, `caughtUp("100ms")`, "every: 1s", "every: 25ms")

// stepExamples are the examples of one step.
func stepExamples(t *testing.T) (list []example) {
	files, err := fs.Glob(examples.FS, "steps/*.yaml")
	if err != nil || len(files) < len(steps.Types()) {
		t.Fatalf("%d examples of steps: %v", len(files), err)
	}
	for _, f := range files {
		list = append(list, example{file: f})
	}
	return list
}

// plan is what srmigrate plan shows.
func (s *stage) plan() *engine.Plan {
	s.t.Helper()
	code, out := s.srmigrate("plan", "-o", "json")
	p := new(engine.Plan)
	if err := json.Unmarshal([]byte(out), p); code != 0 || err != nil {
		s.t.Fatalf("srmigrate plan: exit %d, %v\n%s", code, err, out)
	}
	return p
}

func planned(p *engine.Plan, id string) *engine.PlannedStep {
	for i := range p.Steps {
		if p.Steps[i].ID == id {
			return &p.Steps[i]
		}
	}
	return nil
}

// write is a request that changes something, and the step that sent it.
type write struct{ step, registry, method, path string }

// logged runs the runbook, answers its questions, and reads from the log which step sent what.
func (s *stage) logged() (list []write) {
	s.t.Helper()
	step, more := "", []string{}
	for range 10 {
		code, out := s.srmigrate("run", append([]string{"--log-format", "json", "-v"}, more...)...)
		more = nil
		for line := range strings.Lines(out) {
			var l struct{ Msg, Step, Registry, Method, URL, Error string }
			if err := json.Unmarshal([]byte(line), &l); err != nil {
				s.t.Fatalf("%v: %s", err, line)
			}
			switch l.Msg {
			case "step started":
				step = l.Step
			case "step waiting":
				step, more = l.Step, []string{"--approve", l.Step, "--by", "test"}
			case "request":
				if l.Method == "GET" || l.Method == "HEAD" {
					continue
				}
				u, err := url.Parse(l.URL)
				if err != nil {
					s.t.Fatal(err)
				}
				list = append(list, write{step, l.Registry, l.Method, u.Path})
			}
		}
		if code == 0 {
			return list
		}
		if code != 6 {
			s.t.Fatalf("srmigrate run: exit %d\n%s", code, out)
		}
	}
	s.t.Fatal("no end of questions")
	return nil
}

// on is what a request changes.
func (w write) on() (kind steps.Kind, name string) {
	part := strings.SplitN(strings.TrimPrefix(ids.ReplaceAllString(w.path, "<run>"), "/"), "/", 3)
	if len(part) > 1 {
		name = part[1]
	}
	switch part[0] {
	case "mode":
		kind = steps.OnMode
	case "config":
		kind = steps.OnSettings
	case "exporters":
		kind = steps.OnExporter
	case "subjects", "contexts": // one that is empty again is not listed any more
		kind = steps.OnVersions
	}
	return kind, name
}

func (w write) isNamed(effects []steps.Effect) bool {
	kind, name := w.on()
	for _, e := range effects {
		same := e.Name == name || kind == steps.OnVersions || kind == steps.OnExporter && name == ""
		if e.Registry == w.registry && e.Kind == kind && same {
			return true
		}
	}
	return false
}

// exported looks at what exporters have sent: it has to be named as done by the server.
func (s *stage) exported(p *engine.Plan) {
	s.t.Helper()
	var effects []steps.Effect
	for _, st := range p.Steps {
		for _, e := range st.Effects {
			if e.ByServer {
				effects = append(effects, e)
			}
		}
	}
	for name, r := range s.sides() {
		for _, line := range r.exporters() {
			method, path, _ := strings.Cut(line, " ")
			if w := (write{"", name, method, path}); !w.isNamed(effects) {
				s.t.Errorf("an exporter sent %s to %s, which the plan does not name", line, name)
			}
		}
	}
}

func (s *stage) sides() map[string]*side {
	return map[string]*side{"source": s.source, "middle": s.middle, "target": s.target}
}
