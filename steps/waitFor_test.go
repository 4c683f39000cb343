package steps

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/registry"
)

// exporterScript is a source registry with one exporter, whose status depends on the time.
type exporterScript struct {
	t       *testing.T
	begun   time.Time
	status  func(after time.Duration) string // the body; a number stands for an empty answer with that status
	resumed int
	env     *Env
	events  []event.Event
}

// scripted makes a registry of the status lines, each valid from its time on.
func scripted(t *testing.T, status func(after time.Duration) string) *exporterScript {
	s := &exporterScript{t: t, begun: time.Now(), status: status}
	c, err := registry.New(registry.Config{Name: "source", URL: "http://source.test", Transport: s})
	if err != nil {
		t.Fatal(err)
	}
	s.env = &Env{
		StepID: "wait", Registries: map[string]*registry.Client{"source": c},
		Emit: func(e event.Event) { s.events = append(s.events, e) },
	}
	return s
}

func (s *exporterScript) RoundTrip(r *http.Request) (*http.Response, error) {
	switch r.Method + " " + r.URL.Path {
	case "GET /exporters/e/status":
		return answer(r, s.status(time.Since(s.begun))), nil
	case "PUT /exporters/e/resume":
		s.resumed++
		return answer(r, `{"name":"e"}`), nil
	case "GET /exporters/e/config":
		return answer(r, `{"schema.registry.url":"http://target.test/"}`), nil
	case "GET /mode":
		return answer(r, `{"mode":"READWRITE"}`), nil
	}
	s.t.Errorf("unexpected request %s %s", r.Method, r.URL)
	return answer(r, "500"), nil
}

func answer(r *http.Request, body string) *http.Response {
	code := 200
	if _, err := fmt.Sscanf(body, "%d", &code); err == nil {
		body = fmt.Sprintf(`{"error_code":%d50,"message":"as scripted"}`, code)
		if code == http.StatusNotFound {
			body = `{"error_code":40450,"message":"Exporter not found"}`
		}
	}
	return &http.Response{
		StatusCode: code, Request: r, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(strings.NewReader(body)),
	}
}

func status(state string, offset int, more ...string) string {
	return fmt.Sprintf(`{"name":"e","state":%q,"offset":%d,"ts":1%s}`, state, offset, strings.Join(append([]string{""}, more...), ","))
}

// from is a script of bodies, each valid from its time on.
func from(lines map[time.Duration]string) func(time.Duration) string {
	return func(after time.Duration) string {
		body, best := "", time.Duration(-1)
		for at, b := range lines {
			if at <= after && at > best {
				body, best = b, at
			}
		}
		return body
	}
}

func always(body string) func(time.Duration) string {
	return func(time.Duration) string { return body }
}

