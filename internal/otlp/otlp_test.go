package otlp

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/metrics"
	"github.com/srmigrate/srmigrate/internal/registry"
)

const canary = "c4nRedThroat"

func environment(list ...string) Lookup {
	return func(name string) (string, bool) {
		for _, s := range list {
			if k, v, _ := strings.Cut(s, "="); k == name {
				return v, true
			}
		}
		return "", false
	}
}

func TestWhatTheEnvironmentAsksFor(t *testing.T) {
	for _, c := range []struct {
		env             string
		traces, figures bool
		problem         string
	}{
		{"", false, false, ""},
		{"OTEL_SERVICE_NAME=x", false, false, ""},
		{"OTEL_EXPORTER_OTLP_ENDPOINT=http://x", true, true, ""},
		{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://x", true, false, ""},
		{"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT=http://x", false, true, ""},
		{"OTEL_TRACES_EXPORTER=otlp", true, false, ""},
		{"OTEL_EXPORTER_OTLP_ENDPOINT=http://x OTEL_TRACES_EXPORTER=none", false, true, ""},
		{"OTEL_EXPORTER_OTLP_ENDPOINT=http://x OTEL_METRICS_EXPORTER=prometheus", true, false, "OTEL_METRICS_EXPORTER=prometheus"},
		{"OTEL_METRICS_EXPORTER=otlp,console", false, true, "OTEL_METRICS_EXPORTER=console"},
		{"OTEL_EXPORTER_OTLP_ENDPOINT=http://x OTEL_SDK_DISABLED=True", false, false, ""},
		{"OTEL_EXPORTER_OTLP_ENDPOINT=http://x OTEL_EXPORTER_OTLP_PROTOCOL=http/json", true, true, ""},
		{"OTEL_EXPORTER_OTLP_ENDPOINT=http://x OTEL_EXPORTER_OTLP_PROTOCOL=grpc", false, false, "the protocol grpc is not spoken here"},
		{"OTEL_EXPORTER_OTLP_ENDPOINT=http://x OTEL_EXPORTER_OTLP_PROTOCOL=grpc OTEL_EXPORTER_OTLP_METRICS_PROTOCOL=http/protobuf", false, true, "no traces are sent"},
	} {
		env := environment(strings.Fields(c.env)...)
		traces, p := wanted(env, "TRACES")
		figures, q := wanted(env, "METRICS")
		if traces != c.traces || figures != c.figures || !strings.Contains(p+q, c.problem) || (c.problem == "") != (p+q == "") {
			t.Errorf("%s: traces %t, figures %t, %q %q", c.env, traces, figures, p, q)
		}
	}
}

// watched are spans that stay here, and a meter that follows what they are told.
func watched(t *testing.T, status string, env ...string) (tell func(...event.Event), s *spans, ended func() tracetest.SpanStubs) {
	t.Helper()
	m := &metrics.Meter{
		Runbook: "payments", Verb: "run", Steps: []metrics.Step{{ID: "copy", Type: "waitFor"}, {ID: "end", Type: "delete"}},
		Standing: func() (metrics.Standing, bool) { return metrics.Standing{Run: "r1", Status: status}, true },
		Redact:   func(s string) string { return strings.ReplaceAll(s, canary, "[redacted]") },
	}
	kept := tracetest.NewInMemoryExporter()
	p := sdktrace.NewTracerProvider(sdktrace.WithSyncer(kept), sdktrace.WithIDGenerator(ids{}))
	s = &spans{tracer: p.Tracer(scope), meter: m, parent: parent(environment(env...)), text: m.Redact, began: time.Now()}
	return func(list ...event.Event) {
		for _, e := range list {
			m.Take(e)
			s.take(e)
		}
	}, s, kept.GetSpans
}

// named is the only span of that name.
func named(t *testing.T, list tracetest.SpanStubs, name string) tracetest.SpanStub {
	t.Helper()
	i := slices.IndexFunc(list, func(s tracetest.SpanStub) bool { return s.Name == name })
	if i < 0 {
		t.Fatalf("no span %q in %v", name, list)
	}
	return list[i]
}

func attributes(s tracetest.SpanStub) string {
	var list []string
	for _, a := range s.Attributes {
		list = append(list, fmt.Sprintf("%s=%s", a.Key, a.Value.String()))
	}
	return strings.Join(list, " ")
}

func TestSpansOfARun(t *testing.T) {
	tell, s, ended := watched(t, "running")
	s.exchange(registry.Exchange{Registry: "source", Base: "http://sr:8081/base", Method: "GET", Path: "/subjects", Status: 200, Took: time.Second})
	tell(event.RunStarted{RunID: "r1"}, event.StepStarted{ID: "copy", Type: "waitFor"},
		event.StepRetry{ID: "copy", Attempt: 1, Err: "it said " + canary}, event.Noticed{ID: "copy", About: "stall", Severity: event.Warning, Text: "stands still"})
	s.exchange(registry.Exchange{
		Registry: "target", Base: "https://sr", Method: "PUT", Path: "/mode/:.a:", Query: map[string][]string{"x": {canary}}, Attempt: 2, Status: 503, Err: "503 " + canary, Sent: []byte(canary),
	})
	s.exchange(registry.Exchange{Registry: "target", Base: "https://sr", Method: "GET", Path: "/config/a", Status: 404, Err: "not found"})
	tell(event.StepDone{ID: "copy", Text: "copied"}, event.StepSkipped{ID: "end"},
		event.StepStarted{ID: "bad", Type: "assert"}, event.StepFailed{ID: "bad", Text: "no " + canary}, event.RollbackStarted{Because: "bad failed"},
		event.StepDone{ID: "copy.undo-1", Undoes: "copy", Took: time.Second}, event.RunEnded{RunID: "r1", Result: "rolledBack", ExitCode: 4, Reason: "bad failed"})
	list := ended()
	if len(list) != 8 {
		t.Errorf("%d spans: %v", len(list), list)
	}
	run, step := named(t, list, "srmigrate run"), named(t, list, "copy")
	if run.SpanContext.TraceID() != first("r1").TraceID() || run.SpanContext.SpanID() != first("r1").SpanID() || run.Parent.IsValid() || len(run.Links) > 0 {
		t.Errorf("the first call is %v", run)
	}
	for name, over := range map[string]tracetest.SpanStub{
		"copy": run, "end": run, "bad": run, "copy.undo-1": run, "GET /subjects": run, "PUT /mode/…": step, "GET /config/…": step,
	} {
		if s := named(t, list, name); s.Parent.SpanID() != over.SpanContext.SpanID() {
			t.Errorf("%s is not below %s", name, over.Name)
		}
	}
	for name, want := range map[string]string{
		"srmigrate run": "srmigrate.runbook=payments srmigrate.run.id=r1 srmigrate.run.status=rolledBack srmigrate.exit_code=4",
		"copy":          "srmigrate.runbook=payments srmigrate.run.id=r1 srmigrate.step.id=copy srmigrate.step.type=waitFor srmigrate.step.text= srmigrate.step.retries=1 srmigrate.step.status=succeeded srmigrate.step.outcome=copied",
		"copy.undo-1":   "srmigrate.runbook=payments srmigrate.run.id=r1 srmigrate.step.id=copy.undo-1 srmigrate.step.type= srmigrate.step.undoes=copy srmigrate.step.retries=0 srmigrate.step.status=succeeded srmigrate.step.outcome=",
		"GET /subjects": "srmigrate.runbook=payments srmigrate.run.id=r1 srmigrate.registry=source http.request.method=GET url.path=/subjects url.template=/subjects url.scheme=http server.address=sr server.port=8081 http.response.status_code=200",
		"PUT /mode/…":   "srmigrate.runbook=payments srmigrate.run.id=r1 srmigrate.registry=target http.request.method=PUT url.path=/mode/:.a: url.template=/mode/… srmigrate.step.id=copy srmigrate.step.type=waitFor url.scheme=https server.address=sr server.port=443 http.request.resend_count=1 http.response.status_code=503 error.type=503",
	} {
		if got := attributes(named(t, list, name)); got != want {
			t.Errorf("%s has\n%s, want\n%s", name, got, want)
		}
	}
	for name, want := range map[string]string{"srmigrate run": "bad failed", "bad": "no [redacted]", "PUT /mode/…": "503 [redacted]"} {
		if st := named(t, list, name).Status; st.Code != codes.Error || st.Description != want {
			t.Errorf("%s is %v, want error %q", name, st, want)
		}
	}
	if st := named(t, list, "GET /config/…").Status; st.Code != codes.Unset {
		t.Errorf("that something is not there is %v", st)
	}
	if len(step.Events) != 2 || step.Events[0].Name != "retry" || step.Events[1].Name != "stall" {
		t.Errorf("the step has the events %v", step.Events)
	}
	if text := fmt.Sprintf("%+v", list); strings.Contains(text, canary) {
		t.Errorf("a secret in %s", text)
	}
}

// A call that goes on is linked to the first one, below a span of the environment too; a question or a signal is no error.
func TestSpansOfACallThatGoesOn(t *testing.T) {
	tell, _, ended := watched(t, "waiting", "TRACEPARENT=00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	tell(event.RunStarted{RunID: "r1", Resumed: true}, event.StepStarted{ID: "copy"}, event.StepWaiting{ID: "copy", Text: "Go?"},
		event.RunEnded{RunID: "r1", Result: "waiting", ExitCode: 6}, event.Stopped{ExitCode: 6})
	list := ended()
	run, step := named(t, list, "srmigrate run"), named(t, list, "copy")
	if run.Parent.SpanID().String() != "b7ad6b7169203331" || run.SpanContext.TraceID().String() != "0af7651916cd43dd8448eb211c80319c" {
		t.Errorf("its parent is %v", run.Parent)
	}
	if len(run.Links) != 1 || run.Links[0].SpanContext.SpanID() != first("r1").SpanID() || run.Status.Code != codes.Unset || step.Status.Code != codes.Unset {
		t.Errorf("links %v, status %v and %v", run.Links, run.Status, step.Status)
	}
	if !strings.Contains(attributes(step), "srmigrate.step.status=waiting") {
		t.Errorf("the step has %s", attributes(step))
	}
	tell, s, ended := watched(t, "")
	s.meter.Standing = func() (metrics.Standing, bool) { return metrics.Standing{}, false }
	s.exchange(registry.Exchange{Method: "GET", Path: "/subjects"})
	tell(event.Stopped{ExitCode: 3, Text: "refused"})
	if run := named(t, ended(), "srmigrate run"); run.Status.Code != codes.Error || strings.Contains(attributes(run), "run.id") || len(run.Links) > 0 {
		t.Errorf("a call that was refused is %v", run)
	}
}

// opened is a Collector as the environment of this process has it.
func opened(t *testing.T, env ...string) (*Collector, []string) {
	t.Helper()
	for _, s := range env {
		k, v, _ := strings.Cut(s, "=")
		t.Setenv(k, v)
	}
	m := &metrics.Meter{Runbook: "payments", Verb: "run", Redact: func(s string) string { return s }, Standing: func() (metrics.Standing, bool) { return metrics.Standing{}, false }}
	c, problems := Open(environment(env...), m)
	if c == nil {
		t.Fatal("nothing is open")
	}
	e := event.RunStarted{RunID: "r1"}
	m.Take(e)
	c.Tell(e)
	c.Tell(event.RunEnded{RunID: "r1"})
	return c, problems
}

// A collector that refuses, is not there, or does not answer costs a bounded time, and is told of without the headers.
func TestACollectorInTrouble(t *testing.T) {
	var mu sync.Mutex
	keys := map[string]bool{}
	hang := make(chan struct{})
	refuses := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		keys[r.Header.Get("Api-Key")+r.URL.Path] = true
		http.Error(w, "the key "+r.Header.Get("Api-Key")+" is not known\n"+strings.Repeat("x", 5000), http.StatusUnauthorized)
	}))
	defer refuses.Close()
	hangs := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-hang }))
	defer hangs.Close()
	defer close(hang)
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := gone.Close(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, endpoint, says string
		most                 time.Duration
	}{
		{"it refuses", refuses.URL, "401 Unauthorized (body: the key [redacted] is not known", time.Minute},
		{"it is not there", "http://" + gone.Addr().String(), "connection refused", time.Minute},
		{"it does not answer", hangs.URL, errLate.Error(), 300 * time.Millisecond},
	} {
		t.Run(c.name, func(t *testing.T) {
			o, problems := opened(t, "OTEL_EXPORTER_OTLP_ENDPOINT="+c.endpoint, "OTEL_EXPORTER_OTLP_HEADERS=api-key="+canary+"%2C1")
			began := time.Now()
			said := o.Close(c.most)
			if took := time.Since(began); took > c.most+2*time.Second {
				t.Errorf("it took %s", took)
			}
			if len(problems) > 0 || len(said) == 0 || len(said) > mostFailures || !strings.Contains(said[0], c.says) {
				t.Errorf("said %q, want %q", said, c.says)
			}
			for _, s := range said {
				if strings.Contains(s, canary) || len(s) > mostText+10 || strings.Contains(s, "\n") {
					t.Errorf("said %q", s)
				}
			}
		})
	}
	mu.Lock()
	defer mu.Unlock()
	if !keys[canary+",1/v1/traces"] || !keys[canary+",1/v1/metrics"] {
		t.Errorf("the collector got %v", keys)
	}
}

