package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/registry"
	"github.com/srmigrate/srmigrate/internal/state"
)

// chain keeps a history in memory.
type chain struct{ lines []state.Line }

func (c *chain) append(object []byte) error {
	n, prev := len(c.lines)+1, ""
	if n > 1 {
		prev = c.lines[n-2].Sum()
	}
	line, err := state.Chained(n, prev, object)
	c.lines = append(c.lines, line)
	return err
}

func (c *chain) recorder(redact func(string) string) *Recorder {
	return &Recorder{
		Open: func() (Call, Source, error) {
			return Call{Verb: "run", Tool: "v1", Command: "srmigrate run x.yaml"}, Source{File: "x.yaml", Text: []byte("a: 1\n")}, nil
		},
		Append: c.append, Redact: redact,
	}
}

// events are the kinds of the lines, in order.
func (c *chain) events(t *testing.T) (list []string) {
	t.Helper()
	for _, l := range c.lines {
		var e struct{ Event string }
		if err := json.Unmarshal(l.Raw, &e); err != nil {
			t.Fatalf("%s: %v", l.Raw, err)
		}
		list = append(list, e.Event)
	}
	return list
}

func count(list []string, what string) (n int) {
	for _, s := range list {
		if s == what {
			n++
		}
	}
	return n
}

// A wait of a day that is looked at every ten seconds stays small, and its chart has what turned and where it ended.
func TestADayOfWaitingStaysSmall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c chain
		r := c.recorder(plain)
		r.Sink(event.StepStarted{ID: "w", Type: "waitFor"})
		const day = 24 * time.Hour
		for at := time.Duration(0); at < day; at += 10 * time.Second {
			done := int(at/(10*time.Second)) * 10
			if at > 20*time.Hour {
				done = 80_000
			}
			r.Exchange(registry.Exchange{Registry: "source", Method: "GET", Path: "/exporters/x/status", Status: 200})
			r.Exchange(registry.Exchange{Registry: "target", Method: "GET", Path: "/subjects", Status: 503})
			r.Sink(event.StepRetry{ID: "w", Attempt: 1, Err: "503"})
			r.Sink(event.StepProgress{ID: "w", State: "RUNNING", Offset: int64(done), Done: min(done, 80_000), Of: 80_000, Elapsed: at, Repeated: at > 20*time.Hour})
			time.Sleep(10 * time.Second)
		}
		r.Sink(event.StepDone{ID: "w", Took: day})
		events, size := c.events(t), 0
		for _, l := range c.lines {
			size += len(l.Raw)
		}
		if n := count(events, "step progress"); n < 400 || n > 1000 {
			t.Errorf("%d samples of a day, want some hundreds", n)
		}
		if size > 2<<20 {
			t.Errorf("a day takes %d bytes", size)
		}
		e := NewEvidence(c.lines, "", "v1")
		if len(e.Waits) != 1 || e.Requests.Reads != 2*8640 {
			t.Fatalf("%d waits, %d reads; want one and all that were sent", len(e.Waits), e.Requests.Reads)
		}
		w := e.Waits[0]
		begun := w.Samples[0].At
		if got := w.CaughtUp.Sub(begun); got != 20*time.Hour+10*time.Second {
			t.Errorf("caught up after %s, want as it was seen", got)
		}
		if last := w.Samples[len(w.Samples)-1].At.Sub(begun); last != day-10*time.Second {
			t.Errorf("the last sample is after %s, want the last look", last)
		}
		if s := e.Steps[0]; s.Tried != 8640 || len(s.Retries) != mostRetries {
			t.Errorf("%d retries, %d kept; want all counted", s.Tried, len(s.Retries))
		}
	})
}

