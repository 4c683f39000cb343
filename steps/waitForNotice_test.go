package steps

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/srmigrate/srmigrate/internal/compare"
	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/registry"
	"github.com/srmigrate/srmigrate/internal/sandbox"
)

// noticed are the notices of a wait, each as "severity about: text".
func (s *exporterScript) noticed() []string {
	var list []string
	for _, e := range s.events {
		if n, ok := e.(event.Noticed); ok {
			list = append(list, string(n.Severity)+" "+n.About+": "+n.Text)
		}
	}
	return list
}

// What the monitoring tables of an exporter's operators ask to be told of.
func TestWaitForTellsWhatChanges(t *testing.T) {
	trace := `"trace":"no route"`
	for name, c := range map[string]struct {
		status map[time.Duration]string
		until  string
		want   []string
	}{
		"states": {
			map[time.Duration]string{0: status("STARTING", 1), 20 * time.Second: status("UNASSIGNED", 1), 30 * time.Second: status("PAUSED", 1), 40 * time.Second: status("RUNNING", 1)},
			`status.state == "RUNNING"`,
			[]string{
				`warning state: exporter "e": STARTING -> UNASSIGNED`,
				`warning state: exporter "e": UNASSIGNED -> PAUSED`,
				`info state: exporter "e": PAUSED -> RUNNING`,
			},
		},
		"an error, from the first look on": {
			map[time.Duration]string{0: status("ERROR", 1, trace), 20 * time.Second: status("RUNNING", 1)},
			`status.state == "RUNNING"`,
			[]string{
				`critical state: exporter "e" is in state ERROR`,
				`critical trace: exporter "e" reports an error in state ERROR: no route`,
				`info state: exporter "e": ERROR -> RUNNING`,
				`info trace: exporter "e" does not report its error any more`,
			},
		},
		"an error that the server tries again": {
			map[time.Duration]string{0: status("RUNNING", 1), 20 * time.Second: status("RUNNING", 1, trace, `"retriable":true`), 40 * time.Second: status("RUNNING", 2)},
			`status.offset == 2`,
			[]string{
				`warning trace: exporter "e" reports an error that it tries again: no route`,
				`info trace: exporter "e" does not report its error any more`,
			},
		},
		"an offset that stands still, and moves again": {
			map[time.Duration]string{0: status("RUNNING", 1), 2 * time.Minute: status("RUNNING", 5), 4 * time.Minute: status("RUNNING", 6)},
			`status.offset == 6`,
			[]string{
				`info offset: the offset of exporter "e" is steady at 1`,
				`info offset: the offset of exporter "e" moves again: 1 -> 5`,
				`info offset: the offset of exporter "e" is steady at 5`,
			},
		},
		"a first copy that tells nothing for long": {
			map[time.Duration]string{0: status("STARTING", -1), time.Hour: status("RUNNING", 6)},
			`status.offset == 6`,
			[]string{`info state: exporter "e": STARTING -> RUNNING`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := scripted(t, from(c.status))
				if _, err := (&WaitFor{Exporter: "e", Until: c.until, FailIf: "false"}).Do(t.Context(), s.env); err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(c.want, s.noticed()); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}

// held is a registry in memory, for a compare in a synctest bubble; its exporter e keeps names.
func (s *exporterScript) held(t *testing.T, name string, subjects ...string) *sandbox.Registry {
	t.Helper()
	there, err := sandbox.New(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(there.Close)
	c, err := registry.New(registry.Config{Name: name, URL: "http://" + name + ".test", Transport: &inMemory{Handler: http.HandlerFunc(
		func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/exporters/e" {
				there.ServeHTTP(w, r)
				return
			}
			fmt.Fprint(w, `{"name":"e","contextType":"NONE","context":".","subjects":[":*:"],"config":{}}`)
		},
	)}})
	if err != nil {
		t.Fatal(err)
	}
	s.env.Registries[name] = c
	for _, subject := range subjects {
		registered(t, there, subject)
	}
	return there
}

func registered(t *testing.T, r *sandbox.Registry, subject string) {
	t.Helper()
	w := httptest.NewRecorder()
	r.ServeHTTP(w, httptest.NewRequest("POST", "/subjects/"+subject+"/versions", strings.NewReader(`{"schema":"\"string\""}`)))
	if w.Code != 200 {
		t.Fatalf("%s: %d %s", subject, w.Code, w.Body)
	}
}

// A count that differs while the exporter has nothing more to do is told once; that nothing moves, every five minutes.
func TestWaitForTellsOfWhatStaysMissing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := scripted(t, always(status("RUNNING", 5)))
		s.held(t, "here", "a", "b")
		there := s.held(t, "there", "a")
		time.AfterFunc(12*time.Minute, func() { registered(t, there, "b") })
		step := &WaitFor{Exporter: "e", Compare: &Comparison{Source: "here", Target: "there"}, Until: "diff.identical"}
		if _, err := step.Do(t.Context(), s.env); err != nil {
			t.Fatal(err)
		}
		kinds := map[string]int{}
		for _, e := range s.events {
			if n, ok := e.(event.Noticed); ok {
				kinds[string(n.Severity)+" "+n.About]++
				if n.About == "mismatch" && !strings.Contains(n.Text, "steady at 5 for 1m0s, and still different: 1 of 2 subjects differ: 1 version missing") {
					t.Errorf("got %q", n.Text)
				}
			}
		}
		if diff := cmp.Diff(map[string]int{"info offset": 1, "warning mismatch": 1, "warning stall": 2}, kinds); diff != "" {
			t.Errorf("in twelve minutes (-want +got):\n%s", diff)
		}
	})
}