// Spans for which there is no room while a collector takes its time are counted, and hold nothing up.
func TestSpansThatAreDroppedAreCounted(t *testing.T) {
	hang := make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-hang }))
	defer slow.Close()
	for k, v := range map[string]string{"OTEL_TRACES_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": slow.URL, "OTEL_BSP_MAX_QUEUE_SIZE": "10", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "5"} {
		t.Setenv(k, v)
	}
	m := &metrics.Meter{Redact: func(s string) string { return s }, Standing: func() (metrics.Standing, bool) { return metrics.Standing{}, false }}
	c, _ := Open(environment("OTEL_TRACES_EXPORTER=otlp"), m)
	c.Tell(event.RunStarted{RunID: "r1"})
	for range 1000 {
		c.Exchange(registry.Exchange{Method: "GET", Path: "/subjects", Status: 200})
	}
	c.Tell(event.RunEnded{RunID: "r1"})
	close(hang)
	if said := c.Close(time.Minute); len(said) != 1 || !strings.Contains(said[0], " of 1001 spans were dropped") {
		t.Errorf("said %q", said)
	}
}

// What the SDK cannot read of the environment is said, without what it has read.
func TestAnEnvironmentThatCannotBeRead(t *testing.T) {
	ok := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer ok.Close()
	o, problems := opened(t, "OTEL_EXPORTER_OTLP_ENDPOINT="+ok.URL, "OTEL_EXPORTER_OTLP_HEADERS="+canary, "OTEL_TRACES_EXPORTER=otlp,zipkin")
	text := strings.Join(problems, "; ")
	if !strings.Contains(text, "zipkin") || !strings.Contains(text, "parse headers: missing '=") || strings.Contains(text, canary) {
		t.Errorf("said %q", problems)
	}
	if said := o.Close(time.Minute); len(said) > 0 {
		t.Errorf("said %q", said)
	}
}