func TestWaitForEnds(t *testing.T) {
	min := time.Minute
	created := Past{ID: "start", Type: "createExporter", Record: json.RawMessage(`{"source":"source","target":"target","exporter":"e"}`)}
	stopped := Past{ID: "stop", Type: "pause", Record: json.RawMessage(`{"state":"RUNNING"}`)}
	cases := map[string]struct {
		step   WaitFor
		status func(time.Duration) string
		past   []Past
		took   time.Duration
		want   string // the error, "" for success
	}{
		"caught up a minute after the offset stood still": {
			status: from(map[time.Duration]string{0: status("STARTING", -1), 30 * time.Second: status("RUNNING", 3), min: status("RUNNING", 7)}),
			took:   2 * min,
		},
		"an exporter that flickers is not caught up": {
			status: func(after time.Duration) string {
				if after < 10*min && after%(50*time.Second) == 0 {
					return status("STARTING", 7)
				}
				return status("running", 7)
			},
			took: 10*min + 20*time.Second,
		},
		"a state nobody has heard of": {
			status: from(map[time.Duration]string{0: status("PONDERING", 1), 3 * min: status("RUNNING", 1)}),
			took:   4 * min,
		},
		"a first copy that takes hours": {
			status: from(map[time.Duration]string{0: status("STARTING", 1), 5 * time.Hour: status("RUNNING", 9)}),
			took:   5*time.Hour + min,
		},
		"nobody runs it yet": {
			status: from(map[time.Duration]string{0: status("UNASSIGNED", -1), 3 * min: status("RUNNING", 1)}),
			took:   4 * min,
		},
		"an answer without any field": {
			status: from(map[time.Duration]string{0: `{}`, 3 * min: `{"state":"RUNNING"}`}),
			took:   4 * min,
		},
		"a source on which nothing was ever written": {
			status: always(status("RUNNING", -1, `"trace":""`)), took: min,
		},
		"not there yet": {
			status: from(map[time.Duration]string{0: "404", 30 * time.Second: status("RUNNING", 1)}), past: []Past{created},
			took: 90 * time.Second,
		},
		"not there a minute after this run created it": {
			status: always("404"), past: []Past{created}, took: min,
			want: `exporter "e" is not on source, 1m0s after this run created it`,
		},
		"not there, and not of this run": {status: always("404"), want: `exporter "e" is not on source`},
		"an error for a minute": {
			status: always(status("ERROR", 1, `"trace":"401 from the target"`)), took: min,
			want: `exporter "e" on source has been in state ERROR for 1m0s: 401 from the target`,
		},
		"a trace while it runs": {
			status: always(status("RUNNING", 1, `"trace":"boom"`)), took: min,
			want: `exporter "e" on source reports an error in state RUNNING, for 1m0s by now: boom`,
		},
		"an error that passes": {
			status: from(map[time.Duration]string{0: status("ERROR", 1), 50 * time.Second: status("RUNNING", 1)}), took: 110 * time.Second,
		},
		"an error that the server tries again": {
			status: from(map[time.Duration]string{0: status("ERROR", 1, `"retriable":true`), 5 * min: status("RUNNING", 1)}), took: 6 * min,
		},
		"paused by somebody": {
			status: always(status("PAUSED", 1)), took: min,
			want: `exporter "e" on source has stood PAUSED for 1m0s and this run did not pause it; find out who did, then run again: that resumes it`,
		},
		"paused by this run": {
			status: from(map[time.Duration]string{0: status("PAUSED", 1), 5 * min: status("RUNNING", 1)}),
			past:   []Past{created, stopped}, took: 6 * min,
		},
		"a failIf of its own takes the place of the default": {
			step:   WaitFor{FailIf: `elapsed > duration("3m")`},
			status: always(status("PAUSED", 1)), took: 3*min + 10*time.Second,
			want: `failIf elapsed > duration("3m") holds: elapsed = 3m10s; last seen: exporter PAUSED at offset 1`,
		},
		"failIf goes before until": {
			step:   WaitFor{FailIf: `status.offset == 1`, Until: "true"},
			status: always(status("RUNNING", 1)), want: `failIf status.offset == 1 holds: status.offset = 1; last seen: exporter RUNNING at offset 1`,
		},
		"an answer that is missing for a moment": {
			step:   WaitFor{Until: `status.state == "Running"`, Every: "1s"},
			status: from(map[time.Duration]string{0: "503", 3 * time.Second: status("RUNNING", 1)}), took: 3 * time.Second,
		},
		"an answer that will not change": {
			status: always("401"), want: `GET http://source.test/exporters/e/status: 401 Unauthorized, code 40150: as scripted; it asks for credentials, and registry source has none: give it auth`,
		},
		"a stall that fails": {
			step:   WaitFor{StallAfter: "5m", OnStall: "fail", Until: "status.offset > 9", FailIf: "false"},
			status: from(map[time.Duration]string{0: status("STARTING", 1), 20 * min: status("RUNNING", 1), 21 * min: status("RUNNING", 2)}),
			took:   26 * min, want: `nothing has moved for 5m0s: exporter RUNNING at offset 2`,
		},
		"registries are asked": {
			step:   WaitFor{Until: `mode("source") == "READWRITE" && attempt == 2`},
			status: always(status("RUNNING", 1)), took: 10 * time.Second,
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := scripted(t, c.status)
				s.env.Steps = c.past
				c.step.Exporter = "e"
				c.step.Check(Scope{Before: []Declared{{"stop", &Pause{Exporter: "e"}}}})
				_, err := c.step.Do(t.Context(), s.env)
				if got := fmt.Sprint(err); got != orNil(c.want) {
					t.Errorf("got %v\nwant %s", got, orNil(c.want))
				}
				if took := time.Since(s.begun); took != c.took {
					t.Errorf("took %s, want %s", took, c.took)
				}
			})
		})
	}
}

