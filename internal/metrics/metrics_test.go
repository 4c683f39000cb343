package metrics

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/registry"
	"github.com/srmigrate/srmigrate/internal/state"
)

// hostile is what no label should be, and a server may well make it.
const hostile = "a\"b\\c\nd{e=\"f\"} 1\xff"

// meter is of a run of four steps, of which an earlier call has done the first.
func meter(status *string) *Meter {
	return &Meter{
		Runbook: "payments", Verb: "run", Version: "v1",
		Steps: []Step{{ID: "check", Type: "preflight"}, {ID: "copy", Type: "waitFor", Exporter: Exporter{"source", "mirror"}}, {ID: "go", Type: "approve"}, {ID: "end", Type: "delete", Exporter: Exporter{"source", "mirror"}, Ends: true}},
		Standing: func() (Standing, bool) {
			return Standing{Run: "r1", Status: *status, Started: time.Unix(1000, 0), Steps: []Step{{ID: "check", Type: "preflight", Status: "succeeded"}}}, true
		},
		Redact: func(s string) string { return strings.ReplaceAll(s, "c4nary", "[redacted]") },
	}
}

// follow gives a file the events, as the program does.
func follow(t *Textfile, list ...event.Event) {
	for _, e := range list {
		t.Tell(e, t.Meter.Take(e))
	}
}

// figures are the samples of a file, as Prometheus's own parser reads it. Its linter finds nothing in it.
func figures(t *testing.T, path string) map[string]float64 {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	problems, err := promlint.New(strings.NewReader(string(raw))).Lint()
	if err != nil || len(problems) > 0 {
		t.Errorf("promlint: %v, %v", problems, err)
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(string(raw)))
	if err != nil {
		t.Fatalf("%v in\n%s", err, raw)
	}
	got := map[string]float64{}
	for name, f := range families {
		for _, m := range f.GetMetric() {
			got[name+labels(m)] = m.GetGauge().GetValue() + m.GetCounter().GetValue()
		}
	}
	return got
}

// labels are the values of all labels but the runbook's, in the order of their names.
func labels(m *dto.Metric) (text string) {
	for _, l := range m.GetLabel() {
		if l.GetName() != "runbook" {
			text += " " + l.GetValue()
		}
	}
	return text
}

// want demands figures; one below zero must not be there.
func want(t *testing.T, got map[string]float64, figures map[string]float64) {
	t.Helper()
	for name, value := range figures {
		if v, there := got[name]; there != (value >= 0) || there && v != value {
			t.Errorf("%s is %v (there: %t), want %v", name, v, there, value)
		}
	}
}