// Each request that may have changed something is kept, with the digest of what was sent and not the text.
func TestRequestsThatChangeSomethingAreKept(t *testing.T) {
	var c chain
	r := c.recorder(func(s string) string { return strings.ReplaceAll(s, "hush", "[redacted]") })
	r.Sink(event.StepStarted{ID: "copy", Type: "copy"})
	for i := range 500 {
		r.Exchange(registry.Exchange{
			Registry: "target", Method: "POST", Path: "/subjects/a/versions", Status: 200, Sent: fmt.Appendf(nil, `{"schema":"s%d"}`, i), Got: []byte("{}"),
		})
	}
	r.Exchange(registry.Exchange{Registry: "target", Method: "PUT", Path: "/mode/x", Status: 422, Sent: []byte(`{"mode":"IMPORT"}`), Err: "hush: refused"})
	if n := count(c.events(t), "request"); n != 501 {
		t.Errorf("%d requests kept, want 501", n)
	}
	last := string(c.lines[len(c.lines)-1].Raw)
	for _, want := range []string{`"step":"copy"`, `"body":"{\"mode\":\"IMPORT\"}"`, `"error":"[redacted]: refused"`, `"status":422`} {
		if !strings.Contains(last, want) {
			t.Errorf("%s lacks %s", last, want)
		}
	}
	for _, l := range c.lines {
		if strings.Contains(string(l.Raw), "s123") {
			t.Errorf("a schema stands in %s", l.Raw)
		}
	}
}

// The modes that a run has met are known from its own requests, those that an exporter set among them.
func TestModesAreThoseThatTheRequestsHaveSeen(t *testing.T) {
	var c chain
	r := c.recorder(plain)
	get := func(path, mode string) {
		x := registry.Exchange{Registry: "target", Method: "GET", Path: path, Status: 404, Err: "no"}
		if mode != "" {
			x.Status, x.Err, x.Got = 200, "", []byte(`{"mode":"`+mode+`"}`)
		}
		r.Exchange(x)
	}
	get("/mode", "READWRITE")
	get("/mode/:.a:", "")
	get("/mode/still", "")
	get("/mode", "IMPORT")
	get("/mode/:.a:", "IMPORT")
	r.Exchange(registry.Exchange{Registry: "target", Method: "PUT", Path: "/mode", Status: 200, Sent: []byte(`{"mode":"READWRITE"}`)})
	r.Exchange(registry.Exchange{Registry: "target", Method: "DELETE", Path: "/mode/:.a:", Status: 200})
	get("/mode/still", "")
	e := NewEvidence(c.lines, "", "v1")
	if len(e.Modes) != 2 {
		t.Fatalf("got %v, want two places", e.Modes)
	}
	for i, want := range []string{"READWRITE", notSet} {
		m := e.Modes[i]
		if m.Before != want || m.After != want || len(m.Changes) != 2 || m.Changes[0].Mode != "IMPORT" || m.Changes[0].ByRun || !m.Changes[1].ByRun {
			t.Errorf("got %+v, want %s, IMPORT by somebody else, %s again by the run", m, want, want)
		}
	}
}

// What a place was at first is known to a later call, too, although nothing had changed it by then.
func TestModesBeforeAreThoseOfTheFirstCall(t *testing.T) {
	var c chain
	get := func(r *Recorder, mode string) {
		r.Exchange(registry.Exchange{Registry: "target", Method: "GET", Path: "/mode", Status: 200, Got: []byte(`{"mode":"` + mode + `"}`)})
	}
	first, second := c.recorder(plain), c.recorder(plain)
	first.Sink(event.RunStarted{RunID: "r1"})
	get(first, "READWRITE")
	second.Sink(event.RunStarted{RunID: "r1", Resumed: true})
	get(second, "IMPORT") // the exporter has set it in between
	second.Exchange(registry.Exchange{Registry: "target", Method: "GET", Path: "/mode/late", Status: 200, Got: []byte(`{"mode":"IMPORT"}`)})
	e := NewEvidence(c.lines, "r1", "v1")
	if len(e.Modes) != 2 || e.Modes[0].Before != "READWRITE" || e.Modes[0].After != "IMPORT" || len(e.Modes[0].Changes) != 1 {
		t.Errorf("got %+v, want READWRITE before and IMPORT after", e.Modes)
	}
	if len(e.Modes) == 2 && e.Modes[1].Before != "" {
		t.Errorf("got %+v, want no mode before of what the first call has not seen", e.Modes[1])
	}
}

// A history that cannot be kept ends, and nothing else does.
func TestAHistoryThatCannotBeKeptEnds(t *testing.T) {
	full := errors.New("disk full")
	n := 0
	r := &Recorder{
		Open:   func() (Call, Source, error) { return Call{}, Source{}, nil },
		Append: func([]byte) error { n++; return full }, Redact: plain,
	}
	r.Sink(event.StepStarted{ID: "a"})
	r.Sink(event.StepDone{ID: "a"})
	if !errors.Is(r.Failed(), full) || n != 1 {
		t.Errorf("%v after %d writes, want the first to end it", r.Failed(), n)
	}
}