// An exporter that has copied everything stands still, too.
func TestWaitForDoesNotCallTheEndAStall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := scripted(t, always(status("RUNNING", 5)))
		s.held(t, "here", "a")
		s.held(t, "there", "a")
		step := &WaitFor{Exporter: "e", Compare: &Comparison{Source: "here", Target: "there"}, Until: `caughtUp("20m")`}
		if _, err := step.Do(t.Context(), s.env); err != nil {
			t.Fatal(err)
		}
		if got := s.noticed(); len(got) != 1 || !strings.HasPrefix(got[0], "info offset: ") {
			t.Errorf("got %q, want that the offset is steady and nothing else", got)
		}
	})
}

func TestPaceSaysWhatItKnows(t *testing.T) {
	var p pace
	at := time.Unix(0, 0)
	if p.rate() != 0 || p.left(9) != 0 {
		t.Errorf("of nothing: got %v, %v", p.rate(), p.left(9))
	}
	for i := range 30 {
		p.saw(at.Add(time.Duration(i)*10*time.Second), i*20)
	}
	if n := p.perMinute(); n != 120 {
		t.Errorf("got %d a minute, want 120", n)
	}
	if p.rate() != 2 || p.left(600) != 10*time.Second {
		t.Errorf("got %v/s, %v left; want 2/s, 10s", p.rate(), p.left(600))
	}
	for i := range 10 { // it stands still
		p.saw(at.Add(time.Duration(30+i)*10*time.Second), 580)
	}
	if p.rate() != 0 || p.left(600) != 0 {
		t.Errorf("of a copy that stands still: got %v/s, %v left", p.rate(), p.left(600))
	}
	if n := p.perMinute(); n != 120 {
		t.Errorf("standing still counts: %d a minute, want 120", n)
	}
	short := pace{}
	short.saw(at, 0)
	short.saw(at.Add(9*time.Second), 900)
	if n := short.perMinute(); n != 0 {
		t.Errorf("got %d a minute of too short a look", n)
	}
}

// How long it takes is not said of registries that do not answer now.
func TestNoPaceWhileNobodyAnswers(t *testing.T) {
	var got []event.StepProgress
	w := &watch{env: &Env{Emit: func(e event.Event) { got = append(got, e.(event.StepProgress)) }}, result: &compare.Result{Missing: 300}}
	w.result.Scope.Versions = 400
	w.pace.saw(time.Unix(0, 0), 0)
	w.pace.saw(time.Unix(100, 0), 100)
	w.progress("copying")
	w.skipped = errors.New("connection refused")
	w.progress("cannot look")
	if got[0].Rate == 0 || got[0].Left == 0 || got[1].Rate != 0 || got[1].Left != 0 || got[1].Done != 100 {
		t.Errorf("got %+v", got)
	}
}