func TestFiguresFollowARun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		status := "interrupted"
		f := &Textfile{Path: filepath.Join(t.TempDir(), "run.prom"), Meter: meter(&status)}
		defer f.Close()
		f.Meter.Exchange(registry.Exchange{Registry: "source", Method: "GET", Status: 200, Took: time.Second})
		f.Meter.Exchange(registry.Exchange{Registry: "source", Method: "GET", Status: 503, Took: time.Second})
		f.Meter.Exchange(registry.Exchange{Registry: hostile, Method: "POST"})
		synctest.Wait()
		if _, err := os.Stat(f.Path); err == nil {
			t.Error("it is written before anything has happened")
		}
		follow(f, event.RunStarted{Runbook: "payments", RunID: "r1", Resumed: true},
			event.StepStarted{ID: "copy", Type: "waitFor"}, event.StepRetry{ID: "copy", Attempt: 1}, event.StepRetry{ID: "copy", Attempt: 2},
			event.StepProgress{ID: "copy", State: "RUNNING", Offset: 41, Done: 30, Of: 50},
			event.Compared{ID: "copy", Missing: 20, Changed: 1})
		time.Sleep(time.Second)
		synctest.Wait()
		got := figures(t, f.Path)
		want(t, got, map[string]float64{
			"srmigrate_run_info r1 v1": 1, "srmigrate_run_status running": 1, "srmigrate_run_status interrupted": 0, "srmigrate_run_start_time_seconds": 1000,
			"srmigrate_call_active run": 1, "srmigrate_call_exit_code": -1, "srmigrate_call_end_time_seconds": -1,
			"srmigrate_step_status succeeded check preflight": 1, "srmigrate_step_status running copy waitFor": 1, "srmigrate_step_status pending copy waitFor": 0,
			"srmigrate_step_status pending go approve": 1, "srmigrate_step_retries_total copy": 2, "srmigrate_step_retries_total go": 0,
			"srmigrate_step_versions copy": 50, "srmigrate_step_versions_copied copy": 30, "srmigrate_step_versions_left copy": 20,
			"srmigrate_step_differences missing copy": 20, "srmigrate_step_differences changed copy": 1, "srmigrate_step_differences extra copy": 0,
			"srmigrate_exporter_state mirror source RUNNING": 1, "srmigrate_exporter_state mirror source ERROR": 0, "srmigrate_exporter_offset mirror source": 41,
			"srmigrate_registry_requests_total 200 GET source": 1, "srmigrate_registry_requests_total 503 GET source": 1,
			"srmigrate_registry_requests_total none POST " + strings.ToValidUTF8(hostile, "�"): 1,
			"srmigrate_registry_request_time_seconds_total source":                             2,
		})

		began := got["srmigrate_run_last_change_timestamp_seconds"]
		for range 4 { // nothing changes, and the file says so
			time.Sleep(3 * time.Second)
			follow(f, event.StepProgress{ID: "copy", State: "RUNNING", Offset: 41, Done: 30, Of: 50, Repeated: true})
		}
		synctest.Wait()
		got = figures(t, f.Path)
		if still := got["srmigrate_run_unchanged_seconds"]; still < 8 || still > 13 || got["srmigrate_run_last_change_timestamp_seconds"] != began {
			t.Errorf("unchanged for %v, since %v, want some ten seconds, since %v", still, got["srmigrate_run_last_change_timestamp_seconds"], began)
		}

		follow(f, event.StepProgress{ID: "copy", State: hostile, Offset: 42, Done: 50, Of: 50},
			event.StepDone{ID: "copy"}, event.StepStarted{ID: "go"}, event.StepWaiting{ID: "go"})
		status = "waiting"
		follow(f, event.RunEnded{ExitCode: 6}) // and it is there at once
		want(t, figures(t, f.Path), map[string]float64{
			"srmigrate_run_status waiting": 1, "srmigrate_run_status running": 0, "srmigrate_call_active run": 0, "srmigrate_call_exit_code": 6,
			"srmigrate_exporter_state mirror source other": 1, "srmigrate_exporter_state mirror source RUNNING": 0, "srmigrate_step_versions_left copy": 0,
			"srmigrate_run_unchanged_seconds": 0,
		})
		if info, err := os.Stat(f.Path); err != nil || info.Mode().Perm() != 0o644 {
			t.Errorf("%v %v, want a file that others can read", info, err)
		}
		if list, err := os.ReadDir(filepath.Dir(f.Path)); err != nil || len(list) != 1 {
			t.Errorf("%v %v, want nothing beside the file", list, err)
		}
	})
}

// What is put back is a step like others, an exporter that is gone has no figures, and another run has none of the last.
func TestFiguresOfARollbackAndOfTheNextRun(t *testing.T) {
	status := "running"
	m := meter(&status)
	m.Take(event.StepProgress{ID: "copy", State: "RUNNING"})
	m.Take(event.RollbackStarted{})
	m.Take(event.StepStarted{ID: "copy.undo-1", Type: "restoreMode"})
	m.Take(event.StepFailed{ID: "copy.undo-1"})
	m.Take(event.StepSkipped{ID: "go"})
	for name, want := range map[string]float64{"rollingBack": 1, "running": 0} {
		if got := sample(m, "srmigrate.run.status", name); got != want {
			t.Errorf("status %s is %v, want %v", name, got, want)
		}
	}
	if sample(m, "srmigrate.step.status", "copy.undo-1", "restoreMode", "failed") != 1 || sample(m, "srmigrate.step.status", "go", "approve", "skipped") != 1 {
		t.Errorf("%v", m.Families())
	}
	if sample(m, "srmigrate.exporter.offset", "source", "mirror") != 0 {
		t.Error("the exporter was seen")
	}
	m.Take(event.StepDone{ID: "end"})
	if sample(m, "srmigrate.exporter.offset", "source", "mirror") != -1 {
		t.Error("the exporter is gone")
	}
	m.Standing = func() (Standing, bool) { return Standing{Run: "r2-c4nary", Status: "running"}, true }
	m.Take(event.RunStarted{RunID: "r2-c4nary"})
	if sample(m, "srmigrate.step.status", "copy.undo-1", "restoreMode", "failed") != -1 || sample(m, "srmigrate.step.status", "check", "preflight", "pending") != 1 {
		t.Error("the last run's steps are still there")
	}
	m.Take(event.RunStarted{RunID: "r3-c4nary"}) // which the state does not have yet
	m.Take(event.StepDone{ID: "copy"})
	if sample(m, "srmigrate.run.info", "r3-[redacted]", "v1") != 1 || sample(m, "srmigrate.step.status", "copy", "waitFor", "succeeded") != 1 {
		t.Errorf("%v", m.Families())
	}
}