func orNil(err string) string {
	if err == "" {
		return "<nil>"
	}
	return err
}

func TestWaitForUnmet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := scripted(t, from(map[time.Duration]string{0: status("RUNNING", 3), 80 * time.Second: "503"}))
		ctx, cancel := context.WithTimeout(t.Context(), 85*time.Second)
		defer cancel()
		step := &WaitFor{Exporter: "e", Until: `status.offset > 9 && mode("source") == "IMPORT"`}
		out, err := step.Do(ctx, s.env)
		want := `until status.offset > 9 && mode("source") == "IMPORT" does not hold; last seen: exporter RUNNING at offset 3; ` +
			`status.offset = 3, status.offset > 9 = false, mode("source") = not asked, mode("source") == "IMPORT" = not asked; ` +
			`the last look failed: GET http://source.test/exporters/e/status: 503 Service Unavailable, code 50350: as scripted: ` +
			`context deadline exceeded`
		if !errors.Is(err, context.DeadlineExceeded) || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
		if out["offset"] != int64(3) || out["state"] != "RUNNING" {
			t.Errorf("got outputs %v", out)
		}
	})
}

func TestWaitForProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := scripted(t, from(map[time.Duration]string{0: status("STARTING", -1), 20 * time.Second: "503", 30 * time.Second: status("RUNNING", 5)}))
		step := &WaitFor{Exporter: "e", Until: `caughtUp("10s")`}
		if _, err := step.Do(t.Context(), s.env); err != nil {
			t.Fatal(err)
		}
		want := []event.Event{
			event.StepProgress{ID: "wait", Text: "exporter STARTING at offset -1", State: "STARTING", Offset: -1},
			event.StepProgress{ID: "wait", Text: "exporter STARTING at offset -1", State: "STARTING", Offset: -1, Elapsed: 10 * time.Second, Repeated: true},
			event.StepProgress{
				ID: "wait", Text: "cannot look: GET http://source.test/exporters/e/status: 503 Service Unavailable, code 50350: as scripted",
				State: "STARTING", Offset: -1, Elapsed: 20 * time.Second,
			},
			event.Noticed{ID: "wait", Severity: event.Info, About: "state", Text: `exporter "e": STARTING -> RUNNING`},
			event.StepProgress{ID: "wait", Text: "exporter RUNNING at offset 5", State: "RUNNING", Offset: 5, Elapsed: 30 * time.Second},
		}
		if diff := cmp.Diff(want, s.events); diff != "" {
			t.Error(diff)
		}
	})
}

func TestWaitForWarnsOfAStall(t *testing.T) {
	for name, c := range map[string]struct {
		script map[time.Duration]string
		says   string
	}{
		"nothing moves":       {map[time.Duration]string{0: status("RUNNING", 5), 5 * time.Minute: status("RUNNING", 6)}, "nothing has moved for 2m"},
		"nothing can be seen": {map[time.Duration]string{0: "503", 5 * time.Minute: status("RUNNING", 6)}, "nothing could be seen for 2m0s, and the wait goes on: GET "},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := scripted(t, from(c.script))
				step := &WaitFor{Exporter: "e", StallAfter: "2m", Until: `status.offset == 6`}
				if _, err := step.Do(t.Context(), s.env); err != nil {
					t.Fatal(err)
				}
				warnings := 0
				for _, e := range s.events {
					if n, ok := e.(event.Noticed); ok && n.About == "stall" && n.Severity == event.Warning && strings.HasPrefix(n.Text, c.says) {
						warnings++
					}
				}
				if warnings != 2 {
					t.Errorf("got %d warnings in five minutes, want one each two minutes: %v", warnings, s.events)
				}
			})
		})
	}
}