// Two sources may each have an exporter of the same name.
func TestFiguresOfSeveralSources(t *testing.T) {
	status := "running"
	m := meter(&status)
	m.Steps = append(m.Steps, Step{ID: "copy-second", Type: "waitFor", Exporter: Exporter{"second", "mirror"}})
	m.Take(event.StepProgress{ID: "copy", State: "RUNNING", Offset: 3})
	m.Take(event.StepProgress{ID: "copy-second", State: "ERROR", Offset: 5})
	if a, b := sample(m, "srmigrate.exporter.offset", "source", "mirror"), sample(m, "srmigrate.exporter.offset", "second", "mirror"); a != 3 || b != 5 {
		t.Errorf("offsets are %v and %v, want 3 and 5", a, b)
	}
	if sample(m, "srmigrate.exporter.state", "second", "mirror", "ERROR") != 1 || sample(m, "srmigrate.exporter.state", "source", "mirror", "ERROR") != 0 {
		t.Errorf("%v", m.Families())
	}
	m.Take(event.StepDone{ID: "end"})
	if sample(m, "srmigrate.exporter.offset", "source", "mirror") != -1 || sample(m, "srmigrate.exporter.offset", "second", "mirror") != 5 {
		t.Error("the other source's exporter has gone as well")
	}
}

// sample is a figure of a meter, -1 where there is none.
func sample(m *Meter, family string, labels ...string) float64 {
	for _, f := range m.Families() {
		for _, s := range f.Samples {
			if f.Name == family && slices.Equal(s.Labels, labels) {
				return s.Value
			}
		}
	}
	return -1
}

// However many steps there are, and whatever servers answer, the figures stay few.
func TestFiguresAreBounded(t *testing.T) {
	status := "running"
	m := meter(&status)
	for i := range 5000 {
		id := strings.Repeat("s", i%1000) + "x"
		m.Take(event.StepStarted{ID: id, Type: "assert"})
		m.Take(event.StepProgress{ID: "copy", State: id})
	}
	n := 0
	for _, f := range m.Families() {
		n += len(f.Samples)
	}
	if most := mostSteps*(len(StepStatuses())+1) + 100; n > most || n < 1000 {
		t.Errorf("%d samples, want at most %d", n, most)
	}
}

// A file that cannot be written is told of once, and holds nothing up.
func TestAFileThatCannotBeWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		status := "running"
		f := &Textfile{Path: filepath.Join(t.TempDir(), "not there", "run.prom"), Meter: meter(&status)}
		defer f.Close()
		var told []error
		for _, e := range []event.Event{event.RunStarted{}, event.StepStarted{ID: "copy"}, event.StepDone{ID: "copy"}, event.RunEnded{}} {
			follow(f, e)
			time.Sleep(time.Second)
			synctest.Wait()
			if err := f.Trouble(); err != nil {
				told = append(told, err)
			}
		}
		if len(told) != 1 || !strings.Contains(told[0].Error(), "no such file") || strings.Contains(told[0].Error(), "run.prom") {
			t.Errorf("told of %v", told)
		}
	})
}

// A disk that hangs holds the end of a call up for a second, and no longer.
func TestADiskThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		status, hang := "running", make(chan struct{})
		f := &Textfile{Path: filepath.Join(t.TempDir(), "run.prom"), Meter: meter(&status)}
		f.Meter.Redact = func(s string) string { <-hang; return s } // the writer stands still, as before a disk
		began := time.Now()
		follow(f, event.RunEnded{})
		if took := time.Since(began); took != last {
			t.Errorf("it took %s, want %s", took, last)
		}
		if err := f.Trouble(); !errors.Is(err, errLate) {
			t.Errorf("told of %v", err)
		}
		close(hang)
		f.Close()
	})
}

// The words are those of the state.
func TestWordsAreThoseOfTheState(t *testing.T) {
	for _, s := range []state.Status{
		state.Running, state.Waiting, state.Interrupted, state.Succeeded, state.Failed, state.RollingBack, state.RolledBack, state.RollbackIncomplete, state.Abandoned,
	} {
		if !slices.Contains(Statuses(), string(s)) {
			t.Errorf("no figure of status %s", s)
		}
	}
	for _, s := range []state.StepStatus{
		state.StepPending, state.StepRunning, state.StepWaiting, state.StepSucceeded, state.StepFailed, state.StepSkipped, state.StepBlocked,
	} {
		if !slices.Contains(StepStatuses(), string(s)) {
			t.Errorf("no figure of status %s", s)
		}
	}
}