func TestWaitForResumesWhenTriedAgain(t *testing.T) {
	stopped := Past{ID: "stop", Type: "pause", Record: json.RawMessage(`{"state":"RUNNING"}`)}
	cases := map[string]struct {
		status string
		probe  bool // as after a kill; otherwise a second Do
		past   []Past
		want   int
	}{
		"paused":                    {status: status("PAUSED", 1), want: 1},
		"paused, another process":   {status: status("PAUSED", 1), probe: true, want: 1},
		"paused by this run":        {status: status("PAUSED", 1), past: []Past{stopped}},
		"an error":                  {status: status("ERROR", 1, `"trace":"x"`), probe: true, want: 1},
		"running":                   {status: status("RUNNING", 1)},
		"starting, another process": {status: status("STARTING", 1), probe: true},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := scripted(t, always(c.status))
				s.env.Steps = append(c.past, Past{ID: "wait", Type: "waitFor"})
				step := &WaitFor{Exporter: "e", Until: "true"}
				step.Check(Scope{Before: []Declared{{"stop", &Pause{Exporter: "e"}}, {"other", &Resume{Exporter: "o"}}}})
				if c.probe {
					if _, err := step.Probe(t.Context(), s.env); err != nil {
						t.Fatal(err)
					}
				} else if _, err := step.Do(t.Context(), s.env); err != nil || s.resumed > 0 {
					t.Fatalf("the first attempt: %v, resumed %d times", err, s.resumed)
				}
				if _, err := step.Do(t.Context(), s.env); err != nil {
					t.Fatal(err)
				}
				if s.resumed != c.want {
					t.Errorf("resumed %d times, want %d", s.resumed, c.want)
				}
			})
		})
	}
}

func TestWaitForCheck(t *testing.T) {
	scope := Scope{Registries: []string{"source", "target"}, Vars: map[string]any{"limit": 3}}
	cases := map[string]struct {
		step WaitFor
		want []Problem
	}{
		"the shortest":   {step: WaitFor{Exporter: "e"}},
		"a compare":      {step: WaitFor{Compare: &Comparison{}}},
		"only a count":   {step: WaitFor{Until: `versions("target") > vars.limit`}},
		"nothing at all": {want: []Problem{{Message: "there is nothing to wait for: name an exporter, add compare: {}, or say until when"}}},
		"a typo in until": {
			step: WaitFor{Exporter: "e", Until: `true && status.stat == "x"`},
			want: []Problem{{Path: "/until", Offset: 15, Message: `unknown field of status "stat"; did you mean "state"?`}},
		},
		"diff without compare": {
			step: WaitFor{Exporter: "e", FailIf: `diff.extra > 0`},
			want: []Problem{{Path: "/failIf", Message: "diff is the outcome of a compare: add compare: {} to this step"}},
		},
		"registries": {
			step: WaitFor{Registry: "sorce", Exporter: "e", Compare: &Comparison{Target: "source"}},
			want: []Problem{
				{Path: "/registry", Message: `registry "sorce" is not declared; did you mean "source"?`},
				{Path: "/compare/target", Message: `source and target are both "source"; a registry is always identical with itself`},
			},
		},
		"no pause": {
			step: WaitFor{Exporter: "e", Every: "0s", OnStall: "fail"},
			want: []Problem{
				{Path: "/every", Message: `"0s" is no time to wait; write it like "30s" or "5m"`},
				{Path: "/onStall", Message: "onStall does nothing without stallAfter"},
			},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, c.step.Check(scope)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
